"""Units cover every sentence of every epoch once, and their rates join up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.training.engine.schedule import Schedule, TimedSchedule, Unit, stream_seed


def all_units(schedule: Schedule) -> list[Unit]:
    return list(itertools.takewhile(bool, map(schedule.unit, itertools.count())))  # type: ignore[arg-type]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=200), st.integers(1, 7))
def test_units_cover_each_epoch_once(lengths: list[int], epochs: int) -> None:
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    schedule = Schedule(offsets, epochs, 0.025, 1)
    units = all_units(schedule)
    for epoch in range(epochs):
        sentences = [s for u in units if u.epoch == epoch for s in range(u.first, u.last)]
        assert sentences == list(range(len(lengths)))
    assert sum(u.tokens for u in units) == sum(lengths) * epochs
    before = np.cumsum([0, *(u.tokens for u in units)])
    assert [schedule.tokens_before(n) for n in range(len(units) + 1)] == before.tolist()
    assert schedule.share(int(before[-1])) == 1


def test_learning_rate_falls_linearly_and_without_gaps() -> None:
    schedule = Schedule(np.arange(0, 50_001, 10), 3, 0.05, 1)
    units = all_units(schedule)
    assert units[0].lr_start == 0.05
    assert all(a.lr_end == b.lr_start for a, b in itertools.pairwise(units))
    middle = units[len(units) // 2]
    assert middle.lr_start == pytest.approx(0.05 * (1 - schedule.tokens_before(middle.number) / 150_000))
    assert units[-1].lr_end == pytest.approx(0.05 * 1e-4)


def test_large_corpora_have_units_of_bounded_size() -> None:
    units = all_units(Schedule(np.arange(0, 20_000_001, 100), 5, 0.025, 1))
    assert max(u.tokens for u in units) <= 100_100
    assert len(units) >= 5 * 200


def test_a_time_budget_lowers_the_rate_with_the_clock_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    schedule = TimedSchedule(np.arange(0, 1001, 10), seconds=60, lr=0.1, seed=1, spent=15)
    now[0] += 20  # until there is something to train, the clock does not run
    assert schedule.left() == 45
    rates, numbers = [], []
    for number in itertools.count():
        unit = schedule.unit(number)
        if unit is None:
            break
        rates.append(unit.lr_start)
        numbers.append((unit.epoch, unit.first))
        now[0] += 0.25
    assert len(rates) == 45 * 4
    assert rates[0] == pytest.approx(0.1 * 0.75)
    assert rates[90] == pytest.approx(0.1 * (0.75 - 22.5 / 60))
    assert numbers[schedule.per_epoch] == (1, 0)


def test_streams_differ_and_are_never_zero() -> None:
    seeds = {stream_seed(s, epoch, unit) for s in range(10) for epoch in range(10) for unit in range(100)}
    assert len(seeds) == 10_000
    assert all(0 < s < 1 << 64 for s in seeds)


def test_stream_seed_is_stable() -> None:
    """Stored models and checkpoints rely on it: the streams of a seed must never change."""
    assert stream_seed(0) == 0xE220A8397B1DCDAF  # SplitMix64's first output from state 0
