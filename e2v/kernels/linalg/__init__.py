"""Kernels of linear algebra: sparse products, Adagrad's steps, grouping by row."""
