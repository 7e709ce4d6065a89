"""EASE: every item from all others, by one ridge regression that is solved at once.

Steck (2019), "Embarrassingly shallow autoencoders for sparse data" (WWW), equation 8: with R, users by items,
ones where a user had an item, or the sums of weights of events, and P = (R^T R + lambda I)^-1, the weights
are B[i, j] = -P[i, j] / P[j, j], and 0 on the diagonal; a history h scores h B.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories
from e2v.errors import Advice, InputError
from e2v.kernels.linalg.sparse import ScaledInteractions, sum_rows, times_gram
from e2v.progress import Progress, Report, silent
from e2v.threads import Map, parallel_map
from e2v.training.linear.interactions import csr
from e2v.training.linear.learned import learned_from
from e2v.training.linear.recency import weighted
from e2v.training.memory import machine_memory, shown_bytes
from e2v.vectors.matrix import Floats

#: Lambda.
_PENALTY = 300.0

#: Rows and columns that are eliminated at a time, and rows that a thread computes at a time.
_PIVOTS = 256
_ROWS = 256

#: The part of the machine's memory that the weights may take.
_SHARE = 0.5


class Ease:
    """Scores items by all items of a history; where the corpus is in order, the last ones count most.

    Raises:
        InputError: the weights, a float32 for each pair of items, take more memory than there is.
    """

    def __init__(
        self,
        corpus: Corpus,
        report: Report = silent,
        threads: int | None = None,
        half_life: float | None = None,
    ) -> None:
        self.keys = corpus.keys
        self._in_order = corpus.ordered is True
        self._threads = threads
        check_memory(corpus)
        histories, self.popularity = learned_from(corpus, half_life)
        self._weights = cooccurrences(histories, len(corpus.keys), threads)
        np.fill_diagonal(self._weights, self._weights.diagonal() + _PENALTY)
        invert(self._weights, threads, report)
        self._weights /= -self._weights.diagonal()
        np.fill_diagonal(self._weights, 0)

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> Floats:
        """float32[users, items] for histories in rows of `keys`; the last item of each is its latest."""
        asked = weighted(histories, in_order=self._in_order)
        out = np.empty((len(histories), len(self.keys)), np.float32)
        with parallel_map(self._threads) as parallel:
            parallel(lambda rows: sum_rows(asked, self._weights, out, *rows), _blocks(len(out)))
        return out


def cooccurrences(users: Histories, n_items: int, threads: int | None = None) -> Floats:
    """float32[items, items], R^T R: how many users had both; with weights, sums of products of these."""
    users = users.distinct()
    items = users.transposed(n_items)
    ones = np.ones(max(len(users), n_items), np.float32)
    matrix = ScaledInteractions(csr(users), csr(items), ones[: len(users)], ones[:n_items])
    every = csr(Histories(np.arange(n_items + 1), np.arange(n_items, dtype=np.int32)))
    out = np.empty((n_items, n_items), np.float32)
    with parallel_map(threads) as parallel:
        parallel(
            lambda rows: times_gram(every, matrix, users.weights, items.weights, out, *rows), _blocks(n_items)
        )
    return out


def invert(matrix: Floats, threads: int | None = None, report: Report = silent) -> None:
    """Replace a symmetric, positive definite float32[n, n] by its inverse.

    Gauss-Jordan elimination by blocks of pivots, the sweep operator of Goodnight (1979), "A tutorial on the
    sweep operator", in place: n^3 multiplications on the lower triangle, which is mirrored at the end, in the
    memory of the matrix and of a few of its columns. It needs no pivoting for such matrices.
    """
    n = len(matrix)
    with parallel_map(threads) as parallel:
        for first in range(0, n, _PIVOTS):
            report(Progress("inverting", "items", first, n))
            last = min(first + _PIVOTS, n)
            columns = np.concatenate((matrix[first:last, :first].T, matrix[first:, first:last]))
            pivots = np.tril(columns[first:last]).astype(np.float64)
            pivots += np.tril(pivots, -1).T
            columns[first:last] = pivots
            inverse = np.linalg.inv(pivots)
            swept = _eliminate(matrix, columns, inverse.astype(np.float32), parallel)
            matrix[last:, first:last] = swept[last:]
            matrix[first:last, :first] = swept[:first].T
            matrix[first:last, first:last] = -inverse
        parallel(lambda rows: _mirror(matrix, *rows), _blocks(n))


def _eliminate(matrix: Floats, columns: Floats, inverse: Floats, parallel: Map) -> Floats:
    """Take columns inverse columns^T from the lower triangle; float32[n, b], columns inverse.

    columns: float32[n, b], those of the pivots. inverse: float32[b, b], of their square.
    """
    swept = np.empty_like(columns)

    def sweep(rows: tuple[int, int]) -> None:
        first, last = rows
        np.matmul(columns[first:last], inverse, out=swept[first:last])
        matrix[first:last, :last] -= swept[first:last] @ columns[:last].T

    parallel(sweep, _blocks(len(matrix)))
    return swept


def _mirror(matrix: Floats, first: int, last: int) -> None:
    """Of rows [first, last) of minus the inverse: the lower triangle, with the right sign, on both sides."""
    rows = matrix[first:last, :last]
    np.negative(rows, out=rows)
    square = rows[:, first:]
    square[:] = np.tril(square) + np.tril(square, -1).T
    matrix[:first, first:last] = rows[:, :first].T


def _blocks(n: int) -> list[tuple[int, int]]:
    return list(pairwise([*range(0, n, _ROWS), n]))


def check_memory(corpus: Corpus) -> None:
    """Refuse a catalogue of whose weights there is no room.

    Raises:
        InputError: see `Ease`.
    """
    n = len(corpus.keys)
    needed, available = 4 * n * n, machine_memory()
    if available is not None and needed > _SHARE * available:
        raise InputError(
            f"{corpus.name}: ease takes a matrix of all pairs of {n:,} items, {shown_bytes(needed)}, and "
            f"this machine has {shown_bytes(available)} of memory",
            Advice("take item-knn, or leave out rare items: e2v events {min_count}, {max_vocab}"),
        )
