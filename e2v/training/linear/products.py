"""Products of sparse matrices with dense ones, by rows that threads share; and ridge regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.linalg.sparse import WeightedCsr, sum_rows
from e2v.threads import Map
from e2v.vectors.matrix import Floats

#: Rows of a sparse product that one thread computes at a time.
_PRODUCT_ROWS = 128
#: The residual at which a solution is good enough, against the right-hand side; and steps, at most.
_TOLERANCE, _MOST_STEPS = 1e-4, 200


def product(matrix: WeightedCsr, dense: Floats, out: Floats, parallel: Map = map) -> Floats:
    """matrix times dense, float32[c, d], in `out`, float32[n, d]."""

    def rows(first: int) -> None:
        sum_rows(matrix, dense, out, first, min(first + _PRODUCT_ROWS, len(out)))

    for _ in parallel(rows, range(0, len(out), _PRODUCT_ROWS)):
        pass
    return out


def transposed(matrix: WeightedCsr, n_columns: int) -> WeightedCsr:
    """The matrix by its columns."""
    order = np.argsort(matrix.columns, kind="stable")
    rows = np.repeat(np.arange(len(matrix.offsets) - 1, dtype=np.int32), np.diff(matrix.offsets))
    sizes = np.bincount(matrix.columns, minlength=n_columns)
    return WeightedCsr(np.concatenate(([0], np.cumsum(sizes))), rows[order], matrix.weights[order])


def ridge(
    matrix: WeightedCsr, n_columns: int, targets: Floats, penalty: float, parallel: Map = map
) -> Floats:
    """float32[c, d]: the W that makes |matrix W - targets|^2 + penalty |W|^2 least; targets: float32[n, d].

    By conjugate gradients (Hestenes and Stiefel 1952) on the normal equations, all d columns at a time.
    """
    by_column = transposed(matrix, n_columns)
    made = np.empty_like(targets)

    def applied(direction: Floats) -> Floats:
        product(matrix, direction, made, parallel)
        return product(by_column, made, np.empty_like(direction), parallel) + np.float32(penalty) * direction

    residual = product(by_column, targets, np.empty((n_columns, targets.shape[1]), np.float32), parallel)
    found, direction = np.zeros_like(residual), residual.copy()
    squares = _products(residual, residual)
    enough = _TOLERANCE**2 * squares
    for _ in range(_MOST_STEPS):
        if (squares <= enough).all():
            break
        image = applied(direction)
        step = _ratio(squares, _products(direction, image))
        found += step * direction
        residual -= step * image
        before, squares = squares, _products(residual, residual)
        direction = residual + _ratio(squares, before) * direction
    return found


def _products(left: Floats, right: Floats) -> NDArray[np.float64]:
    """float64[d]: of each column with that of the other."""
    products: NDArray[np.float64] = np.einsum("ij,ij->j", left, right, dtype=np.float64)
    return products


def _ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Floats:
    """float32[d]; 0 where a column is solved exactly."""
    ratio = np.divide(numerators, denominators, out=np.zeros_like(numerators), where=denominators > 0)
    return ratio.astype(np.float32)
