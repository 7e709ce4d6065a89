"""Metrics of a ranking that evaluation and the validation of training share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ndcg_of_each(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """float64[q]: normalised discounted cumulative gain at k, the gain of the hits' ranks over the largest
    possible.

    hits: bool[q, m], which of the first k items, best first, are relevant; m is below k where there are no k
    items. n_relevant: int64[q], all relevant items, at least 1. Järvelin and Kekäläinen (2002), "Cumulated
    gain-based evaluation of IR techniques", with binary gains and logarithms to base 2.
    """
    most = min(k, max(hits.shape[1], int(n_relevant.max(initial=1))))
    gains = 1 / np.log2(np.arange(2, most + 2))
    ideal = np.cumsum(gains)[np.minimum(n_relevant, k) - 1]
    found: NDArray[np.float64] = hits @ gains[: hits.shape[1]] / ideal
    return found
