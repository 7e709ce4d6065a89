"""Kernels of the user tower: its examples and candidates are drawn, and its softmax is computed by tiles."""
