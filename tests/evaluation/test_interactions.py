"""The sparse products, and so their kernels, against dense ones."""

import numpy as np
import pytest

from e2v.evaluation.histories import Histories
from e2v.evaluation.interactions import InteractionMatrix
from e2v.evaluation.svd import truncated_svd
from tests.oracles import evaluation as oracle

N_ITEMS = 23


def histories(n: int, seed: int) -> list[list[int]]:
    """Random histories, some with repeats, one empty, one of everything; the last item has no user."""
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, N_ITEMS - 1, rng.integers(1, 9)).tolist() for _ in range(n - 2)]
    return [*drawn, [], list(range(N_ITEMS - 1))]


def ragged(rows: list[list[int]]) -> Histories:
    return Histories(np.cumsum([0, *map(len, rows)]), np.array([i for row in rows for i in row], np.int32))


@pytest.fixture
def users() -> list[list[int]]:
    return histories(70, seed=1)


def test_products(users) -> None:
    x = oracle.normalised(oracle.interactions(users, N_ITEMS))
    matrix = InteractionMatrix(ragged(users), N_ITEMS)
    assert matrix.shape == x.shape
    dense = np.random.default_rng(2).standard_normal((N_ITEMS, 5)).astype(np.float32)
    np.testing.assert_allclose(matrix.times(dense), x @ dense, atol=1e-6)
    dense = np.random.default_rng(3).standard_normal((len(users), 5)).astype(np.float32)
    np.testing.assert_allclose(matrix.transposed_times(dense), x.T @ dense, atol=1e-6)


def test_two_steps(users) -> None:
    x = oracle.normalised(oracle.interactions(users, N_ITEMS))
    others = histories(40, seed=4)
    found = InteractionMatrix(ragged(users), N_ITEMS).two_steps(ragged(others).distinct())
    np.testing.assert_allclose(found, oracle.interactions(others, N_ITEMS) @ x.T @ x, atol=1e-6)


def test_the_svd_is_the_svd(users) -> None:
    x = oracle.normalised(oracle.interactions(users, N_ITEMS))
    values, vectors = np.linalg.svd(x)[1:]
    found = truncated_svd(InteractionMatrix(ragged(users), N_ITEMS), 6, seed=5)
    np.testing.assert_allclose(found.values, values[:6], atol=1e-5)
    np.testing.assert_allclose(abs(found.items.T @ vectors[:6].T), np.eye(6), atol=1e-3)


def test_more_dimensions_than_there_are_hold_nothing() -> None:
    found = truncated_svd(InteractionMatrix(ragged([[0, 1], [0, 1], [2]]), 3), 3, seed=1)
    np.testing.assert_allclose(found.values, [1, 1, 0], atol=1e-6)
    assert np.isfinite(found.items).all()


def test_the_same_seed_gives_the_same_bytes(users) -> None:
    matrix = InteractionMatrix(ragged(users), N_ITEMS)
    first, again, other = (truncated_svd(matrix, 3, seed).items.tobytes() for seed in (1, 1, 2))
    assert first == again != other
