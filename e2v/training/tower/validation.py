"""How well a user tower predicts what was withheld from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from e2v.kernels.tower.softmax import Cells, rank_targets
from e2v.progress import Progress, Report, silent
from e2v.recommend.metrics import ndcg_of_each
from e2v.threads import Map
from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Network
from e2v.training.tower.softmax import joined, quiet, slices
from e2v.vectors.matrix import Floats

_TOP = 20
#: Users and items of a tile of scores.
_USERS, _ITEMS = 256, 2048


class Validation(NamedTuple):
    """loss: mean nats per target, of the exact softmax. ndcg: NDCG@20, mean over users. nan for no users."""

    loss: float = math.nan
    ndcg: float = math.nan


def validate(
    network: Network, withheld: Batch, extra: Floats, report: Report = silent, parallel: Map = map
) -> Validation:
    """Predict the targets; all items compete and are ranked but those that the user keeps.

    extra: float32[B, f], as of a `Step`.
    """
    n = len(withheld.users)
    if not n:
        return Validation()
    report(Progress("validating"))
    items, users = network.item_vectors(), network.user_vectors(withheld.kept, extra)
    biases = network.item_biases()
    targets, kept = (
        Cells(each.offsets, each.items.astype(np.int64)) for each in (withheld.targets, withheld.kept)
    )
    rows = withheld.targets.rows
    of_targets = np.einsum("ij,ij->i", users[rows], items[targets.columns]) + biases[targets.columns]
    columns = slices(len(items), _ITEMS)
    tiles = [(part, block, k) for part in slices(n, _USERS) for k, block in enumerate(columns)]
    above = np.empty((len(columns), len(rows)), np.int64)
    top, partition = np.empty((2, len(columns), n), np.float32)
    spare: list[Floats] = []  # one for each thread: new memory would cost as much as the product

    @quiet
    def rank(tile: tuple[slice, slice, int]) -> None:
        part, block, k = tile
        memory = spare.pop() if spare else np.empty(_USERS * _ITEMS, np.float32)
        shape = part.stop - part.start, block.stop - block.start
        scores = memory[: math.prod(shape)].reshape(shape)
        np.matmul(users[part], items[block].T, out=scores)
        rank_targets(
            scores,
            biases[block],
            of_targets,
            targets,
            kept,
            (part.start, block.start),
            above[k],
            top[k, part],
            partition[k, part],
        )
        spare.append(memory)

    for _ in parallel(rank, tiles):
        pass
    _, log_partition = joined(top, partition)
    ranks = above.sum(axis=0)
    hits, found = np.zeros((n, _TOP), bool), ranks < _TOP
    hits[rows[found], ranks[found]] = True
    gains = ndcg_of_each(hits, withheld.targets.sizes, _TOP)
    return Validation(float((log_partition[rows] - of_targets).mean()), float(gains.mean()))
