"""What the items of a history count for the one who is asked for."""

from __future__ import annotations

import numpy as np

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import WeightedCsr


def weighted(histories: Histories, *, in_order: bool) -> WeightedCsr:
    """The different items of each history, and what each counts.

    in_order: the p-th of them from its end, p = 0 the last, counts 1 / (1 + p), a repeated item where it came
    last. Without an order each counts 1.
    """
    once = histories.last_occurrences() if in_order else histories.distinct()
    weights = np.ones(len(once.items), np.float32)
    if in_order:
        from_the_end = np.repeat(once.offsets[1:], once.sizes) - 1 - np.arange(len(once.items))
        weights /= 1 + from_the_end
    return WeightedCsr(once.offsets, once.items, weights)
