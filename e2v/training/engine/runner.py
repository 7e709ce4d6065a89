"""Runs a schedule of units on threads and reports progress as it goes."""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

from e2v.errors import TrainingError
from e2v.training.engine.schedule import Schedule, Unit


@dataclass(frozen=True, slots=True)
class UnitLoss:
    """What a unit's pairs cost: the sum of their losses (nats) and how many were summed."""

    total: float
    pairs: int


#: Trains one unit.
Worker = Callable[[Unit], UnitLoss]


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """How far a run has come.

    units, tokens: done since the schedule's beginning, resumed ones included; share: of the whole run,
    0 to 1; lr: the present learning rate; loss: the mean loss per pair (nats) over about the last
    twentieth of an epoch.
    """

    units: int
    tokens: int
    share: float
    lr: float
    loss: float


class UnitRunner:
    """Trains the units of a schedule in order, on threads.

    Attributes:
        units: how many units are done; always the first so many when nothing is running. They and their
            seconds may be those of a run that is gone on with.
        tokens: the tokens in them.
        seconds: time spent in `run`, all calls together.
        pairs: whose loss was measured here; 0 if none was trained, for a unit measures its first.
        loss: mean loss per pair of late, nan before the first pair.
    """

    def __init__(
        self, schedule: Schedule, work: Worker, threads: int, units: int = 0, seconds: float = 0.0
    ) -> None:
        self._schedule = schedule
        self._work = work
        self._threads = threads
        self._recent = _RecentLoss(max(1, schedule.per_epoch // 20))
        self.units = units
        self.tokens = schedule.tokens_before(units)
        self.seconds = seconds
        self.pairs = 0
        self.loss = math.nan

    @property
    def epochs(self) -> float:
        """How many passes over the corpus are done."""
        return self.units / self._schedule.per_epoch

    def run(self) -> Generator[TrainProgress]:
        """Train until the schedule ends, yielding after each unit.

        When the caller closes the iterator, or an exception passes through, the units under way are
        finished first. Raises TrainingError when the loss is no longer a number.
        """
        numbers = itertools.count(self.units)  # next() on it is atomic: all that the threads share
        done: queue.SimpleQueue[tuple[Unit, UnitLoss] | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()

        def pull() -> None:
            try:
                while not stop.is_set() and (unit := self._schedule.unit(next(numbers))) is not None:
                    done.put((unit, self._work(unit)))
                done.put(None)
            except BaseException as error:
                done.put(error)

        pool = [threading.Thread(target=pull, daemon=True) for _ in range(self._threads)]
        started = time.perf_counter()
        try:
            for thread in pool:
                thread.start()
            working = len(pool)
            while working:
                report = done.get()
                if isinstance(report, BaseException):
                    raise report
                if report is None:
                    working -= 1
                else:
                    yield self._count(*report)
        finally:
            stop.set()
            for thread in pool:
                thread.join()
            while not done.empty():
                if isinstance(report := done.get(), tuple):
                    self._count(*report)
            self.seconds += time.perf_counter() - started

    def _count(self, unit: Unit, loss: UnitLoss) -> TrainProgress:
        self.units += 1
        self.tokens += unit.tokens
        self.pairs += loss.pairs
        self.loss = self._recent.add(loss)
        if self.pairs and math.isnan(self.loss):
            raise TrainingError(f"the loss has become nan after {self.units} units", "try a lower --lr")
        share = self._schedule.share(self.tokens)
        return TrainProgress(self.units, self.tokens, share, unit.lr_end, self.loss)


class _RecentLoss:
    """The mean loss per pair over the last `units` units."""

    def __init__(self, units: int) -> None:
        self._losses: deque[UnitLoss] = deque(maxlen=units)
        self._mean = math.nan  # stays as it was where the late units had no pair

    def add(self, loss: UnitLoss) -> float:
        self._losses.append(loss)
        pairs = sum(late.pairs for late in self._losses)
        if pairs:
            self._mean = sum(late.total for late in self._losses) / pairs
        return self._mean
