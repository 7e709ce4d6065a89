"""How well a user tower predicts what was withheld from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Network
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

_TOP = 20
_DISCOUNTS = 1 / np.log2(np.arange(2, _TOP + 2))
#: Users whose scores are held at once.
_AT_ONCE = 256


class Validation(NamedTuple):
    """loss: mean nats per target, of the exact softmax. ndcg: NDCG@20, mean over users. nan for no users."""

    loss: float = math.nan
    ndcg: float = math.nan


def validate(network: Network, held: Batch, extra: Floats) -> Validation:
    """Predict the targets; all items compete and are ranked but those that the user keeps.

    extra: float32[B, f], as for `gradients`. The gain is Järvelin and Kekäläinen's (2002), "Cumulated
    gain-based evaluation of IR techniques", with the logarithm to base 2, against the best possible.
    """
    if not len(held.users):
        return Validation()
    items = network.item_vectors()
    loss = gain = 0.0
    for first in range(0, len(held.users), _AT_ONCE):
        part = np.arange(first, min(first + _AT_ONCE, len(held.users)))
        kept, wanted = held.kept.take(part), held.targets.take(part)
        scores = network.user_vectors(kept, extra[part]) @ items.T + network.biases
        scores[kept.rows, kept.items] = -np.inf
        top = scores.max(axis=1)
        partition = top + np.log(np.exp(scores - top[:, np.newaxis]).sum(axis=1))
        loss += float((partition[wanted.rows] - scores[wanted.rows, wanted.items]).sum(dtype=np.float64))
        for row, targets in zip(scores, wanted, strict=True):
            hits = np.isin(best(row, _TOP), targets)
            gain += float(_DISCOUNTS[: len(hits)] @ hits / _DISCOUNTS[: len(targets)].sum())
    return Validation(loss / len(held.targets.items), gain / len(held.users))
