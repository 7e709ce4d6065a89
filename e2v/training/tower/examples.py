"""What a user tower learns from: histories without some items, and those items as targets.

Two kinds. Held out: a random part of the history is to be predicted from the rest, which treats a
history as a set. Next: an item is to be predicted from those that came before it, so that nothing that
happened later leaks into an example (Covington, Adams and Sargin 2016, "Deep neural networks for YouTube
recommendations", section 3.4 and figure 5b).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.training.tower.settings import TowerSettings

#: Share of a validation user's items that is withheld.
_WITHHELD = 0.2
#: More validation users would only cost time.
_MOST_VALIDATION_USERS = 3000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some examples.

    users: int64[B], rows of the histories they are from. kept: B rows, what the tower sees.
    targets: B rows, what it is to predict. later: int64[B], how many items of the user came after the
    target; 0 where there is no order.
    """

    users: NDArray[np.int64]
    kept: Histories
    targets: Histories
    later: NDArray[np.int64]


def number_of_examples(histories: Histories, config: TowerSettings) -> int:
    """How many examples an epoch has."""
    if config.examples == "held-out":
        return int((histories.sizes >= 2).sum())
    return int(np.clip(histories.sizes - 1, 0, config.per_user).sum())


def batches(histories: Histories, config: TowerSettings, rng: np.random.Generator) -> Iterator[Batch]:
    """One epoch of examples in random order, `config.batch` at a time.

    histories: rows of different items, in order if there is one; a row of fewer than two has no example.
    """
    if config.examples == "held-out":
        return _held_out(histories, config, rng)
    return _next(histories, config, rng)


def withhold(
    histories: Histories, config: TowerSettings, rng: np.random.Generator
) -> tuple[Histories, Batch]:
    """Set some users' items aside for validation: the histories without them, and the examples they make.

    A fifth of each such user's items: the last ones, or random ones if an order does not matter.
    """
    eligible = np.flatnonzero(histories.sizes >= 3)  # so that two are left to learn from
    n = min(round(config.validation * len(eligible)), _MOST_VALIDATION_USERS)
    users = np.sort(rng.permutation(eligible)[:n])
    chosen = histories.take(users)
    cuts = chosen.sizes - np.maximum(1, np.floor(_WITHHELD * chosen.sizes)).astype(np.int64)
    rank = _positions(chosen) if config.examples == "next" else _random_ranks(chosen, rng)
    withheld = rank >= np.repeat(cuts, chosen.sizes)
    remaining = np.ones(len(histories.items), bool)
    remaining[histories.places(users)[withheld]] = False
    rest = Histories.of(histories.rows[remaining], histories.items[remaining], len(histories))
    targets = Histories.of(chosen.rows[withheld], chosen.items[withheld], n)
    return rest, Batch(users, rest.take(users), targets, np.zeros(n, np.int64))


def _held_out(histories: Histories, config: TowerSettings, rng: np.random.Generator) -> Iterator[Batch]:
    users = rng.permutation(np.flatnonzero(histories.sizes >= 2))
    for first in range(0, len(users), config.batch):
        batch = users[first : first + config.batch]
        chosen, sizes = histories.take(batch), histories.sizes[batch]
        # Rounded up or down at random, so that short histories too give the share on average.
        n_kept = np.floor(sizes * (1 - config.hold_out) + rng.random(len(batch))).astype(np.int64)
        kept = _random_ranks(chosen, rng) < np.repeat(np.clip(n_kept, 1, sizes - 1), sizes)
        yield Batch(
            batch,
            Histories.of(chosen.rows[kept], chosen.items[kept], len(batch)),
            Histories.of(chosen.rows[~kept], chosen.items[~kept], len(batch)),
            np.zeros(len(batch), np.int64),
        )


def _next(histories: Histories, config: TowerSettings, rng: np.random.Generator) -> Iterator[Batch]:
    eligible = np.flatnonzero(_positions(histories) > 0)  # where in `items` the possible targets are
    rows = histories.rows[eligible]
    possible = Histories.of(rows, histories.items[eligible], len(histories))
    targets = rng.permutation(eligible[_random_ranks(possible, rng) < config.per_user])
    users = np.searchsorted(histories.offsets, targets, side="right") - 1
    for first in range(0, len(targets), config.batch):
        batch, at = users[first : first + config.batch], targets[first : first + config.batch]
        starts = histories.offsets[batch]
        before = Histories(np.concatenate(([0], np.cumsum(at - starts))), histories.items)
        positions = np.arange(before.offsets[-1]) + np.repeat(starts - before.offsets[:-1], before.sizes)
        yield Batch(
            batch,
            Histories(before.offsets, histories.items[positions]),
            Histories(np.arange(len(batch) + 1), histories.items[at]),
            histories.offsets[batch + 1] - 1 - at,
        )


def _positions(histories: Histories) -> NDArray[np.int64]:
    """int64[m]: the position of each item in its row."""
    return np.arange(len(histories.items)) - np.repeat(histories.offsets[:-1], histories.sizes)


def _random_ranks(histories: Histories, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64[m]: the position of each item in a random order of its row."""
    order = np.lexsort((rng.random(len(histories.items)), histories.rows))
    ranks = np.empty_like(order)
    ranks[order] = _positions(histories)
    return ranks
