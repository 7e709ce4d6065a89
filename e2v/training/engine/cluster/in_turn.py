"""Workers that take turns in one process: what a cluster learns, on one machine, the same every time."""

from __future__ import annotations

from collections.abc import Sequence

from e2v.kernels.sgd import UnitResult
from e2v.training.engine.cluster.replica import EVERYTHING, Part, Rows
from e2v.training.engine.cluster.rounds import dealt
from e2v.training.engine.cluster.worker import Trainable, Worker
from e2v.training.engine.schedule import Unit


class InTurn:
    """See `e2v.training.engine.cluster.rounds.Comm`."""

    def __init__(self, trained: Sequence[Trainable]) -> None:
        self._workers = [Worker(one) for one in trained]
        self.wanted = len(self._workers)

    @property
    def workers(self) -> int:
        """How many there are."""
        return len(self._workers)

    def train(self, units: Sequence[Unit]) -> list[UnitResult]:
        """Have each worker train its share."""
        results: dict[int, UnitResult] = {}
        for worker, share in zip(self._workers, dealt(units, len(self._workers)), strict=True):
            results |= worker.train(share)
        return [results[unit.number] for unit in units]

    def synchronise(self, *, hot: bool) -> None:
        """Have the rows become the same on all workers."""
        if len(self._workers) == 1:
            if not hot:
                self._workers[0].settle()
            return
        part = Part(hot, number=0, of=1)  # one of them merges all, as none waits for another
        gains = self._workers[0].merged(part, [worker.gains(part) for worker in self._workers])
        for worker in self._workers:
            worker.apply(part, gains)

    def send(self, matrices: Sequence[Rows]) -> None:
        """Have all workers begin with these rows."""
        for worker in self._workers:
            worker.adopt(EVERYTHING, [matrix.take(EVERYTHING.rows(matrix)) for matrix in matrices])

    def fetch(self, matrices: Sequence[Rows]) -> None:
        """Set these rows to what all workers have."""
        for matrix, vectors in zip(matrices, self._workers[0].common(EVERYTHING), strict=True):
            matrix.put(EVERYTHING.rows(matrix), vectors)

    def figures(self) -> dict[str, float]:
        """How many workers there are."""
        return {"workers": len(self._workers)}

    def close(self) -> None:
        """There is nothing to end."""
