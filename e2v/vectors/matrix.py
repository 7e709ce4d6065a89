"""Matrices whose rows are made when they are asked for: stored, combined, centred.

A matrix of a million rows stays where it is, in the mapped file; what a query needs is blocks of finished
float32 rows, one after the other. Each class here gives those, from stored arrays or from other matrices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.errors import ZeroVectorError

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = slice | NDArray[np.int64]

#: Numbers in a block: 1 MB of float32, which stays in the second-level cache from the product with the
#: queries to the lengths of the rows.
_BLOCK_SIZE = 1 << 18


class Matrix(Protocol):
    """Rows of float32 that are made on demand."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d): the number of rows and the length of one."""

    def rows(self, which: Rows) -> Floats:
        """float32[m, d]: the rows of a slice or of an array of row numbers; not to be written to."""


class Stored:
    """An array of float32, float16 or int8; int8 rows are multiplied by their scales.

    values: [n, d]. scales: float32[n], for int8 only.
    """

    def __init__(self, values: NDArray[Any], scales: Floats | None = None) -> None:
        self._values = values
        self._scales = scales
        self.shape: tuple[int, int] = (values.shape[0], values.shape[1])

    def rows(self, which: Rows) -> Floats:
        """See `Matrix.rows`."""
        values: Floats = self._values[which].astype(np.float32, copy=False)
        return values if self._scales is None else values * self._scales[which, np.newaxis]


class WeightedSum:
    """first + weight * second, row by row (GloVe's and Levy et al.'s w + c with weight 1).

    Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons learned from
    word embeddings", section 3.3.
    """

    def __init__(self, first: Matrix, second: Matrix, weight: float) -> None:
        self._first, self._second = first, second
        self._weight = np.float32(weight)
        self.shape = first.shape

    def rows(self, which: Rows) -> Floats:
        """See `Matrix.rows`."""
        return self._first.rows(which) + self._weight * self._second.rows(which)


class Concatenation:
    """The unit row of `first` beside weight times the unit row of `second`: 2 d numbers.

    The cosine of two such rows is the weighted mean of the two cosines, with weights 1 and weight ** 2.
    """

    def __init__(self, first: Matrix, second: Matrix, weight: float) -> None:
        self._first, self._second = first, second
        self._weight = np.float32(weight)
        self.shape = (first.shape[0], first.shape[1] + second.shape[1])

    def rows(self, which: Rows) -> Floats:
        """See `Matrix.rows`."""
        left, right = unit(self._first.rows(which)), unit(self._second.rows(which))
        return np.concatenate((left, self._weight * right), axis=1)


class Centred:
    """Unit rows with the mean of all unit rows, `unit_mean`, taken away.

    Mu and Viswanath (2018), "All-but-the-top", without the removal of principal components.
    """

    def __init__(self, base: Matrix, mean: Floats) -> None:
        self._base = base
        self._mean = mean
        self.shape = base.shape

    def rows(self, which: Rows) -> Floats:
        """See `Matrix.rows`."""
        return unit(self._base.rows(which)) - self._mean


class Stacked:
    """The first n rows of one matrix, and all rows of another after them."""

    def __init__(self, first: Matrix, n: int, second: Matrix) -> None:
        self._first, self._second = first, second
        self._n = n
        self.shape = (n + second.shape[0], first.shape[1])

    def rows(self, which: Rows) -> Floats:
        """See `Matrix.rows`."""
        if isinstance(which, slice):
            which = np.arange(*which.indices(self.shape[0]))
        later = which >= self._n
        found = np.empty((len(which), self.shape[1]), np.float32)
        found[~later] = self._first.rows(which[~later])
        found[later] = self._second.rows(which[later] - self._n)
        return found


def block_size(matrix: Matrix) -> int:
    """How many rows are in a block."""
    return max(1, _BLOCK_SIZE // max(matrix.shape[1], 1))


def blocks(matrix: Matrix, stop: int) -> Iterator[Floats]:
    """The rows up to `stop` in order, a block at a time."""
    size = block_size(matrix)
    for first in range(0, stop, size):
        yield matrix.rows(slice(first, min(first + size, stop)))


def unit_mean(matrix: Matrix) -> Floats:
    """float32[d]: the mean of all rows scaled to length 1. Reads the whole matrix once."""
    total = np.zeros(matrix.shape[1])
    for block in blocks(matrix, matrix.shape[0]):
        total += unit(block).sum(axis=0, dtype=np.float64)
    return (total / max(matrix.shape[0], 1)).astype(np.float32)


def lengths(rows: Floats) -> Floats:
    """float32[m]: the Euclidean length of each row; 1 for a row of zeros, which so stays one."""
    squares: Floats = np.einsum("ij,ij->i", rows, rows)
    squares[squares == 0] = 1
    np.sqrt(squares, out=squares)
    return squares


def directed(rows: Floats) -> NDArray[np.bool_]:
    """bool[m]: whether a row has a direction, which one of zeros has not, nor one of NaN or infinity."""
    squares = np.einsum("ij,ij->i", rows, rows)
    has: NDArray[np.bool_] = (squares > 0) & (squares < np.inf)
    return has


def directionless(names: Iterable[str], rows: Floats) -> list[ZeroVectorError | None]:
    """What is wrong with each row, which has this name: None with those that are `directed`."""
    squares = np.einsum("ij,ij->i", rows, rows).tolist()
    return [
        None if 0 < square < math.inf else ZeroVectorError(name, endless=square != 0)
        for name, square in zip(names, squares, strict=False)
    ]


def unit(rows: Floats) -> Floats:
    """float32[m, d]: each row divided by its length; rows of zeros are left as they are."""
    return rows / lengths(rows)[:, np.newaxis]
