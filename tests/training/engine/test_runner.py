"""The runner trains every unit once, in order on one thread, and stops cleanly."""

from __future__ import annotations

import time

import numpy as np
import pytest

from e2v.errors import TrainingError
from e2v.kernels.sgd import UnitResult
from e2v.training.engine.backend import Threads, TrainUnit
from e2v.training.engine.runner import UnitRunner
from e2v.training.engine.schedule import Schedule, Unit

SCHEDULE = Schedule(np.arange(0, 10_001, 10), 2, 0.025, 1)
UNITS = 2 * SCHEDULE.per_epoch


def recording(seen: list[int], loss: float = 1.0) -> TrainUnit:
    def work(unit: Unit, thread: int) -> UnitResult:
        seen.append(unit.number)
        return UnitResult(loss * 3, 3, 0, 3)

    return work


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_unit_is_run_once(threads: int) -> None:
    seen: list[int] = []
    runner = UnitRunner(SCHEDULE, Threads(recording(seen), threads))
    events = list(runner.run())
    assert sorted(seen) == list(range(UNITS))
    if threads == 1:
        assert seen == sorted(seen)
    assert [e.units for e in events] == list(range(1, UNITS + 1))
    assert events[-1].tokens == runner.tokens == 20_000
    assert events[-1].share == 1
    assert events[-1].loss == runner.loss == 1.0


@pytest.mark.parametrize("threads", [1, 3])
def test_stopping_finishes_a_prefix_of_the_units_and_going_on_does_the_rest(threads: int) -> None:
    seen: list[int] = []

    def work(unit: Unit, thread: int) -> UnitResult:
        time.sleep(0.01)  # so that there is something left to stop
        return recording(seen)(unit, thread)

    runner = UnitRunner(SCHEDULE, Threads(work, threads))
    events = runner.run()
    for _ in range(5):
        next(events)
    events.close()  # type: ignore[attr-defined]
    assert sorted(seen) == list(range(runner.units))
    assert 5 <= runner.units < UNITS
    assert runner.tokens == SCHEDULE.tokens_before(runner.units)
    list(runner.run())
    assert sorted(seen) == list(range(UNITS))


def test_starting_later_continues_where_the_first_part_ended() -> None:
    seen: list[int] = []
    events = list(UnitRunner(SCHEDULE, Threads(recording(seen), 1), units=40).run())
    assert seen == list(range(40, UNITS))
    assert events[0].tokens == SCHEDULE.tokens_before(41)


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def broken(unit: Unit, thread: int) -> UnitResult:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        list(UnitRunner(SCHEDULE, Threads(broken, 2)).run())


def test_divergence_is_an_error() -> None:
    with pytest.raises(TrainingError, match="has become nan"):
        list(UnitRunner(SCHEDULE, Threads(recording([], float("nan")), 1)).run())


def test_loss_is_the_mean_of_the_last_pass_over_the_corpus() -> None:
    def work(unit: Unit, thread: int) -> UnitResult:
        return UnitResult(float(unit.number), 1, 0, 1)

    *_, last = UnitRunner(SCHEDULE, Threads(work, 1)).run()
    assert last.loss == pytest.approx(np.mean(range(UNITS - SCHEDULE.per_epoch, UNITS)))


@pytest.mark.parametrize("times", [9.0, 11.0])
def test_a_loss_far_above_chance_is_an_error(times: float) -> None:
    runner = UnitRunner(SCHEDULE, Threads(recording([], 4.2 * times), 1), chance=4.2)
    if times < 10:
        list(runner.run())
        return
    with pytest.raises(
        TrainingError, match=r"become 46.2 a pair after \d units, where chance has 4.2"
    ) as raised:
        list(runner.run())
    assert raised.value.hint == "try a lower lr"
