"""Runs a schedule of units on threads and reports progress as it goes."""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from e2v.errors import TrainingError
from e2v.training.schedule import Schedule, Unit


@dataclass(frozen=True, slots=True)
class UnitLoss:
    """What a unit's pairs cost: the sum of their losses (nats) and how many were summed."""

    total: float
    pairs: int


#: Trains one unit. Each thread has its own, with its own scratch memory.
Worker = Callable[[Unit], UnitLoss]


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """How far a run has come: `units` of the schedule and `tokens` done; the rate and loss of late.

    loss is the mean loss per pair (nats) over about the last twentieth of an epoch.
    """

    units: int
    tokens: int
    total_tokens: int
    seconds: float
    lr: float
    loss: float


def run_units(
    schedule: Schedule, make_worker: Callable[[], Worker], threads: int, first: int = 0
) -> Iterator[TrainProgress]:
    """Train units first, first + 1, ... of the schedule; yields after each one that is done.

    Threads pull whole units in order, so when the caller stops iterating (or an exception passes
    through), the units under way are finished and the units done are again the first so many.
    Raises TrainingError when the loss is no longer a number.
    """
    numbers = itertools.count(first)  # next() on it is atomic: the only thing the threads share
    done: queue.SimpleQueue[tuple[Unit, UnitLoss] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def pull() -> None:
        try:
            worker = make_worker()
            while not stop.is_set() and (number := next(numbers)) < len(schedule):
                unit = schedule[number]
                done.put((unit, worker(unit)))
        except BaseException as error:
            done.put(error)

    pool = [threading.Thread(target=pull, daemon=True) for _ in range(threads)]
    started = time.perf_counter()
    recent = _RecentLoss(max(1, schedule.per_epoch // 20))
    tokens = schedule.tokens_before(first)
    try:
        for thread in pool:
            thread.start()
        for units in range(first + 1, len(schedule) + 1):
            report = done.get()
            if isinstance(report, BaseException):
                raise report
            unit, loss = report
            tokens += unit.tokens
            mean = recent.add(loss)
            if math.isnan(mean):
                raise TrainingError(
                    f"the loss has become nan after {units} of {len(schedule)} units",
                    "try a lower --lr",
                )
            seconds = time.perf_counter() - started
            yield TrainProgress(units, tokens, schedule.total_tokens, seconds, unit.lr_end, mean)
    finally:
        stop.set()
        for thread in pool:
            thread.join()


class _RecentLoss:
    """The mean loss per pair over the last `units` units."""

    def __init__(self, units: int) -> None:
        self._losses: deque[UnitLoss] = deque(maxlen=units)

    def add(self, loss: UnitLoss) -> float:
        self._losses.append(loss)
        pairs = sum(late.pairs for late in self._losses)
        return sum(late.total for late in self._losses) / max(1, pairs)
