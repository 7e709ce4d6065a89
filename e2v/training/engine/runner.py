"""Runs a schedule of units on a backend and reports progress as it goes."""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, TrainingError
from e2v.kernels.sgd import UnitResult
from e2v.training.engine.backend import Backend
from e2v.training.engine.reached import Reached
from e2v.training.engine.schedule import Schedule, Unit

#: Units whose loss is averaged, at most.
_MOST_UNITS = 1024
#: A model has diverged whose loss is so many times that of one that knows nothing: the worst that settings
#: of use have met, a high rate on few words, is a third of that.
_TIMES_CHANCE = 10


class Losses(NamedTuple):
    """Of some units, in their order: the sums of their losses, float64[u], over so many pairs, int64[u]."""

    losses: NDArray[np.float64]
    pairs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """How far a run has come.

    units, tokens: done since the schedule's beginning, resumed ones included; share: of the whole run,
    0 to 1; lr: the present learning rate; loss: the mean loss per pair (nats) of late, over one pass over
    the corpus, or over the last 1,024 units of a longer one; left: seconds that remain, where the run ends
    with its time.
    """

    units: int
    tokens: int
    share: float
    lr: float
    loss: float
    left: float | None = None


class UnitRunner:
    """Trains the units of a schedule in order, on a backend.

    chance: the loss per pair of a model that knows nothing, in nats.

    Attributes:
        units: how many units are done; always the first so many when nothing is running. They and their
            seconds may be those of a run that is gone on with.
        tokens: the tokens in them.
        seconds: time spent in `run`, all calls together.
        pairs: that were trained here.
        loss: mean loss per pair of late, nan before the first pair.
    """

    def __init__(
        self,
        schedule: Schedule,
        backend: Backend,
        units: int = 0,
        seconds: float = 0.0,
        *,
        chance: float = math.inf,
    ) -> None:
        self._schedule = schedule
        self._backend = backend
        self._chance = chance
        # Parts of a corpus differ, by more than training changes them: users of a log come in some order.
        self._recent = _RecentLoss(min(schedule.per_epoch, _MOST_UNITS))
        self.units = units
        self.tokens = schedule.tokens_before(units)
        self.seconds = seconds
        self.pairs = 0
        self.loss = math.nan
        self._ended = False

    @property
    def epochs(self) -> float:
        """How many passes over the corpus are done."""
        return self.units / self._schedule.per_epoch

    @property
    def total_tokens(self) -> int | None:
        """The tokens of the whole run; None where it ends with its time."""
        return self._schedule.total_tokens

    @property
    def reached(self) -> Reached:
        """How far it has come."""
        share = self._schedule.share(self.tokens)
        return Reached(self.units, self.seconds, self.tokens, self.total_tokens, share)

    @property
    def losses(self) -> Losses:
        """The loss of the last units, for a checkpoint."""
        return self._recent.results

    def recall(self, losses: Losses) -> None:
        """Go on with the loss of the units before.

        Raises:
            ValueError: it is of another number of units.
        """
        self.loss = self._recent.recall(losses)

    def end(self) -> None:
        """Let no further unit begin, though the schedule has more."""
        self._ended = True

    def run(self) -> Generator[TrainProgress]:
        """Train until the schedule ends, yielding after each unit.

        When the caller closes the iterator, or an exception passes through, the units under way are
        finished first. Raises TrainingError when the loss is no longer a number, or far above chance.
        """
        numbers = itertools.count(self.units)  # next() on it is atomic: all that the threads share

        def next_unit() -> Unit | None:
            return None if self._ended else self._schedule.unit(next(numbers))

        started = time.perf_counter()
        workers = self._backend.start(next_unit)
        try:
            for unit, result in workers:
                yield self._count(unit, result)
        finally:
            for unit, result in workers.stop():
                self._count(unit, result)
            self.seconds += time.perf_counter() - started

    def _count(self, unit: Unit, result: UnitResult) -> TrainProgress:
        self.units += 1
        self.tokens += unit.tokens
        self.pairs += result.pairs
        self.loss = self._recent.add(result)
        if not math.isfinite(result.loss):
            raise self._diverged(str(result.loss))
        if self.loss > _TIMES_CHANCE * self._chance:
            raise self._diverged(f"{self.loss:.3g} a pair", f", where chance has {self._chance:.3g}")
        share = self._schedule.share(self.tokens)
        left = self._schedule.left()
        return TrainProgress(self.units, self.tokens, share, unit.lr_end, self.loss, left)

    def _diverged(self, loss: str, chance: str = "") -> TrainingError:
        return TrainingError(
            f"the loss has become {loss} after {self.units} units{chance}", Advice("try a lower {lr}")
        )


class _RecentLoss:
    """The mean loss per pair over the last `units` units."""

    def __init__(self, units: int) -> None:
        self._results: deque[tuple[float, int]] = deque([(0.0, 0)] * units)
        self._mean = math.nan  # stays as it was where the last units had no pair

    @property
    def results(self) -> Losses:
        losses, pairs = zip(*self._results, strict=True)
        return Losses(np.array(losses, np.float64), np.array(pairs, np.int64))

    def recall(self, results: Losses) -> float:
        if len(results.losses) != len(self._results):
            raise ValueError(f"{len(results.losses)} units, not {len(self._results)}")
        self._results = deque(zip(results.losses.tolist(), results.pairs.tolist(), strict=True))
        return self._mean_of_all()

    def add(self, result: UnitResult) -> float:
        self._results.popleft()
        self._results.append((result.loss, result.loss_pairs))
        return self._mean_of_all()

    def _mean_of_all(self) -> float:
        if pairs := sum(pairs for _, pairs in self._results):
            self._mean = sum(loss for loss, _ in self._results) / pairs
        return self._mean
