"""Vectors of texts, made of those of their words."""
