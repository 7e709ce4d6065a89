"""The vector operations and the two small matrix products, each alone, against float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from e2v.kernels.rows import allocate_rows
from e2v.kernels.simd import LANES, bare, load, sigmoid, store
from e2v.kernels.tiles import COLUMNS, ROW, dots, update

STRIDE = 48


class Arrays(NamedTuple):
    """What the products read and write, as the kernels hold it."""

    I: np.ndarray  # noqa: E741
    O: np.ndarray  # noqa: E741
    slots: np.ndarray
    rows: np.ndarray
    G: np.ndarray


@njit
def all_sigmoids(values):
    addresses = bare(values)
    for i in range(0, len(values.I), LANES):
        store(addresses.O, i, sigmoid(load(addresses.I, i)))


@njit
def run_dots(arrays, width, first, m, column):
    a = bare(arrays)
    dots(width, a.I, a.slots, first, m, a.O, a.rows, column, STRIDE, a.G, 0)


@njit
def run_update(arrays, width, before, after, first, m, column):
    a = bare(arrays)
    update(width, a.I, before, after, a.slots, first, m, a.O, a.rows, column, 0, STRIDE, a.G, 0)


@pytest.fixture
def arrays() -> Arrays:
    """Inputs in slots 12..1 of 24, a second region after them; outputs in scattered rows."""
    rng = np.random.default_rng(2)
    inputs, outputs = allocate_rows(24, STRIDE), allocate_rows(20, STRIDE)
    inputs[:] = rng.normal(size=inputs.shape)
    outputs[:] = rng.normal(size=outputs.shape)
    slots, rows = np.arange(12, 0, -1) * STRIDE, rng.permutation(20)[:12] * STRIDE
    tile = allocate_rows(1, 16 * ROW).reshape(-1)
    tile[:] = rng.normal(size=tile.shape) * 0.1
    return Arrays(inputs.reshape(-1), outputs.reshape(-1), slots, rows, tile)


def rows_of(flat: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return flat.reshape(-1, STRIDE)[starts // STRIDE].astype(float)


def test_sigmoid_is_as_accurate_as_it_says() -> None:
    x = np.concatenate([np.linspace(-90, 90, 50_000), np.geomspace(1e-30, 1, 5_000)]).astype(np.float32)
    x = np.resize(np.concatenate([x, -x]), 110_016)
    result = np.empty_like(x)
    nothing = np.empty(0, np.int64)
    all_sigmoids(Arrays(x, result, nothing, nothing, x))
    assert np.abs(result - 1 / (1 + np.exp(-x.astype(float)))).max() < 3e-7
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize("m", range(1, 10))
@pytest.mark.parametrize("width", range(1, COLUMNS + 1))
def test_dots(arrays: Arrays, width: int, m: int) -> None:
    run_dots(arrays, width, 2, m, 3)
    logits = arrays.G.reshape(-1, ROW)[:m, :width]
    expected = rows_of(arrays.I, arrays.slots[2 : 2 + m]) @ rows_of(arrays.O, arrays.rows[3 : 3 + width]).T
    np.testing.assert_allclose(logits, expected, atol=2e-5)


@pytest.mark.parametrize("m", [1, 2, 5, 8])
@pytest.mark.parametrize("width", range(1, COLUMNS + 1))
def test_update(arrays: Arrays, width: int, m: int) -> None:
    inputs, outputs = (
        rows_of(arrays.I, arrays.slots[1 : 1 + m]),
        rows_of(arrays.O, arrays.rows[2 : 2 + width]),
    )
    g = arrays.G.reshape(-1, ROW)[:m, :width].astype(float)
    untouched = arrays.I.copy()
    run_update(arrays, width, 0, 0, 1, m, 2)
    np.testing.assert_allclose(rows_of(arrays.I, arrays.slots[1 : 1 + m]), inputs + g @ outputs, atol=1e-5)
    np.testing.assert_allclose(
        rows_of(arrays.O, arrays.rows[2 : 2 + width]), outputs + g.T @ inputs, atol=1e-5
    )
    others = np.setdiff1d(np.arange(24), arrays.slots[1 : 1 + m] // STRIDE)
    np.testing.assert_array_equal(arrays.I.reshape(24, -1)[others], untouched.reshape(24, -1)[others])


def test_update_can_gather_sums_elsewhere(arrays: Arrays) -> None:
    """Two tiles: the inputs stand as they were until the second is done."""
    region = 11 * STRIDE
    inputs, outputs = rows_of(arrays.I, arrays.slots[:3]), rows_of(arrays.O, arrays.rows[:5])
    g = arrays.G.reshape(-1, ROW)[:3].astype(float)
    run_update(arrays, 3, 0, region, 0, 3, 0)
    np.testing.assert_array_equal(rows_of(arrays.I, arrays.slots[:3]), inputs)
    run_update(arrays, 2, region, 0, 0, 3, 3)
    expected = inputs + g[:, :3] @ outputs[:3] + g[:, :2] @ outputs[3:]
    np.testing.assert_allclose(rows_of(arrays.I, arrays.slots[:3]), expected, atol=1e-5)
    np.testing.assert_allclose(
        rows_of(arrays.O, arrays.rows[3:5]), outputs[3:] + g[:, :2].T @ inputs, atol=1e-5
    )
