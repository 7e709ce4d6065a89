"""The sparse products, and so their kernels, against dense ones."""

from dataclasses import replace

import numpy as np
import pytest

from e2v.training.linear.interactions import InteractionMatrix
from tests.builders import ragged
from tests.oracles import evaluation as oracle

N_ITEMS = 23


def histories(n: int, seed: int) -> list[list[int]]:
    """Random histories, some with repeats, one empty, one of everything; the last item has no user."""
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, N_ITEMS - 1, rng.integers(1, 9)).tolist() for _ in range(n - 2)]
    return [*drawn, [], list(range(N_ITEMS - 1))]


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


def test_weights_are_the_entries(users) -> None:
    rng = np.random.default_rng(5)
    weights = [rng.uniform(0.1, 4, len(history)).tolist() for history in users]
    x = oracle.normalised(oracle.interactions(users, N_ITEMS, weights))
    of_tokens = np.array([weight for row in weights for weight in row], np.float32)
    matrix = InteractionMatrix(replace(ragged(users), weights=of_tokens), N_ITEMS)
    dense = np.random.default_rng(2).standard_normal((N_ITEMS, 5)).astype(np.float32)
    np.testing.assert_allclose(matrix.times(dense), x @ dense, atol=1e-6)
    dense = np.random.default_rng(3).standard_normal((len(users), 5)).astype(np.float32)
    np.testing.assert_allclose(matrix.transposed_times(dense), x.T @ dense, atol=1e-6)
    others = histories(9, seed=4)
    found = matrix.times_gram(ragged(others).distinct())
    np.testing.assert_allclose(found, oracle.interactions(others, N_ITEMS) @ x.T @ x, atol=1e-6)


def test_product_with_the_gram_matrix(users) -> None:
    x = oracle.normalised(oracle.interactions(users, N_ITEMS))
    others = histories(40, seed=4)
    found = InteractionMatrix(ragged(users), N_ITEMS).times_gram(ragged(others).distinct())
    np.testing.assert_allclose(found, oracle.interactions(others, N_ITEMS) @ x.T @ x, atol=1e-6)
