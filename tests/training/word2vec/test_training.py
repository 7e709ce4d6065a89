"""The distributions that a run draws from, against their formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from e2v.training.word2vec.training import keep_probability, noise_weights, unit_size
from tests.training.small import config

COUNTS = np.array([5000, 400, 50, 1])


def test_keep_probability_is_word2vec_cs() -> None:
    f = COUNTS / COUNTS.sum()
    expected = (np.sqrt(f / 1e-3) + 1) * 1e-3 / f  # as word2vec.c writes it
    np.testing.assert_allclose(keep_probability(COUNTS, 1e-3), expected, rtol=1e-6)


def test_no_subsampling_keeps_all() -> None:
    assert (keep_probability(COUNTS, 0) >= 1).all()


@pytest.mark.parametrize("exponent", [0.75, 0.0, -0.5, 1.0])
def test_noise_is_a_power_of_the_count(exponent: float) -> None:
    weights = noise_weights(COUNTS, exponent)
    np.testing.assert_allclose(weights / weights.sum(), COUNTS**exponent / (COUNTS**exponent).sum())


def test_words_of_a_frozen_vocabulary_that_never_occur_are_no_noise() -> None:
    assert noise_weights(np.array([3, 0, 1]), -1.0).tolist() == [1.0, 0.0, 3.0]


@pytest.mark.parametrize(
    ("settings", "tokens"),
    [
        ({}, 100_000),
        ({"window": 1000, "window_mode": "fixed"}, 2002),
        ({"context": "set"}, 20_000),
        ({"context": "set", "set_sample": 0}, 2002),
        ({"context": "set", "set_sample": 10}, 100_000),
        ({"loss": "softmax", "dim": 100}, 166),
        ({"loss": "softmax", "dim": 100, "arch": "cbow"}, 1000),
        ({"loss": "softmax", "dim": 100_000}, 1),
    ],
)
def test_units_that_cost_much_are_short(settings: dict[str, Any], tokens: int) -> None:
    assert unit_size(np.arange(0, 10**8 + 1, 1000), config(**settings), 20_000) == tokens
