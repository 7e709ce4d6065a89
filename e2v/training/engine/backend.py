"""Where the units of a schedule are trained: by threads of this process, or by workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from e2v.kernels.sgd import UnitResult
from e2v.training.engine.schedule import Unit
from e2v.training.engine.threads import Workers

#: Trains one unit, on the thread of this number, from 0 on.
TrainUnit: TypeAlias = Callable[[Unit, int], UnitResult]
#: The next unit of the schedule, or None where there is none left; threads may call it.
NextUnit: TypeAlias = Callable[[], Unit | None]
#: A unit, and what training it has come to.
Trained: TypeAlias = tuple[Unit, UnitResult]


class Working(Protocol):
    """Units under way. Iterating yields each that is trained; `stop` has to be called at the end."""

    def __iter__(self) -> Iterator[Trained]:
        """Train all units that there are."""

    def stop(self) -> Iterator[Trained]:
        """Finish those that have begun, and no others; yields what iterating has not."""


class Backend(Protocol):
    """Trains units, so that the model holds what they have taught once they are stopped.

    Attributes:
        workers: that have a model each. unit_tokens: of a unit, at most; None where it does not matter.
    """

    workers: int
    unit_tokens: int | None

    def start(self, next_unit: NextUnit) -> Working:
        """Begin with the units that `next_unit` gives."""

    def figures(self) -> dict[str, float]:
        """What there is to be said of it while it trains, besides how far it is."""

    def close(self) -> None:
        """Let go what it holds."""


class Threads:
    """A number of threads, which share the model."""

    workers = 1
    unit_tokens: int | None = None

    def __init__(self, train: TrainUnit, threads: int) -> None:
        self._train = train
        self._threads = threads

    def start(self, next_unit: NextUnit) -> Working:
        """See `Backend`."""

        def train_next(thread: int) -> Trained | None:
            unit = next_unit()
            return None if unit is None else (unit, self._train(unit, thread))

        return Workers(train_next, self._threads)

    def figures(self) -> dict[str, float]:
        """Nothing."""
        return {}

    def close(self) -> None:
        """Nothing outlives a run."""
