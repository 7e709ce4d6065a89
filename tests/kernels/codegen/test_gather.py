"""Weighted sums of rows, and changes handed back to them, against float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from e2v.kernels.codegen.gather import PIECE_VECTORS, Change, WeightedRows, gather, scatter
from e2v.kernels.codegen.simd import LANES, to_pointers
from e2v.kernels.sgd.memory import allocate_rows

STRIDE, ROWS, PARTS = PIECE_VECTORS * LANES + 32, 12, 5
#: The piece begins here in a row.
START = 16


class Arrays(NamedTuple):
    """Rows and their weights, as the kernels hold them: every second number is a weight."""

    matrix: np.ndarray
    starts: np.ndarray
    weights: np.ndarray
    work: np.ndarray


@njit
def run_gather(arrays, vectors, first, n):
    a = to_pointers(arrays)
    gather(WeightedRows(a.matrix, a.starts, a.weights, first, n), START, vectors, a.work, 48)


@njit
def run_scatter(arrays, vectors, first, n, norm):
    a = to_pointers(arrays)
    rows = WeightedRows(a.matrix, a.starts, a.weights, first, n)
    scatter(rows, START, vectors, norm, Change(a.work, 0, STRIDE))


@pytest.fixture
def arrays() -> Arrays:
    rng = np.random.default_rng(8)
    matrix, work = allocate_rows(ROWS, STRIDE), allocate_rows(3, STRIDE)
    matrix[:] = rng.normal(size=matrix.shape)
    work[:] = rng.normal(size=work.shape)
    weights = rng.normal(size=2 * PARTS + 3).astype(np.float32)
    return Arrays(matrix.reshape(-1), rng.permutation(ROWS)[:PARTS] * STRIDE, weights, work.reshape(-1))


@pytest.mark.parametrize("n", [1, 2, PARTS])
@pytest.mark.parametrize("vectors", range(1, PIECE_VECTORS + 1))
def test_gather(arrays: Arrays, vectors: int, n: int) -> None:
    size, before = vectors * LANES, arrays.work.copy()
    rows = arrays.matrix.reshape(ROWS, STRIDE)[arrays.starts[:n] // STRIDE, START : START + size].astype(
        float
    )
    run_gather(arrays, vectors, 3, n)
    expected = arrays.weights[3 : 3 + 2 * n : 2] @ rows
    np.testing.assert_allclose(arrays.work[48 : 48 + size], expected, atol=1e-5)
    np.testing.assert_array_equal(
        np.delete(arrays.work, slice(48, 48 + size)), np.delete(before, slice(48, 48 + size))
    )


@pytest.mark.parametrize("n", [1, 2, PARTS])
@pytest.mark.parametrize("vectors", range(1, PIECE_VECTORS + 1))
def test_scatter(arrays: Arrays, vectors: int, n: int) -> None:
    size, now, before = vectors * LANES, 0, STRIDE
    change = arrays.work[now : now + size].astype(float) - arrays.work[before : before + size]
    expected = arrays.matrix.reshape(ROWS, STRIDE).astype(float)
    for start, weight in zip(arrays.starts[:n], arrays.weights[3::2], strict=False):
        expected[start // STRIDE, START : START + size] += 0.7 * weight * change
    run_scatter(arrays, vectors, 3, n, np.float32(0.7))
    np.testing.assert_allclose(arrays.matrix.reshape(ROWS, STRIDE), expected, atol=1e-5)
