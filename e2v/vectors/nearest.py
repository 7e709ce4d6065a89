"""The rows of a matrix that score highest for some queries: one pass in blocks, then the best few.

Blocks are the same for any number of threads, and so is every digit of the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.threads import parallel_map
from e2v.vectors.matrix import Floats, Matrix, block_size, directed, unit

#: Scores held at once by a batch of queries: 64 MB of float32.
_BATCH_SIZE = 1 << 24

#: Rows that are scored before the best of them are sought, where there are more: a batch has some hundreds of
#: queries, however many rows there are, and each row is read once for all of them.
_SPAN = 1 << 16

#: Rows that a product computes together: with a number that is no multiple, it took 8 % longer.
_TILE = 16

#: Scores among which a thread finds the best of each query: 2 MB of float32, in the second-level cache.
_SEARCHED_AT_ONCE = 1 << 19

#: Fewer scores than this are found before other threads would have begun.
_WORTH_THREADS = 1 << 21

#: Scores that share a peak in `best_of_each`.
_GROUP = 64


def batch_size(n: int) -> int:
    """How many queries to score `n` rows for at once without taking much memory."""
    size = max(1, _BATCH_SIZE // max(n, 1))
    return size - size % _TILE if size > _TILE else size


class Best(NamedTuple):
    """rows: int64[q, n], best first, -1 after the last. scores: float32[q, n], theirs, then -inf."""

    rows: NDArray[np.int64]
    scores: Floats


class Scorer:
    """Scores the first `n` rows of a matrix for queries: by cosine, or by dot product.

    The rows' lengths are found in the first pass, together with the dot products, and kept.

    bias: float32[n], added to each row's dot products, or None.
    """

    def __init__(
        self,
        matrix: Matrix,
        n: int,
        *,
        cosine: bool = True,
        bias: Floats | None = None,
        threads: int | None = None,
    ) -> None:
        self._matrix = matrix
        self._n = n
        self._cosine = cosine
        self._bias = bias
        self._threads = threads
        self._lengths: Floats | None = None
        self._measured = 0  # rows whose length is known

    @property
    def batch_size(self) -> int:
        """How many queries to score at once without taking much memory."""
        return batch_size(self._n)

    @property
    def span(self) -> int:
        """How many rows `best` scores at a time: whole blocks."""
        size = block_size(self._matrix)
        return min(max(_SPAN // size, 1) * size, self._n)

    def best(self, queries: Floats, n: int, leave_out: Callable[[slice, Floats], object]) -> Best:
        """The n best rows for queries float32[q, d], or all if there are fewer; equal ones in their order.

        So many queries at a time as `batch_size(span)` says take little memory, however many rows there are.

        leave_out: is given a slice of the rows and their scores, float32[q, m], to set those to -inf that may
            not be found.
        """
        best = Best(np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))
        for first in range(0, self._n, max(self.span, 1)):
            rows = slice(first, min(first + self.span, self._n))
            scores = self.scores(queries, rows)
            leave_out(rows, scores)
            found = best_of_each(scores, n, self._threads)
            of_found = np.where(found < 0, -np.inf, np.take_along_axis(scores, found, axis=1))
            best = _merged(best, Best(np.where(found < 0, -1, found + first), of_found), n)
        return best

    def scores(self, queries: Floats, rows: slice | None = None) -> Floats:
        """float32[q, m] for queries float32[q, d]: of all n rows, or of a slice that begins with a block.

        nan, which is never among the best, for a row that holds a nan or an infinity, and, of cosines, for a
        row of zeros, which has no direction; of all rows for a query of zeros.
        """
        if self._cosine:
            queries = np.where(directed(queries)[:, np.newaxis], unit(queries), np.float32(np.nan))
        start, stop = (0, self._n) if rows is None else (rows.start, rows.stop)
        scores = np.empty((len(queries), stop - start), np.float32)
        measure = self._cosine and stop > self._measured
        if self._lengths is None:
            self._lengths = np.empty(self._n if self._cosine else 0, np.float32)
        lengths = self._lengths
        size = block_size(self._matrix)

        def score(first: int) -> None:
            block_rows = slice(first, min(first + size, stop))
            block, of_block = (
                self._matrix.rows(block_rows),
                scores[:, first - start : block_rows.stop - start],
            )
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is never among the best
                np.matmul(queries, block.T, out=of_block)
                if measure:
                    squares = np.einsum("ij,ij->i", block, block)
                    squares[~((squares > 0) & (squares < np.inf))] = np.nan  # see `directed`
                    np.sqrt(squares, out=lengths[block_rows])
                if self._cosine:
                    of_block /= lengths[block_rows]
            if self._bias is not None:
                of_block += self._bias[block_rows]

        _each(score, range(start, stop, size), self._threads if scores.size >= _WORTH_THREADS else 1)
        if start <= self._measured:
            self._measured = max(self._measured, stop)
        return scores


def best(scores: Floats, n: int) -> NDArray[np.int64]:
    """Indices of the n highest scores, falling; equal ones in the order of their indices.

    scores: float32[m], may be changed in place: nan becomes -inf, which is never among the best. Fewer than
    n if there are not so many.
    """
    (found,) = _best_of_each(scores[np.newaxis], n)
    chosen: NDArray[np.int64] = found[found >= 0]
    return chosen


def best_of_each(scores: Floats, n: int, threads: int | None = None) -> NDArray[np.int64]:
    """int64[q, min(n, m)]: as `best`, for each row of scores float32[q, m]; after the last, if fewer, -1."""
    found = np.empty((len(scores), min(n, scores.shape[1])), np.int64)
    size = max(1, _SEARCHED_AT_ONCE // max(scores.shape[1], 1))

    def find(first: int) -> None:
        found[first : first + size] = _best_of_each(scores[first : first + size], n)

    _each(find, range(0, len(scores), size), threads if scores.size >= _WORTH_THREADS else 1)
    return found


def _merged(first: Best, second: Best, n: int) -> Best:
    """The n best of both, of which the first have the lower rows."""
    if not first.rows.shape[1]:
        return second
    rows = np.concatenate((first.rows, second.rows), axis=1)
    scores = np.concatenate((first.scores, second.scores), axis=1)
    places = best_of_each(scores, n)
    missing = places < 0
    rows, scores = np.take_along_axis(rows, places, axis=1), np.take_along_axis(scores, places, axis=1)
    rows[missing], scores[missing] = -1, -np.inf
    return Best(rows, scores)


def _each(task: Callable[[int], None], firsts: range, threads: int | None) -> None:
    if threads == 1:  # of a single question, which is answered before a pool is imported
        for first in firsts:
            task(first)
    else:
        with parallel_map(threads) as parallel:
            parallel(task, firsts)


def _best_of_each(scores: Floats, n: int) -> NDArray[np.int64]:
    n = min(n, scores.shape[1])
    found = np.full((len(scores), n), -1, np.int64)
    if n == 0:
        return found
    rows, columns, values = _candidates(scores, n)
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    places = np.arange(len(rows)) - np.searchsorted(rows, np.arange(len(scores)))[rows]
    chosen = (places < n) & (values > -np.inf)
    found[rows[chosen], places[chosen]] = columns[chosen]
    return found


def _candidates(scores: Floats, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Rows, columns and values of the scores that may be among the n best of their rows, some more with them.

    The n-th highest peak of disjoint groups is not above the n-th highest score: a bound that few scores
    pass, and those in few of the groups, at a fraction of the cost of a partition of them all.
    """
    groups = scores.shape[1] // _GROUP
    if groups < n:
        scores[np.isnan(scores)] = -np.inf
        rows, columns = np.nonzero(scores >= _nth_highest(scores, n))
        return rows, columns, scores[rows, columns]
    grouped = scores[:, : groups * _GROUP].reshape(len(scores), _GROUP, groups)
    rest = scores[:, groups * _GROUP :]
    peaks = grouped.max(axis=1)
    if np.isnan(peaks).any() or np.isnan(rest).any():
        scores[np.isnan(scores)] = -np.inf
        return _candidates(scores, n)
    bound = _nth_highest(peaks, n)
    rows, of = np.nonzero(peaks >= bound)
    values = grouped[rows, :, of]
    passing, within = np.nonzero(values >= bound[rows])
    rows_of_rest, columns_of_rest = np.nonzero(rest >= bound)
    return (
        np.concatenate((rows[passing], rows_of_rest)),
        np.concatenate((within * groups + of[passing], groups * _GROUP + columns_of_rest)),
        np.concatenate((values[passing, within], rest[rows_of_rest, columns_of_rest])),
    )


def _nth_highest(values: Floats, n: int) -> Floats:
    """float32[q, 1]: of each row."""
    place = values.shape[1] - n
    nth: Floats = np.partition(values, place, axis=1)[:, place, np.newaxis]
    return nth
