"""Kernels over bytes and token ids: counting, fields of logs, numbers as text, pairs of words, n-grams."""
