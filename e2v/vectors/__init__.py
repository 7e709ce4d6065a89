"""Vectors and the questions that are asked of them; NumPy only."""

from e2v.vectors.keyed import KeyedVectors, ResolvedKey, load_vectors
from e2v.vectors.queries import (
    Answer,
    Query,
    Searcher,
    analogy,
    described,
    odd_one_out,
    similar,
    similarity,
)

__all__ = [
    "Answer",
    "KeyedVectors",
    "Query",
    "ResolvedKey",
    "Searcher",
    "analogy",
    "described",
    "load_vectors",
    "odd_one_out",
    "similar",
    "similarity",
]
