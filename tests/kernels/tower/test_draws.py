"""What a step of the tower is made of: held-out items, candidates, and matrices by their columns."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.kernels.linalg.sparse import WeightedCsr, sum_rows
from e2v.kernels.sgd import alias_table
from e2v.kernels.tower.draws import Noise, draw_candidates, hold_out, transpose


@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_rows_are_divided_at_random(share: float) -> None:
    sizes = np.array([2, 3, 10, 1000])
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    held = np.zeros(offsets[-1])
    state, times = np.array([7], np.uint64), 200
    for _ in range(times):
        items = np.arange(offsets[-1], dtype=np.int32)
        kept_offsets = np.zeros(5, np.int64)
        kept, targets = np.empty_like(items), np.empty_like(items)
        hold_out(offsets, items, share, state, kept_offsets, kept, targets)
        n_kept = np.diff(kept_offsets)
        assert (n_kept >= 1).all() and (n_kept < sizes).all()
        exact = np.clip(sizes * (1 - share), 1, sizes - 1)
        assert (np.abs(n_kept - exact) < 1).all()
        target_offsets = offsets - kept_offsets
        for r in range(4):
            whole = [
                *kept[kept_offsets[r] : kept_offsets[r + 1]],
                *targets[target_offsets[r] : target_offsets[r + 1]],
            ]
            assert sorted(whole) == list(range(offsets[r], offsets[r + 1]))
        held[targets[: target_offsets[-1]]] += 1 / times
    assert held[15:].mean() == pytest.approx(share, abs=0.001)
    assert held[15:].std() < 1.3 * np.sqrt(share * (1 - share) / times) + 1e-9
    assert held[5:15].mean() == pytest.approx(np.clip(share, 0.1, 0.9), abs=0.02)


def test_candidates_are_the_targets_and_draws() -> None:
    weights = np.arange(40.0)  # item 0 is never drawn
    counts, times, targets = np.zeros(40), 3000, np.array([0, 5, 0], np.int32)
    noise, state = Noise(alias_table(weights), np.empty(6, np.uint64)), np.array([3], np.uint64)
    for _ in range(times):
        places, items = np.full(40, -1), np.full(9, -7)
        n = draw_candidates(noise, state, targets, places, items)
        found = items[:n].tolist()
        assert found[:2] == [0, 5] and len(set(found)) == n <= 8 and (items[n:] == -7).all()
        assert [places[item] for item in found] == list(range(n))
        assert (places >= 0).sum() == n
        counts[found] += 1 / times
    chances = 1 - (1 - weights / weights.sum()) ** 6
    chances[[0, 5]] = 1
    np.testing.assert_allclose(counts, chances, atol=5 * np.sqrt(0.25 / times) * np.sqrt(chances.max()))


def random_matrix(n_rows: int, n_columns: int, m: int) -> WeightedCsr:
    rng = np.random.default_rng(2)
    offsets = np.sort(np.concatenate(([0, m], rng.integers(0, m + 1, n_rows - 1))))
    return WeightedCsr(offsets, rng.integers(0, n_columns, m).astype(np.int32), rng.random(m, np.float32))


def dense(matrix: WeightedCsr, n_columns: int) -> np.ndarray:
    found = np.zeros((len(matrix.offsets) - 1, n_columns))
    for r in range(len(found)):
        for e in range(matrix.offsets[r], matrix.offsets[r + 1]):
            found[r, matrix.columns[e]] += matrix.weights[e]
    return found


def test_a_matrix_by_its_columns() -> None:
    matrix, places = random_matrix(7, 30, 25), np.full(30, -1)
    items = np.empty(25, np.int64)
    out = WeightedCsr(np.empty(26, np.int64), np.empty(25, np.int32), np.empty(25, np.float32))
    n = transpose(matrix, places, items, out)
    assert (places == -1).all()
    assert list(items[:n]) == list(dict.fromkeys(matrix.columns))
    found = dense(out._replace(offsets=out.offsets[: n + 1]), 7)
    np.testing.assert_allclose(found, dense(matrix, 30).T[items[:n]], rtol=1e-6)


@pytest.mark.parametrize("dim", [1, 8, 67, 130])
def test_products_with_a_sparse_matrix(dim: int) -> None:
    matrix = random_matrix(7, 30, 25)
    vectors = np.random.default_rng(3).normal(size=(30, dim)).astype(np.float32)
    out = np.full((7, dim), np.nan, np.float32)
    sum_rows(matrix, vectors, out, 1, 6)
    np.testing.assert_allclose(out[1:6], (dense(matrix, 30) @ vectors)[1:6], rtol=1e-4, atol=1e-5)
    assert np.isnan(out[[0, 6]]).all()
