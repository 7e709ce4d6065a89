"""The rows of a matrix that score highest for some queries: one pass in blocks, then the best few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.vectors.matrix import Floats, Matrix, blocks, directed, unit

#: Scores held at once by a batch of queries: 64 MB of float32.
_BATCH_SIZE = 1 << 24

#: Scores that share a peak in `best`.
_GROUP = 64


def batch_size(n: int) -> int:
    """How many queries to score `n` rows for at once without taking much memory."""
    return max(1, _BATCH_SIZE // max(n, 1))


class Scorer:
    """Scores the first `n` rows of a matrix for queries: by cosine, or by dot product.

    The rows' lengths are found in the first pass, together with the dot products, and kept.
    """

    def __init__(self, matrix: Matrix, n: int, *, cosine: bool = True) -> None:
        self._matrix = matrix
        self._n = n
        self._cosine = cosine
        self._lengths: Floats | None = None

    @property
    def batch_size(self) -> int:
        """How many queries to score at once without taking much memory."""
        return batch_size(self._n)

    def scores(self, queries: Floats) -> Floats:
        """float32[q, n] for queries float32[q, d].

        nan, which is never among the best, for a row that holds a nan or an infinity, and, of cosines, for a
        row of zeros, which has no direction; of all rows for a query of zeros.
        """
        if self._cosine:
            queries = np.where(directed(queries)[:, np.newaxis], unit(queries), np.float32(np.nan))
        scores = np.empty((len(queries), self._n), np.float32)
        measure = self._cosine and self._lengths is None
        row_lengths = np.empty(self._n, np.float32) if self._lengths is None else self._lengths
        first = 0
        for block in blocks(self._matrix, self._n):
            last = first + len(block)
            np.matmul(queries, block.T, out=scores[:, first:last])
            if measure:
                squares = np.einsum("ij,ij->i", block, block)
                squares[squares == 0] = np.nan
                np.sqrt(squares, out=row_lengths[first:last])
            first = last
        if self._cosine:
            self._lengths = row_lengths
            scores /= row_lengths
        return scores


def best(scores: Floats, n: int) -> NDArray[np.int64]:
    """Indices of the n highest scores, falling; equal ones in the order of their indices.

    scores: float32[m], changed in place: nan becomes -inf, which is never among the best. Fewer than n
    if there are not so many.
    """
    scores[np.isnan(scores)] = -np.inf
    n = min(n, len(scores))
    if n == 0:
        return np.empty(0, np.int64)
    groups = len(scores) // _GROUP
    # The n-th highest peak of disjoint groups is not above the n-th highest score: a bound that few
    # scores pass, at a fraction of the cost of a partition of them all.
    pool = scores[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0) if groups >= n else scores
    bound = np.partition(pool, len(pool) - n)[len(pool) - n]
    candidates = np.flatnonzero(scores >= bound)
    candidates = candidates[np.argsort(-scores[candidates], kind="stable")[:n]]
    return candidates[scores[candidates] > -np.inf]
