"""How well a user tower ranks what was withheld from it."""

from __future__ import annotations

import numpy as np

from e2v.training.tower_examples import Batch
from e2v.training.tower_network import Network
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

_TOP = 20
_DISCOUNTS = 1 / np.log2(np.arange(2, _TOP + 2))
#: Users whose scores are held at once.
_AT_ONCE = 256


def ndcg(network: Network, held: Batch, extra: Floats) -> float:
    """NDCG@20 of the targets, as a mean over users; all items are ranked but those that the user keeps.

    held: at least one user. extra: float32[B, f], as for `gradients`. Järvelin and Kekäläinen (2002),
    "Cumulated gain-based evaluation of IR techniques", with the logarithm to base 2.
    """
    items = network.item_vectors()
    total = 0.0
    for first in range(0, len(held.users), _AT_ONCE):
        part = np.arange(first, min(first + _AT_ONCE, len(held.users)))
        kept = held.kept.take(part)
        scores = network.user_vectors(kept, extra[part]) @ items.T + network.biases
        scores[kept.rows, kept.items] = -np.inf
        for row, targets in zip(scores, held.targets.take(part), strict=True):
            hits = np.isin(best(row, _TOP), targets)
            total += float(_DISCOUNTS[: len(hits)] @ hits / _DISCOUNTS[: len(targets)].sum())
    return total / len(held.users)
