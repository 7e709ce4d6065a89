"""The scheduler runs every unit once, in order on one thread, and stops cleanly."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.errors import TrainingError
from e2v.training.schedule import Schedule, Unit
from e2v.training.trainer import UnitLoss, Worker, run_units

SCHEDULE = Schedule(np.arange(0, 10_001, 10), 2, 0.025, 1)


def recording(seen: list[int], loss: float = 1.0) -> Worker:
    def worker(unit: Unit) -> UnitLoss:
        seen.append(unit.number)
        return UnitLoss(loss * 3, 3)

    return worker


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_unit_is_run_once(threads: int) -> None:
    seen: list[int] = []
    events = list(run_units(SCHEDULE, lambda: recording(seen), threads))
    assert sorted(seen) == list(range(len(SCHEDULE)))
    if threads == 1:
        assert seen == sorted(seen)
    assert [e.units for e in events] == list(range(1, len(SCHEDULE) + 1))
    assert events[-1].tokens == events[-1].total_tokens == 20_000
    assert events[-1].loss == 1.0


def test_starting_later_continues_where_the_first_part_ended() -> None:
    seen: list[int] = []
    events = list(run_units(SCHEDULE, lambda: recording(seen), 1, first=40))
    assert seen == list(range(40, len(SCHEDULE)))
    assert events[0].tokens == SCHEDULE.tokens_before(41)


def test_stopping_finishes_a_prefix_of_the_units() -> None:
    seen: list[int] = []
    events = run_units(SCHEDULE, lambda: recording(seen), 2)
    for _ in range(5):
        next(events)
    events.close()
    assert sorted(seen) == list(range(len(seen)))
    assert len(seen) >= 5


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def broken(unit: Unit) -> UnitLoss:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        list(run_units(SCHEDULE, lambda: broken, 2))


def test_divergence_is_an_error() -> None:
    with pytest.raises(TrainingError, match="has become nan"):
        list(run_units(SCHEDULE, lambda: recording([], float("nan")), 1))


def test_loss_is_the_mean_of_late_units_only() -> None:
    def worker(unit: Unit) -> UnitLoss:
        return UnitLoss(float(unit.number), 1)

    *_, last = run_units(SCHEDULE, lambda: worker, 1)
    late = max(1, SCHEDULE.per_epoch // 20)
    assert last.loss == pytest.approx(np.mean(range(len(SCHEDULE) - late, len(SCHEDULE))))
