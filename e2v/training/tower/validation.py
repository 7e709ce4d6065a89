"""How well a user tower predicts what was withheld from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from e2v.progress import Report, reported, silent
from e2v.recommend.metrics import ndcg
from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Network
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

_TOP = 20
#: Users whose scores are held at once.
_AT_ONCE = 256


class Validation(NamedTuple):
    """loss: mean nats per target, of the exact softmax. ndcg: NDCG@20, mean over users. nan for no users."""

    loss: float = math.nan
    ndcg: float = math.nan


def validate(network: Network, withheld: Batch, extra: Floats, report: Report = silent) -> Validation:
    """Predict the targets; all items compete and are ranked but those that the user keeps.

    extra: float32[B, f], as for `gradients`.
    """
    if not len(withheld.users):
        return Validation()
    items = network.item_vectors()
    loss = total = 0.0
    users = np.arange(len(withheld.users))
    parts = (users[first : first + _AT_ONCE] for first in range(0, len(users), _AT_ONCE))
    for part in reported(parts, report, "validating", "users", len(users)):
        kept, wanted = withheld.kept.take(part), withheld.targets.take(part)
        scores = network.user_vectors(kept, extra[part]) @ items.T + network.biases
        scores[kept.rows, kept.items] = -np.inf
        top = scores.max(axis=1)
        partition = top + np.log(np.exp(scores - top[:, np.newaxis]).sum(axis=1))
        loss += float((partition[wanted.rows] - scores[wanted.rows, wanted.items]).sum(dtype=np.float64))
        for row, targets in zip(scores, wanted, strict=True):
            ranks = np.flatnonzero(np.isin(best(row, _TOP), targets)) + 1
            total += ndcg(ranks.tolist(), len(targets), _TOP)
    return Validation(loss / len(withheld.targets.items), total / len(withheld.users))
