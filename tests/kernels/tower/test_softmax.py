"""The kernels of the tower's softmax against float64."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.kernels.tower.softmax import (
    Cells,
    errors,
    exponentials,
    rank_targets,
    scaled_rows,
    unscaled_gradients,
)
from tests.oracles import tower as oracle

WIDTHS = [1, 15, 16, 37]  # around the lanes


def cells(lists: list[list[int]]) -> Cells:
    columns = [column for row in lists for column in row]
    return Cells(np.cumsum([0, *map(len, lists)]), np.array(columns, np.int64))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_tile_in_the_middle(width: int, weighted: bool) -> None:
    """Rows 1 to 3 of four examples, and columns 5 on; what is elsewhere leaves it alone."""
    rng = np.random.default_rng(width)
    logits = (rng.normal(size=(2, width)) * 30).astype(np.float32)
    shifts, correction = rng.normal(size=(2, width)).astype(np.float32)
    targets = [[5], sorted({5, 4 + width, 3}), [6 + width], [5]]
    kept = [[5], [2, 5 + width], [4 + width, -1], [5]] if width > 1 else [[5], [2], [-1], [5]]
    inside = [[c - 5 for c in row if 0 <= c - 5 < width] for row in targets[1:3]]
    seen = [[c - 5 for c in row if 0 <= c - 5 < width] for row in kept[1:3]]
    weights = rng.uniform(0.1, 3, sum(map(len, targets))).astype(np.float32) if weighted else None
    of_rows = cells(targets).offsets
    counts = [
        [
            1.0 if weights is None else float(weights[of_rows[r] + k])
            for k, c in enumerate(targets[r])
            if 0 <= c - 5 < width
        ]
        for r in (1, 2)
    ]
    expected, of_targets = oracle.tile(logits, shifts, correction, inside, seen, counts)
    top, partition = np.empty((2, 2), np.float32)
    exact_top = expected.max(axis=1)
    found = logits.copy()
    told = exponentials(
        found, shifts, correction, cells(targets), weights, cells(kept), (1, 5), top, partition
    )
    assert told == pytest.approx(of_targets, rel=1e-5)
    np.testing.assert_allclose(top, exact_top, rtol=1e-6)
    relative = np.exp(expected - exact_top[:, np.newaxis])
    np.testing.assert_allclose(found, relative, rtol=1e-5, atol=1e-37)
    np.testing.assert_allclose(partition, relative.sum(axis=1), rtol=1e-5)

    factors, d_biases = np.array([0.5, 2], np.float32), np.empty(width, np.float32)
    errors(found, factors, cells(targets), weights, (1, 5), d_biases)
    relative *= factors[:, np.newaxis]
    for row, columns, of_columns in zip(relative, inside, counts, strict=True):
        row[columns] -= of_columns
    np.testing.assert_allclose(found, relative, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(d_biases, relative.sum(axis=0), rtol=1e-5, atol=1e-6)


def test_a_tile_of_which_all_is_kept_and_one_that_is_not_a_number() -> None:
    nobody, everybody = cells([[]]), cells([[0, 1]])
    top, partition = np.empty((2, 1), np.float32)
    zeros = np.zeros(2, np.float32)
    logits = np.ones((1, 2), np.float32)
    exponentials(logits, zeros, zeros, nobody, None, everybody, (0, 0), top, partition)
    assert partition[0] == 0 and logits.tolist() == [[0, 0]] and top[0] < -1e29
    for wrong in (np.nan, np.inf):
        logits = np.array([[wrong, 1]], np.float32)
        with np.errstate(invalid="ignore"):
            exponentials(logits, zeros, zeros, nobody, None, nobody, (0, 0), top, partition)
        assert np.isnan(partition[0])


@pytest.mark.parametrize("width", WIDTHS)
def test_scaling_and_back(width: int) -> None:
    """The gradient by vectors of c . v / |v| is what a small step along each number shows."""
    rng = np.random.default_rng(width)
    vectors = rng.normal(size=(6, width)).astype(np.float32)
    vectors[2] = 0
    rows = np.array([4, 2, 0, 5])
    scaled, lengths = np.full((4, width), np.nan, np.float32), np.full(4, np.nan, np.float32)
    scaled_rows(vectors, rows, scaled, lengths, 0, 3)
    exact = vectors[rows[:3]].astype(float)
    norms = np.linalg.norm(exact, axis=1)
    norms[1] = 1
    np.testing.assert_allclose(lengths[:3], norms, rtol=1e-6)
    np.testing.assert_allclose(scaled[:3], exact / norms[:, np.newaxis], rtol=1e-5)
    assert np.isnan(lengths[3]) and np.isnan(scaled[3]).all()

    parts = rng.normal(size=(2, 4, width)).astype(np.float32)
    before = parts.astype(float)
    unscaled_gradients(parts, scaled, lengths, 0, 3)
    for k in (0, 2):
        towards = before[:, k].sum(axis=0)

        def along(vector: np.ndarray, towards: np.ndarray = towards) -> float:
            return float(towards @ vector / np.linalg.norm(vector))

        (slope,) = oracle.gradients([exact[k]], lambda arrays: along(arrays[0]))
        np.testing.assert_allclose(parts[0, k], slope, atol=2e-5)
    np.testing.assert_allclose(parts[0, 3], before[0, 3], rtol=1e-6)  # not asked for


def test_the_gradient_of_what_is_not_scaled_is_the_sum() -> None:
    parts = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    unscaled_gradients(parts, np.ones((2, 2), np.float32), np.zeros(2, np.float32), 0, 2)
    assert parts[0].tolist() == [[12, 15], [18, 21]]


def test_what_was_withheld() -> None:
    rng = np.random.default_rng(8)
    scores = rng.integers(-4, 5, (3, 50)).astype(np.float32)  # many of which are the same
    biases = rng.integers(-1, 2, 50).astype(np.float32)
    kept, targets = [[0, 7], [], [49]], [[1, 48], [0], [30, 31, 32]]
    losses, ranks = oracle.withheld(scores + biases, kept, targets)
    of_targets = np.array(
        [scores[r, c] + biases[c] for r, row in enumerate(targets) for c in row], np.float32
    )
    above, top, partition = np.empty((2, 6), np.int64), *np.empty((2, 2, 3), np.float32)
    for k, block in enumerate((slice(0, 31), slice(31, 50))):
        for rows in (slice(0, 2), slice(2, 3)):
            rank_targets(
                np.ascontiguousarray(scores[rows, block]),
                biases[block],
                of_targets,
                cells(targets),
                cells(kept),
                (rows.start, block.start),
                above[k],
                top[k, rows],
                partition[k, rows],
            )
    log_partition = np.log((partition * np.exp(top.astype(float))).sum(axis=0))
    np.testing.assert_allclose(log_partition[[0, 0, 1, 2, 2, 2]] - of_targets, losses, rtol=1e-5)
    assert above.sum(axis=0).tolist() == ranks
