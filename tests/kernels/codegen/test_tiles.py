"""The vector operations and the two small matrix products, each alone, against float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.codegen.tiles import (
    TILE_STRIDE,
    TILE_WIDTH,
    Block,
    Shares,
    Tile,
    coefficients,
    dots,
    shared_coefficients,
    update,
)
from e2v.kernels.sgd.memory import allocate_rows
from tests.oracles.word2vec import sigmoid

STRIDE = 48


class Arrays(NamedTuple):
    """What the products read and write, as the kernels hold it."""

    I: np.ndarray  # noqa: E741
    O: np.ndarray  # noqa: E741
    slots: np.ndarray
    rows: np.ndarray
    G: np.ndarray
    multiplicity: np.ndarray
    labels: np.ndarray
    counts: np.ndarray
    positives: np.ndarray


SHAPES = [(width, m) for width in range(1, TILE_WIDTH + 1) for m in range(1, 10)]


@njit
def block_of(arrays, first, m):
    a = to_pointers(arrays)
    return Block(a.I, a.slots, first, m, a.O, a.rows, STRIDE, a.G, a.multiplicity, a.labels)


@njit
def run_dots(arrays, first, m, column):
    dots(block_of(arrays, first, m), column)


@njit
def run_coefficients(arrays, width, first, m, column, lr):
    coefficients(block_of(arrays, first, m), Tile(column, width, 0, 0, 0), lr)


@njit
def run_shared_coefficients(arrays, width, first, m, column, done, lr):
    a = to_pointers(arrays)
    shares, tile = Shares(a.counts, a.positives, done), Tile(column, width, 0, 0, 0)
    shared_coefficients(block_of(arrays, first, m), tile, shares, lr)


@njit
def run_update(arrays, first, m, tile):
    update(block_of(arrays, first, m), tile)


@pytest.fixture
def arrays() -> Arrays:
    """Inputs in slots 12..1 of 24, a second region after them; outputs in scattered rows."""
    rng = np.random.default_rng(2)
    inputs, outputs = allocate_rows(24, STRIDE), allocate_rows(30, STRIDE)
    inputs[:] = rng.normal(size=inputs.shape)
    outputs[:] = rng.normal(size=outputs.shape)
    slots, rows = np.arange(12, 0, -1) * STRIDE, rng.permutation(30)[:20] * STRIDE
    tile = allocate_rows(1, 16 * TILE_STRIDE).reshape(-1)
    tile[:] = rng.normal(size=tile.shape) * 0.1
    multiplicity = rng.integers(1, 4, 40).astype(np.float32)
    labels = rng.integers(0, 2, 40).astype(np.float32)
    positives = np.zeros((13, 2 * TILE_STRIDE), np.float32)
    positives[:, :TILE_STRIDE] = rng.integers(0, 3, (13, TILE_STRIDE))
    counts = positives.sum(axis=1) + 1
    matrices = inputs.reshape(-1), outputs.reshape(-1)
    return Arrays(*matrices, slots, rows, tile, multiplicity, labels, counts, positives.reshape(-1))


def rows_of(flat: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return flat.reshape(-1, STRIDE)[starts // STRIDE].astype(float)


def tile_of(arrays: Arrays, width: int, m: int) -> np.ndarray:
    """The tile of G, float64[m, width]."""
    return arrays.G.reshape(-1, TILE_STRIDE)[:m, :width].astype(float)


def test_the_sigmoid_is_as_accurate_as_it_says(arrays: Arrays) -> None:
    """A coefficient at rate 1 with label 0 is -sigmoid(logit): rows that have one number give any logit."""
    x = np.concatenate([np.linspace(-90, 90, 1500), np.geomspace(1e-30, 1, 100)])
    x = np.concatenate([x, -x]).astype(np.float32).reshape(-1, 8)
    arrays.labels[:] = 0
    arrays.multiplicity[:] = 1
    arrays.O[:] = 0
    arrays.O.reshape(-1, STRIDE)[:, 0] = 1
    worst = 0.0
    for logits in x:
        arrays.I[:] = 0
        arrays.I.reshape(-1, STRIDE)[arrays.slots[:8] // STRIDE, 0] = logits
        run_coefficients(arrays, 1, 0, 8, 0, np.float32(1))
        result = -tile_of(arrays, 1, 8)[:, 0]
        assert 0 <= result.min() <= result.max() <= 1
        worst = max(worst, np.abs(result - sigmoid(logits.astype(float))).max())
    assert worst < 3e-7


@pytest.mark.parametrize("m", range(1, 10))
def test_dots(arrays: Arrays, m: int) -> None:
    run_dots(arrays, 2, m, 3)
    expected = (
        rows_of(arrays.I, arrays.slots[2 : 2 + m]) @ rows_of(arrays.O, arrays.rows[3 : 3 + TILE_WIDTH]).T
    )
    np.testing.assert_allclose(tile_of(arrays, TILE_WIDTH, m), expected, atol=2e-5)


@pytest.mark.parametrize(("width", "m"), SHAPES)
def test_coefficients(arrays: Arrays, width: int, m: int) -> None:
    run_coefficients(arrays, width, 2, m, 3, np.float32(0.3))
    logits = rows_of(arrays.I, arrays.slots[2 : 2 + m]) @ rows_of(arrays.O, arrays.rows[3 : 3 + width]).T
    outputs = slice(3, 3 + width)
    expected = 0.3 * arrays.multiplicity[outputs] * (arrays.labels[outputs] - sigmoid(logits))
    np.testing.assert_allclose(tile_of(arrays, width, m), expected, atol=1e-5)


@pytest.mark.parametrize("done", [0, 5, TILE_STRIDE])
@pytest.mark.parametrize(("width", "m"), SHAPES)
def test_coefficients_of_centres_that_share_outputs(arrays: Arrays, width: int, m: int, done: int) -> None:
    run_shared_coefficients(arrays, width, 2, m, 3, done, np.float32(0.3))
    probabilities = sigmoid(
        rows_of(arrays.I, arrays.slots[2 : 2 + m]) @ rows_of(arrays.O, arrays.rows[3 : 3 + width]).T
    )
    positives = arrays.positives.reshape(-1, 2 * TILE_STRIDE)[2 : 2 + m, done : done + width].astype(float)
    noise = arrays.multiplicity[3 : 3 + width] * (arrays.counts[2 : 2 + m, None] - positives)
    expected = 0.3 * (positives * (1 - probabilities) - noise * probabilities)
    np.testing.assert_allclose(tile_of(arrays, width, m), expected, atol=1e-5)


@pytest.mark.parametrize(("width", "m"), SHAPES)
def test_update(arrays: Arrays, width: int, m: int) -> None:
    inputs, outputs = (
        rows_of(arrays.I, arrays.slots[1 : 1 + m]),
        rows_of(arrays.O, arrays.rows[2 : 2 + width]),
    )
    g = tile_of(arrays, width, m)
    untouched = arrays.I.copy()
    run_update(arrays, 1, m, Tile(2, width, 0, 0, 0))
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
    g = arrays.G.reshape(-1, TILE_STRIDE)[:3].astype(float)
    run_update(arrays, 0, 3, Tile(0, 3, 0, region, 0))
    np.testing.assert_array_equal(rows_of(arrays.I, arrays.slots[:3]), inputs)
    run_update(arrays, 0, 3, Tile(3, 2, region, 0, 0))
    expected = inputs + g[:, :3] @ outputs[:3] + g[:, :2] @ outputs[3:]
    np.testing.assert_allclose(rows_of(arrays.I, arrays.slots[:3]), expected, atol=1e-5)
    np.testing.assert_allclose(
        rows_of(arrays.O, arrays.rows[3:5]), outputs[3:] + g[:, :2].T @ inputs, atol=1e-5
    )
