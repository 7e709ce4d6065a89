"""Rounds: what the workers train before they synchronise, by count and not by the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from e2v.kernels.sgd import UnitResult
from e2v.training.engine.backend import NextUnit, Trained, Working
from e2v.training.engine.cluster.replica import Rows
from e2v.training.engine.schedule import Unit

#: Synchronisations of the hottest rows for one of all,
_HOT_SYNCS = 20
#: but each worker trains at least and at most so many tokens in between: to wait for others costs time, too.
_LEAST_HOT_TOKENS, _MOST_HOT_TOKENS = 1_000, 1_000_000


class Interval(NamedTuple):
    """Tokens that are trained between two synchronisations of all rows, and between two of the hottest ones.

    unit_tokens: of a unit, so many at most that there is one for each worker; None where there is one worker,
    who has no need of it.
    """

    all_rows: int
    hottest: int
    unit_tokens: int | None


def interval_of(tokens: int, syncs: int, workers: int) -> Interval:
    """For an epoch of so many tokens, in which all rows are synchronised so many times."""
    all_rows = max(1, tokens // syncs)
    each = min(max(_LEAST_HOT_TOKENS, all_rows // _HOT_SYNCS // workers), _MOST_HOT_TOKENS)
    hottest = min(each * workers, all_rows)
    return Interval(all_rows, hottest, max(1, hottest // workers) if workers > 1 else None)


class Comm(Protocol):
    """The workers, seen from where their work is dealt to them.

    Attributes:
        wanted: how many there are to be.
    """

    wanted: int

    @property
    def workers(self) -> int:
        """How many there are at the moment."""

    def train(self, units: Sequence[Unit]) -> Sequence[UnitResult]:
        """Have each worker train its share of some units, and wait for all; the results in their order."""

    def synchronise(self, *, hot: bool) -> None:
        """Have all rows, or the hottest, become the same on all workers."""

    def send(self, matrices: Sequence[Rows]) -> None:
        """Have all workers begin with these rows."""

    def fetch(self, matrices: Sequence[Rows]) -> None:
        """Set these rows to what all workers have had since the last synchronisation."""

    def figures(self) -> dict[str, float]:
        """What there is to be said of the workers while they train."""

    def close(self) -> None:
        """Let the workers go."""


class Cluster:
    """A backend of workers.

    matrices: of the model here, which holds what the workers have learned whenever nothing is running.
    interval: what is trained between two synchronisations. unit_tokens: of a unit, at most.
    """

    def __init__(self, comm: Comm, matrices: Sequence[Rows], interval: Interval) -> None:
        self._comm = comm
        self._matrices = matrices
        self._interval = interval
        self.workers = comm.wanted
        self.unit_tokens = interval.unit_tokens

    def start(self, next_unit: NextUnit) -> Working:
        """See `Backend`."""
        self._comm.send(self._matrices)
        return _Rounds(self._comm, self._matrices, self._interval, next_unit)

    def figures(self) -> dict[str, float]:
        """See `Backend`."""
        return self._comm.figures()

    def close(self) -> None:
        """Let the workers go."""
        self._comm.close()


class _Rounds:
    """Units under way on workers; see `Working`."""

    def __init__(self, comm: Comm, matrices: Sequence[Rows], interval: Interval, next_unit: NextUnit) -> None:
        self._comm = comm
        self._matrices = matrices
        self._interval = interval
        self._left = interval.all_rows
        self._next_unit = next_unit
        self._trained: deque[Trained] = deque()

    def __iter__(self) -> Iterator[Trained]:
        while units := self._deal():
            self._trained.extend(zip(units, self._comm.train(units), strict=True))
            self._left -= sum(unit.tokens for unit in units)
            self._comm.synchronise(hot=self._left > 0)
            if self._left <= 0:
                self._left = self._interval.all_rows
            while self._trained:
                yield self._trained.popleft()

    def stop(self) -> Iterator[Trained]:
        """See `Working`."""
        self._comm.synchronise(hot=False)
        self._comm.fetch(self._matrices)
        return iter(self._trained)

    def _deal(self) -> list[Unit]:
        """The units until the next synchronisation."""
        units: list[Unit] = []
        left = min(self._left, self._interval.hottest)
        while left > 0 and (unit := self._next_unit()):
            units.append(unit)
            left -= unit.tokens
        return units


def dealt(units: Sequence[Unit], workers: int) -> list[list[Unit]]:
    """A worker's units are those whose number is its own, modulo the number of workers."""
    shares: list[list[Unit]] = [[] for _ in range(workers)]
    for unit in units:
        shares[unit.number % workers].append(unit)
    return shares
