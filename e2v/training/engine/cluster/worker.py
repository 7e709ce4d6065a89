"""A worker of a cluster: a model of its own, and the threads that train it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from e2v.kernels.sgd import UnitResult
from e2v.training.engine.backend import Threads, TrainUnit
from e2v.training.engine.cluster.replica import Floats, Gains, Part, Replica, Rows
from e2v.training.engine.schedule import Unit


class Trainable(NamedTuple):
    """What is trained: all matrices of a model, what trains a unit on them, and on how many threads."""

    matrices: Sequence[Rows]
    train: TrainUnit
    threads: int


class Worker:
    """Trains units, and exchanges with others what its matrices have gained; see `Replica`."""

    def __init__(self, trained: Trainable) -> None:
        self._replicas = [Replica(matrix, trained.threads) for matrix in trained.matrices]
        self._threads = Threads(trained.train, trained.threads)

    def train(self, units: Sequence[Unit]) -> dict[int, UnitResult]:
        """Train some units; what came of each, by its number."""
        left = iter(units)
        working = self._threads.start(lambda: next(left, None))
        try:
            return {unit.number: result for unit, result in working}
        finally:
            for _ in working.stop():
                pass

    def gains(self, part: Part) -> list[Gains]:
        """What the rows of a part have gained in each matrix."""
        return [replica.gains(part) for replica in self._replicas]

    def merged(self, part: Part, gains: Sequence[Sequence[Gains]]) -> list[Gains]:
        """What the rows of a part gain in each matrix, of what they have gained on each worker."""
        of_matrices = zip(*gains, strict=True)
        return [
            replica.merged(part, of_matrix)
            for replica, of_matrix in zip(self._replicas, of_matrices, strict=True)
        ]

    def apply(self, part: Part, gains: Sequence[Gains]) -> None:
        """Let the rows of a part gain what they have gained on all workers."""
        for replica, of_matrix in zip(self._replicas, gains, strict=True):
            replica.apply(part, of_matrix)

    def common(self, part: Part) -> list[Floats]:
        """The rows of a part, as all workers have had them since the last synchronisation."""
        return [replica.common(part) for replica in self._replicas]

    def adopt(self, part: Part, vectors: Sequence[Floats]) -> None:
        """Have these rows, which the other workers have."""
        for replica, of_matrix in zip(self._replicas, vectors, strict=True):
            replica.adopt(part, of_matrix)

    def settle(self) -> None:
        """Have what was learned count as common: there is no other worker."""
        for replica in self._replicas:
            replica.settle()
