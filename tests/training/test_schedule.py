"""Units cover every sentence of every epoch once, and their rates join up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.training.schedule import Schedule, stream_seed


@given(st.lists(st.integers(1, 400), min_size=1, max_size=200), st.integers(1, 7))
def test_units_cover_each_epoch_once(lengths: list[int], epochs: int) -> None:
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    schedule = Schedule(offsets, epochs, 0.025, 1)
    units = [schedule[n] for n in range(len(schedule))]
    for epoch in range(epochs):
        sentences = [s for u in units if u.epoch == epoch for s in range(u.first, u.last)]
        assert sentences == list(range(len(lengths)))
    assert sum(u.tokens for u in units) == schedule.total_tokens == sum(lengths) * epochs
    assert [schedule.tokens_before(u.number) for u in units] == np.cumsum([0, *(u.tokens for u in units)])[
        :-1
    ].tolist()


def test_learning_rate_falls_linearly_and_without_gaps() -> None:
    offsets = np.arange(0, 50_001, 10)
    schedule = Schedule(offsets, 3, 0.05, 1)
    units = [schedule[n] for n in range(len(schedule))]
    assert units[0].lr_start == 0.05
    assert all(a.lr_end == b.lr_start for a, b in itertools.pairwise(units))
    middle = units[len(units) // 2]
    assert middle.lr_start == pytest.approx(0.05 * (1 - schedule.tokens_before(middle.number) / 150_000))
    assert units[-1].lr_end == pytest.approx(0.05 * 1e-4)


def test_large_corpora_have_units_of_bounded_size() -> None:
    schedule = Schedule(np.arange(0, 20_000_001, 100), 5, 0.025, 1)
    assert max(schedule[n].tokens for n in range(schedule.per_epoch)) <= 100_100
    assert len(schedule) >= 5 * 200


def test_streams_differ_and_are_never_zero() -> None:
    seeds = {
        stream_seed(seed, epoch, unit) for seed in range(10) for epoch in range(10) for unit in range(100)
    }
    assert len(seeds) == 10_000
    assert 0 not in seeds
    assert all(0 < s < 1 << 64 for s in seeds)


def test_stream_seed_is_stable() -> None:
    """Stored models and checkpoints rely on it: the streams of a seed must never change."""
    assert stream_seed(0) == 0xE220A8397B1DCDAF  # SplitMix64's first output from state 0


def test_past_the_end() -> None:
    with pytest.raises(IndexError):
        Schedule(np.array([0, 3]), 1, 0.1, 1)[1000]
