"""How a run is cut into units of work, and what each unit's learning rate and random stream are.

A unit is a run of whole sentences within one epoch. Everything about it follows from its number, the
settings and the corpus, never from timing or threads: hence one thread is exactly reproducible, and
a resumed run equals an uninterrupted one. Only a time budget, which is about timing, gives that up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.sgd.splitmix64 import INCREMENT, MASK, mix

#: Tokens of a unit, at most: so few that threads end together, and soon after Ctrl-C;
_MOST_TOKENS = 100_000
#: at least: so many that beginning a unit, which threads do one at a time, costs 64 of them nothing.
_LEAST_TOKENS = 8_000
#: In between, a run has about this many units, so that 64 threads end together on small corpora too,
_UNITS = 1024
#: and the smallest this many, for the progress and Ctrl-C.
_LEAST_UNITS = 64
#: The learning rate stops falling here (word2vec.c).
_LOWEST_SHARE = 1e-4


def unit_tokens(total: int, epochs: int) -> int:
    """Tokens of a unit, about, of a run of so many epochs over so many tokens."""
    run = total * epochs
    return max(1, min(_MOST_TOKENS, max(_LEAST_TOKENS, run // _UNITS), run // _LEAST_UNITS))


@dataclass(frozen=True, slots=True)
class Unit:
    """Sentences first..last (exclusive) of one epoch, their rate going linearly from start to end."""

    number: int
    epoch: int
    first: int
    last: int
    tokens: int
    lr_start: float
    lr_end: float
    seed: int


class Schedule:
    """The units of a run of a number of epochs.

    offsets int64[S + 1] are the corpus' sentence offsets. size: tokens of a unit, about; as many as are well
    divided among threads, if it is not given. total_tokens: of all units; None where it is time that ends the
    run.
    """

    total_tokens: int | None

    def __init__(
        self, offsets: NDArray[np.int64], epochs: int, lr: float, seed: int, size: int | None = None
    ) -> None:
        total = int(offsets[-1])
        cuts = np.searchsorted(offsets, np.arange(0, total, size or unit_tokens(total, epochs)))
        self._bounds = np.unique(np.append(cuts, len(offsets) - 1))
        self._starts = offsets[self._bounds]
        self._lr = lr
        self._seed = seed
        self._units = (len(self._bounds) - 1) * epochs
        self.total_tokens = self._tokens = total * epochs
        self.per_epoch = len(self._bounds) - 1

    def unit(self, number: int) -> Unit | None:
        """Unit `number`, counted from 0 through all epochs; None past the end."""
        if number >= self._units:
            return None
        start, end = self.tokens_before(number), self.tokens_before(number + 1)
        return self._make_unit(number, self._rate(self.share(start)), self._rate(self.share(end)))

    def tokens_before(self, number: int) -> int:
        """Tokens in all the units before this one."""
        epoch, k = divmod(number, self.per_epoch)
        return int(self._starts[-1]) * epoch + int(self._starts[k])

    def share(self, tokens: int) -> float:
        """How much of the run is done when so many tokens are."""
        return tokens / self._tokens

    def left(self) -> float | None:
        """Seconds until it ends, where it is time that ends it."""
        return None

    def _rate(self, share: float) -> float:
        return self._lr * max(_LOWEST_SHARE, 1 - share)

    def _make_unit(self, number: int, lr_start: float, lr_end: float) -> Unit:
        epoch, k = divmod(number, self.per_epoch)
        return Unit(
            number=number,
            epoch=epoch,
            first=int(self._bounds[k]),
            last=int(self._bounds[k + 1]),
            tokens=int(self._starts[k + 1] - self._starts[k]),
            lr_start=lr_start,
            lr_end=lr_end,
            seed=stream_seed(self._seed, epoch, k),
        )


class TimedSchedule(Schedule):
    """As many units as fit into a time, the learning rate falling with the time that has passed.

    seconds: the budget; spent: how much of it an interrupted run has used. The clock starts with the first
    unit that is asked for: what is done before is no training.
    """

    def __init__(
        self,
        offsets: NDArray[np.int64],
        seconds: float,
        lr: float,
        seed: int,
        spent: float = 0.0,
        size: int | None = None,
    ) -> None:
        super().__init__(offsets, 1, lr, seed, size)
        self.total_tokens = None
        self._seconds = seconds
        self._spent = spent
        self._began: float | None = None

    def unit(self, number: int) -> Unit | None:
        """Unit `number` at the rate of this moment; None when the time is up."""
        if self._began is None:
            self._began = time.monotonic()
        share = self.share(0)
        return self._make_unit(number, self._rate(share), self._rate(share)) if share < 1 else None

    def share(self, tokens: int) -> float:  # noqa: ARG002 - here it is time that counts
        """How much of the budget has passed."""
        return min(1.0, self._passed() / self._seconds)

    def left(self) -> float:
        """Seconds of the budget that have not passed."""
        return max(0.0, self._seconds - self._passed())

    def _passed(self) -> float:
        return self._spent + (0.0 if self._began is None else time.monotonic() - self._began)


class Planned(Protocol):
    """The settings that say how long a run is, and how its learning rate falls."""

    @property
    def epochs(self) -> int:
        """Passes over the data."""

    @property
    def time_budget(self) -> float | None:
        """Seconds that it takes instead, or None."""

    @property
    def lr(self) -> float:
        """The rate that it begins with."""

    @property
    def seed(self) -> int:
        """Of its random streams."""


def schedule_of(
    offsets: NDArray[np.int64], config: Planned, spent: float = 0.0, size: int | None = None
) -> Schedule:
    """The schedule of so many epochs, or of a time of which so many seconds are spent; see `Schedule`."""
    if config.time_budget is None:
        return Schedule(offsets, config.epochs, config.lr, config.seed, size)
    return TimedSchedule(offsets, config.time_budget, config.lr, config.seed, spent, size)


def stream_seed(*parts: int) -> int:
    """A well-mixed, never zero, 64-bit seed for the random stream that `parts` name.

    Each part is folded in by a round of SplitMix64.
    """
    state = 0
    for part in parts:
        state = mix((state ^ part) + INCREMENT & MASK)
    return state or 1
