"""Cross-domain similarity local scaling (CSLS): hubs, which are near to everything, are answers less often.

Conneau et al. (2018), "Word translation without parallel data", section 2.3: from the cosine of an answer a
part of its mean cosine to its nearest keys is taken; in the paper a half. The mean of the question's own
neighbours is the same for all answers, and left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.progress import Progress, Report, silent
from e2v.vectors.matrix import Floats, Matrix, directed
from e2v.vectors.nearest import Scorer, best_of_each

#: Neighbours of a key whose cosines count, as in the paper.
NEIGHBOURS = 10

#: Keys that are measured at a time beyond the answers wanted.
_AHEAD = 40


class MeanCosines:
    """The mean cosine of each key to its 10 nearest others, found for those keys only that it is asked of.

    Fewer keys have fewer neighbours, one alone has a mean of 0. A row without a direction has no cosines: its
    mean is infinite, so that it is never an answer.

    matrix: of which the first n rows are keys, and neighbours of each other. scorer: of their cosines.
    """

    def __init__(self, matrix: Matrix, n: int, scorer: Scorer, threads: int | None = None) -> None:
        self._matrix = matrix
        self._scorer = scorer
        self._threads = threads
        self._known = np.zeros(n, bool)
        self._bounds = np.full(n, -1, np.float32)  # the means that are known, and what others are not below

    def best(self, cosines: Floats, weight: float, n: int) -> tuple[NDArray[np.int64], Floats]:
        """The n best of each row by cosine less weight times mean, as `best_of_each`, and these scores.

        cosines: float32[q, keys]. Only the scores of the best, in float32[q, keys], are exact; those of
        others may be too high. A key's mean is found if the key could be among the best by what is known.
        """
        while True:
            scores = cosines - np.float32(weight) * self._bounds
            found = best_of_each(scores, n + _AHEAD, self._threads)
            known = (found >= 0) & self._known[found]
            contenders = (found >= 0) & ~known & (known.cumsum(axis=1) < n)
            if not contenders.any():
                return found[:, :n], scores
            self._measure(np.unique(found[contenders]))

    def all(self, report: Report = silent) -> Floats:
        """float32[n]: the means of all keys; takes time with their square."""
        rows = np.flatnonzero(~self._known)
        size = self._scorer.batch_size
        for first in range(0, len(rows), size):
            some = rows[first : first + size]
            self._cosines(some)
            report(Progress("neighbours", done=first + len(some), total=len(rows)))
        return self._bounds

    def _measure(self, rows: NDArray[np.int64]) -> None:
        """Find the means of some keys, and closer bounds of others.

        The mean of the 10 highest of all cosines is not below that of the peaks of 10 groups of some.
        """
        peaks = np.full((NEIGHBOURS, len(self._known)), -np.inf, np.float32)
        size = self._scorer.batch_size
        for first in range(0, len(rows), size):
            for number, of_row in enumerate(self._cosines(rows[first : first + size]), first):
                peak = peaks[number % NEIGHBOURS]
                np.fmax(peak, of_row, out=peak)
        np.fmax(self._bounds, peaks.mean(axis=0), out=self._bounds)

    def _cosines(self, rows: NDArray[np.int64]) -> Floats:
        """float32[m, n]: the cosines of some keys with the others; keeps the means of the highest."""
        vectors = self._matrix.rows(rows)
        cosines = self._scorer.scores(vectors)
        cosines[np.arange(len(rows)), rows] = -np.inf
        found = best_of_each(cosines, NEIGHBOURS, self._threads)
        there = found >= 0
        highest = np.where(there, np.take_along_axis(cosines, found, axis=1), 0)
        means = highest.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        self._bounds[rows] = np.where(directed(vectors), means, np.inf)
        self._known[rows] = True
        return cosines


def penalties(
    matrix: Matrix, n: int, weight: float, threads: int | None = None, report: Report = silent
) -> Floats:
    """float32[n]: what is taken from the cosine of each key of the first n: weight times its mean."""
    means = MeanCosines(matrix, n, Scorer(matrix, n, threads=threads), threads)
    return np.float32(weight) * means.all(report)
