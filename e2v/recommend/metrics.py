"""Metrics of a ranking that evaluation and the validation of training share."""

from __future__ import annotations

import math
from collections.abc import Iterable


def ndcg(ranks: Iterable[int], n_relevant: int, k: int) -> float:
    """Normalised discounted cumulative gain at k: the gain of the hits' ranks over the largest possible.

    ranks: of the relevant items among the first k, counted from 1. n_relevant: all relevant items, at least
    1. Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques", with binary gains
    and logarithms to base 2.
    """
    return _gain(ranks) / _gain(range(1, min(k, n_relevant) + 1))


def _gain(ranks: Iterable[int]) -> float:
    return sum(1 / math.log2(rank + 1) for rank in ranks)
