"""What a ranking is worth to each user, and the mean of that."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e2v.evaluation.measurement import Measurement
from e2v.recommend.metrics import ndcg_of_each

#: Half the width of a 95% confidence interval, in standard errors.
Z95 = 1.959964

METRICS = ("hr", "recall", "ndcg", "mrr")


def metrics_of_each(hits: NDArray[np.bool_], n_wanted: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """float64[q, 4], in the order of METRICS.

    With T a user's held-out items, a set, and r the ranks from 1 at which they are among the first k: hr is 1
    if there is an r; recall is |r| / |T|; ndcg as in `e2v.recommend.metrics`; mrr is 1 / min r, or 0.

    hits: bool[q, k], which of the first k items are in T. n_wanted: int64[q], |T|, with the unknown ones.
    """
    some = hits.any(axis=1)
    return np.column_stack(
        (
            some,
            hits.sum(axis=1) / n_wanted,
            ndcg_of_each(hits, n_wanted, k),
            np.where(some, 1 / (hits.argmax(axis=1) + 1), 0),
        )
    )


def means_of(values: NDArray[np.float64], k: int, total: int, group: str = "") -> list[Measurement]:
    """The means of float64[q, 4], the metrics of some users. group: begins the names."""
    return [
        mean(f"{group}{name}", f"{name}@{k}", column, total)
        for name, column in zip(METRICS, values.T, strict=True)
    ]


def mean(name: str, measure: str, values: NDArray[np.float64], total: int, most: float = 1.0) -> Measurement:
    """A mean over users, with its 95% confidence interval by the normal approximation; None of nobody.

    most: what a value can be; none is below 0, and the interval ends there.
    """
    n = len(values)
    if n == 0:
        return Measurement(name, measure, None, 0, total)
    middle = float(values.mean())
    if n < 2:
        return Measurement(name, measure, middle, n, total)
    margin = Z95 * float(values.std(ddof=1)) / math.sqrt(n)
    return Measurement(name, measure, middle, n, total, max(0.0, middle - margin), min(most, middle + margin))
