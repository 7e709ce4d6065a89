"""Vectors to be looked at: clusters with names, points in two dimensions, pages and pictures of them."""
