"""Which of several recommenders ranks best, and whether that is more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.evaluation.metrics import METRICS

#: A difference of more standard errors than this is no chance: nearly the 95% of a two-sided test.
_ERRORS = 2

#: Methods that are computed at once.
UNTRAINED = ("popularity", "item-knn", "ease", "gf-cf")


class Compared(NamedTuple):
    """One method.

    ndcg, recall, hr, mrr: means over the users. behind: the mean over the users of the best method's NDCG
    less this one's; error: the standard error of this mean, None for the best and of a single user. seconds:
    to learn.
    """

    method: str
    ndcg: float
    recall: float
    hr: float
    mrr: float
    behind: float
    error: float | None
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """All methods, best NDCG first.

    users: how many are ranked for. k: how many items are shown to each. tied: the methods from which the best
    cannot be told apart.
    """

    rows: Sequence[Compared]
    users: int
    k: int
    tied: Sequence[str]

    @property
    def chosen(self) -> str | None:
        """The method to go on with: the best, or of those that cannot be told from it the first that needs no
        training; None if no method finds anything.
        """
        best = self.rows[0]
        if best.ndcg == 0:
            return None
        return self._untrained or best.method

    @property
    def _untrained(self) -> str | None:
        """The first that needs no training of the best and those tied with it."""
        equal = (self.rows[0].method, *self.tied)
        return next((name for name in equal if name in UNTRAINED), None)

    @property
    def verdict(self) -> str:
        """Which is best, and by how much, in a line."""
        best, *others = self.rows
        figure = f"NDCG@{self.k} {best.ndcg:.4f}"
        if best.ndcg == 0:
            return f"no winner: none of the held-out items is among the first {self.k} of any method"
        if not others:
            return f"{best.method} has {figure}"
        if self.tied:
            told = [f"{row.method} {row.ndcg:.4f}" for row in others if row.method in self.tied]
            of_them = f"; of them {self._untrained} needs no training" if self._untrained else ""
            return (
                f"no clear winner: {best.method} ({figure}) is within two standard errors of "
                f"{', '.join(told)}{of_them}"
            )
        above = [_above(best, others[0])]
        if best.method not in UNTRAINED:
            simple = next((row.method for row in others if row.method in UNTRAINED), None)
            if simple == others[0].method:
                above[0] += ", which needs no training"
            elif simple:
                row = next(row for row in others if row.method == simple)
                above.append(f"{_above(best, row)}, which needs no training")
        else:
            above.append("it needs no training")
        return f"{best.method} is best: {figure}, {'; '.join(above)}"


def compare_rankings(
    values: Mapping[str, NDArray[np.float64]], seconds: Mapping[str, float], k: int
) -> Comparison:
    """Methods by their mean NDCG, with the paired differences of each from the best.

    A difference counts if it is more than two standard errors of the users' differences, which is the paired
    t-test of Smucker, Allan and Carterette (2007), "A comparison of statistical significance tests for
    information retrieval evaluation", at about the level .05; that it goes with the bootstrap and
    randomization tests is what they found. The best of many is chosen by the same data, so that a small lead
    over several others is worth a little less than it says.

    values: of each method, float64[users, 4], in the order of METRICS. seconds: to learn each.
    """
    ndcg = METRICS.index("ndcg")
    ranked = sorted(values, key=lambda method: -float(values[method][:, ndcg].mean()))
    best = values[ranked[0]][:, ndcg]
    rows, tied = [], []
    for method in ranked:
        hr, recall, mean, mrr = values[method].mean(axis=0).tolist()
        behind, error = paired_difference(best, values[method][:, ndcg])
        if method == ranked[0]:
            error = None
        elif not is_certain(behind, error):
            tied.append(method)
        rows.append(Compared(method, mean, recall, hr, mrr, behind, error, seconds[method]))
    return Comparison(rows, len(best), k, tied)


def paired_difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float | None]:
    """The mean of what one has more than the other, and its standard error, None of a single case.

    one, other: float64[n], of the same cases.
    """
    differences = one - other
    n = len(differences)
    return float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n) if n > 1 else None


def is_certain(difference: float, error: float | None) -> bool:
    """Whether a difference is more than chance: see `compare_rankings`."""
    return error is not None and difference > _ERRORS * error


def _above(best: Compared, other: Compared) -> str:
    if other.ndcg == 0:
        return f"where {other.method} has none"
    return f"{best.ndcg / other.ndcg - 1:.0%} above {other.method}".replace("%", " %")
