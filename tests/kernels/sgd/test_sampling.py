"""Draws: the noise distribution, subsampling, windows and shuffles have the frequencies that they should."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd import alias_table, sampling
from e2v.kernels.sgd.sampling import draw_noise
from tests.oracles.word2vec import SplitMix64

SHARES = {
    "word2vec": np.arange(1, 301) ** 0.75,
    "negative exponent": np.arange(1.0, 301) ** -0.5,
    "one word": np.ones(1),
    "equal": np.ones(7),
    "skewed": np.array([1e-9, 1.0, 1e9, 3.0]),
    "some never": np.array([0.0, 2.0, 0.0, 1.0, 0.0]),
}


class Noise(NamedTuple):
    """What noise is drawn from and to, as the kernels hold it."""

    state: np.ndarray
    table: np.ndarray
    ids: np.ndarray


# Python cannot call a helper: these are called in its place.
@njit
def draw(state):
    return sampling.draw(state)


@njit
def draw_below(state, bound):
    return sampling.draw_below(state, bound)


@njit
def subsample(state, tokens, span, keep, kept):
    return sampling.subsample(state, tokens, span, keep, kept, 0)


@njit
def shuffle(state, items, n):
    sampling.shuffle(state, items, 0, n)


@njit
def fill(noise, vocabulary, count):
    addresses = to_pointers(noise)
    draw_noise(addresses.state, addresses.table, vocabulary, addresses.ids, count)


@pytest.fixture
def state() -> np.ndarray:
    return np.array([5], np.uint64)


def table_probabilities(table: np.ndarray) -> np.ndarray:
    """The distribution that an alias table stands for."""
    stay = (table >> np.uint64(32)) / 2.0**32
    probabilities = stay.copy()
    np.add.at(probabilities, (table & np.uint64(0xFFFFFFFF)).astype(np.int64), 1 - stay)
    return probabilities / len(table)


@pytest.mark.parametrize("name", SHARES)
def test_the_alias_table_stands_for_the_weights(name: str) -> None:
    weights = SHARES[name]
    np.testing.assert_allclose(table_probabilities(alias_table(weights)), weights / weights.sum(), atol=1e-9)


def test_a_word_of_weight_zero_is_never_drawn() -> None:
    assert set(np.flatnonzero(table_probabilities(alias_table(SHARES["some never"])) == 0)) == {0, 2, 4}


def test_the_weights_are_not_touched() -> None:
    weights = np.array([3.0, 1.0])
    alias_table(weights)
    assert weights.tolist() == [3, 1]


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1.0, -1.0], [1.0, np.inf], [np.nan, 1.0]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="noise weights"):
        alias_table(weights)


def test_noise_is_drawn_by_weight(state: np.ndarray) -> None:
    weights = np.arange(1, 21) ** 0.75
    table = alias_table(weights)
    ids = np.empty(40_000, np.uint64)
    fill(Noise(state, table, ids), 20, len(ids))
    draws = np.bincount(ids.astype(np.int64), minlength=20)
    expected = 40_000 * weights / weights.sum()
    assert ((draws - expected) ** 2 / expected).sum() < 43.8  # chi-square, 19 degrees of freedom, p = .001


def test_the_bits_are_those_of_the_oracle(state: np.ndarray) -> None:
    random = SplitMix64(5)
    assert [int(draw(state)) for _ in range(100)] == [random.bits() for _ in range(100)]


def test_integers_below_a_bound_are_uniform(state: np.ndarray) -> None:
    draws = np.bincount([draw_below(state, 7) for _ in range(14_000)])
    assert len(draws) == 7
    assert ((draws - 2000) ** 2 / 2000).sum() < 22.5  # 6 degrees of freedom


def test_tokens_survive_by_their_probability(state: np.ndarray) -> None:
    keep = np.array([0.0, 0.3, 1.0, 1.5], np.float32)
    tokens = np.tile(np.arange(4, dtype=np.int32), 5000)
    kept = np.empty(20_000, np.int64)
    n = subsample(state, tokens, (0, 20_000), keep, kept)
    survivors = np.bincount(kept[:n], minlength=4)
    assert survivors[[0, 2, 3]].tolist() == [0, 5000, 5000]
    assert abs(survivors[1] - 1500) < 3.3 * np.sqrt(5000 * 0.3 * 0.7)


def test_survivors_keep_their_order(state: np.ndarray) -> None:
    tokens = np.arange(1000, dtype=np.int32)
    kept = np.empty(1000, np.int64)
    n = subsample(state, tokens, (100, 900), np.full(1000, 0.5, np.float32), kept)
    assert 300 < n < 500
    assert (np.diff(kept[:n]) > 0).all()
    assert kept[0] >= 100
    assert kept[n - 1] < 900


def test_every_order_is_as_likely(state: np.ndarray) -> None:
    orders: dict[tuple[int, ...], int] = {}
    for _ in range(6000):
        items = np.arange(3)
        shuffle(state, items, 3)
        orders[tuple(items.tolist())] = orders.get(tuple(items.tolist()), 0) + 1
    assert len(orders) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in orders.values()) < 20.5  # 5 degrees of freedom
