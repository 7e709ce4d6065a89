"""A worker's copy of the rows that are trained, and how such copies become one again.

Between two synchronisations every worker trains its own copy. Then each sends what its rows have gained, and
a row gains the sum, as it would had one worker trained all of it: steps of different examples add up. But
what workers learn apart of a row that they all train often is the same again and again, and so long a sum
would overshoot, and diverge: it is no longer than the row itself, or than rows usually are, unless the mean
over those who have trained the row is. Means alone (as of Ji et al., "Parallelizing word2vec in shared and
distributed memory", 2016) lose most of what is learned where workers are many.

A gain is sent as bfloat16, which halves what goes over the network. What rounding takes away stays in the
worker's row, and so is a part of its next gain (error feedback: Seide et al., "1-bit stochastic gradient
descent", 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.linalg.gains import add_gains, bounded_sums, find_differences, find_gains, sum_gains
from e2v.threads import parallel_map

#: Rows that are worked on at a time, so that what is made of them stays in the cache.
_BLOCK = 256

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]


class Rows(Protocol):
    """A matrix that is trained.

    Attributes:
        dim: numbers of a row that are trained; more may follow, which are zero.
        hottest: int64[], the rows that are trained most often.
    """

    dim: int
    hottest: Ids

    def __len__(self) -> int:
        """How many rows it has."""

    def take(self, rows: Ids) -> Floats:
        """Some of them, float32[n, dim or more]."""

    def put(self, rows: Ids, vectors: Floats) -> None:
        """Set some of them to what `take` may have given."""

    def copy(self) -> Rows:
        """The same in memory of its own."""


class Part(NamedTuple):
    """Every `of`-th row from `number` on, of all or of the hottest: what one worker merges."""

    hot: bool
    number: int
    of: int

    def rows(self, matrix: Rows) -> Ids:
        """int64[n]: which they are."""
        if self.hot:
            return matrix.hottest[self.number :: self.of]
        return np.arange(self.number, len(matrix), self.of)


EVERYTHING = Part(hot=False, number=0, of=1)


class Gains(NamedTuple):
    """What some rows of a part have gained.

    size: rows of the part. places: int32[n], which of them; halves: uint16[n, dim], bfloat16.
    """

    size: int
    places: NDArray[np.int32]
    halves: NDArray[np.uint16]


class Replica:
    """A matrix that a worker trains, beside what all workers had after the last synchronisation.

    Those two differ, where nothing was trained since, by what rounding has left: no more than one number is
    kept of it for each row, the largest, as it tells whether anything was.
    """

    def __init__(self, matrix: Rows, threads: int) -> None:
        self.matrix = matrix
        self._threads = threads
        self._common = matrix.copy()
        self._left = np.zeros(len(matrix), np.uint32)

    def gains(self, part: Part) -> Gains:
        """What was learned since the last synchronisation."""
        ids = part.rows(self.matrix)

        def of_block(start: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
            rows = ids[start : start + _BLOCK]
            places, halves = np.empty(len(rows), np.int32), np.empty((len(rows), self.matrix.dim), np.uint16)
            now, common = self.matrix.take(rows), self._common.take(rows)
            n = find_gains(now, common, self._left[rows], places, halves)
            return places[:n] + np.int32(start), halves[:n]

        with parallel_map(self._threads) as parallel:
            places, halves = zip(*parallel(of_block, _starts(len(ids))), strict=True)
        return Gains(len(ids), np.concatenate(places), np.concatenate(halves))

    def merged(self, part: Part, gains: Sequence[Gains]) -> Gains:
        """What the rows of a part gain, of what each of some workers has learned: the bounded sum."""
        size = gains[0].size
        total, trained = np.zeros((size, self.matrix.dim), np.float32), np.zeros(size, np.int32)
        for _, places, halves in gains:
            sum_gains(total, trained, places, halves)
        common = self._common.take(part.rows(self.matrix))
        places, halves = np.empty(size, np.int32), np.empty(total.shape, np.uint16)
        n = bounded_sums(total, trained, common, places, halves)
        return Gains(size, places[:n], halves[:n])

    def apply(self, part: Part, gains: Gains) -> None:
        """Have the rows gain what they have gained together, and keep what was not sent of one's own."""
        ids = part.rows(self.matrix)

        def block(start: int) -> None:
            rows = ids[gains.places[start : start + _BLOCK]]
            left = self._left[rows]
            now, common = self.matrix.take(rows), self._common.take(rows)
            add_gains(now, common, left, gains.halves[start : start + _BLOCK])
            self.matrix.put(rows, now)
            self._common.put(rows, common)
            find_differences(self.matrix.take(rows), self._common.take(rows), left)  # as they were rounded
            self._left[rows] = left

        with parallel_map(self._threads) as parallel:
            for _ in parallel(block, _starts(len(gains.places))):
                pass

    def common(self, part: Part) -> Floats:
        """What all have had since the last synchronisation, float32[n, dim or more]."""
        return self._common.take(part.rows(self.matrix))

    def adopt(self, part: Part, vectors: Floats) -> None:
        """Take what the others have in place of a synchronisation that was missed."""
        rows = part.rows(self.matrix)
        self.matrix.put(rows, vectors)
        self._common.put(rows, vectors)
        self._left[rows] = 0

    def settle(self) -> None:
        """Have what was learned count as common."""
        self._common = self.matrix.copy()


def _starts(size: int) -> range:
    """Where blocks of so many rows start; of none there is one."""
    return range(0, max(1, size), _BLOCK)
