"""What workers of a cluster exchange, slowly and in float64, but for what is sent, which is of bfloat16."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]


def nearest_bfloat16(number: float) -> float:
    """The number of 8 bits of precision that is nearest; of two, the one whose last bit is 0."""
    if number == 0:
        return number
    fraction, exponent = math.frexp(number)
    return math.ldexp(round(fraction * 2**8), exponent - 8)


def sent(row: Row) -> Row:
    """A row as it arrives."""
    return np.array([nearest_bfloat16(number) for number in row])


def bounded_sum(gains: Sequence[Row], row: Row, usual: float) -> Row:
    """The sum, no longer than the row or than rows usually are, unless the mean is."""
    total = np.sum(gains, axis=0)
    bound = max(float(np.linalg.norm(row)), usual) / float(np.linalg.norm(total))
    return total * min(1.0, max(1 / len(gains), bound))


def synchronise(rows: Sequence[Workers], parts: Sequence[Sequence[int]]) -> None:
    """All workers come to the same rows; those of a part are merged together."""
    for part in parts:
        trained = [rows[number] for number in part if any(rows[number].trained)]
        usual = math.sqrt(np.mean([row.common @ row.common for row in trained])) if trained else 0.0
        for row in trained:
            row.synchronise(usual)


class Workers:
    """What each worker has of one row, and what all have had since the last synchronisation."""

    def __init__(self, row: Sequence[float], workers: int) -> None:
        self.common = np.array(row, np.float64)
        self.own = [self.common.copy() for _ in range(workers)]
        self.trained = [False] * workers

    def train(self, worker: int, step: Sequence[float]) -> None:
        """A worker learns."""
        self.own[worker] += step
        self.trained[worker] = True

    def synchronise(self, usual: float) -> None:
        """Those that have trained the row send what it has gained; what rounding takes away stays theirs."""
        gains = [own - self.common for own in self.own]
        arrived = [sent(gain) if trained else None for gain, trained in zip(gains, self.trained, strict=True)]
        some = [gain for gain in arrived if gain is not None]
        if some:
            self.common = self.common + sent(bounded_sum(some, self.common, usual))
            for worker, gain in enumerate(gains):
                unsent = gain if arrived[worker] is None else gain - arrived[worker]
                self.own[worker] = self.common + unsent
        self.trained = [False] * len(self.own)
