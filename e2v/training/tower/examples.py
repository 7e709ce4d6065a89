"""What a user tower learns from: histories without some items, and those items as targets.

Two kinds. Held out: a random part of the history is to be predicted from the rest, which treats a
history as a set. Next: an item is to be predicted from those that came before it, so that nothing that
happened later leaks into an example (Covington, Adams and Sargin 2016, "Deep neural networks for YouTube
recommendations", section 3.4 and figure 5b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.tower.draws import hold_out
from e2v.training.engine.schedule import stream_seed
from e2v.training.tower.settings import TowerSettings

#: uint64[1], the state of a random stream, which every draw changes.
RandomState = NDArray[np.uint64]

#: Share of a set that is withheld.
_WITHHELD = 0.2
#: More validation users would only cost time.
_MOST_VALIDATION_USERS = 3000
#: Users of whom one item is withheld each: with fewer their loss is mostly noise.
_LEAST_VALIDATION_USERS = 300


@dataclass(frozen=True, slots=True)
class Batch:
    """Some examples.

    users: int64[B], rows of the histories they are from. kept: B rows, what the tower sees.
    targets: B rows, what it is to predict, with weights if the histories have some. later: int64[B], how many
    items of the user came after the target; 0 where there is no order.
    """

    users: NDArray[np.int64]
    kept: Histories
    targets: Histories
    later: NDArray[np.int64]


class Examples:
    """The examples of all epochs; each batch follows from the seed and its place, whatever came before it.

    histories: rows of different items, in order if there is one; a row of fewer than two has no example.

    Attributes:
        number: how many an epoch has.
    """

    def __init__(self, histories: Histories, config: TowerSettings) -> None:
        self._histories = histories
        self._config = config
        self._held_out = config.examples == "held-out"
        #: Whose histories can be divided; or where in `items` the possible targets are.
        places = histories.sizes >= 2 if self._held_out else _positions(histories) > 0
        self._eligible = np.flatnonzero(places)
        most = 1 if self._held_out else config.per_user
        self.number = int(np.clip(histories.sizes - 1, 0, most).sum())
        self._epoch, self._order = -1, self._eligible

    def batch(self, epoch: int, first: int, last: int, state: RandomState) -> Batch:
        """Examples first..last (exclusive) of an epoch, counted from 0, in the random order that it has."""
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._ordered(epoch)
        chosen = self._order[first:last]
        return self._divided(chosen, state) if self._held_out else self._next(chosen)

    def _ordered(self, epoch: int) -> NDArray[np.int64]:
        """The examples of an epoch in random order: rows of histories, or places of targets."""
        rng = np.random.default_rng(stream_seed(self._config.seed, epoch))
        if self._held_out:
            return rng.permutation(self._eligible)
        rows = self._histories.rows[self._eligible]
        possible = Histories.of(rows, self._histories.items[self._eligible], len(self._histories))
        return rng.permutation(self._eligible[_random_ranks(possible, rng) < self._config.per_user])

    def _divided(self, users: NDArray[np.int64], state: RandomState) -> Batch:
        """A random part of each history held out."""
        n, whole = len(users), self._histories.take(users)
        kept_offsets = np.zeros(n + 1, np.int64)
        places = np.arange(len(whole.items), dtype=np.int32)
        kept, targets = np.empty_like(places), np.empty_like(places)
        hold_out(whole.offsets, places, self._config.hold_out, state, kept_offsets, kept, targets)
        offsets = whole.offsets - kept_offsets
        kept, targets = kept[: kept_offsets[-1]], targets[: offsets[-1]]
        weights = None if whole.weights is None else whole.weights[targets]
        return Batch(
            users,
            Histories(kept_offsets, whole.items[kept]),
            Histories(offsets, whole.items[targets], weights),
            np.zeros(n, np.int64),
        )

    def _next(self, targets: NDArray[np.int64]) -> Batch:
        """What came before each target."""
        histories = self._histories
        users = np.searchsorted(histories.offsets, targets, side="right") - 1
        starts = histories.offsets[users]
        before = np.concatenate(([0], np.cumsum(targets - starts)))
        weights = None if histories.weights is None else histories.weights[targets]
        places = np.arange(before[-1]) + np.repeat(starts - before[:-1], np.diff(before))
        return Batch(
            users,
            Histories(before, histories.items[places]),
            Histories(np.arange(len(targets) + 1), histories.items[targets], weights),
            histories.offsets[users + 1] - 1 - targets,
        )


def withhold(
    histories: Histories, config: TowerSettings, rng: np.random.Generator
) -> tuple[Histories, Batch]:
    """Set some users' items aside for validation: the histories without them, and the examples they make.

    The last item of each such user, to be predicted from all before it; of a set a fifth, at random.
    """
    eligible = np.flatnonzero(histories.sizes >= 3)  # so that two are left to learn from
    users = np.sort(rng.permutation(eligible)[: _validation_users(len(eligible), config)])
    chosen = histories.take(users)
    if config.examples == "next":
        withheld = _positions(chosen) == np.repeat(chosen.sizes - 1, chosen.sizes)
    else:
        cuts = chosen.sizes - np.maximum(1, np.floor(_WITHHELD * chosen.sizes)).astype(np.int64)
        withheld = _random_ranks(chosen, rng) >= np.repeat(cuts, chosen.sizes)
    remaining = np.ones(len(histories.items), bool)
    remaining[histories.places(users)[withheld]] = False
    weights = None if histories.weights is None else histories.weights[remaining]
    rest = Histories.of(histories.rows[remaining], histories.items[remaining], len(histories), weights)
    targets = Histories.of(chosen.rows[withheld], chosen.items[withheld], len(users))
    return rest, Batch(users, rest.take(users), targets, np.zeros(len(users), np.int64))


def _validation_users(eligible: int, config: TowerSettings) -> int:
    """Of how many users some items are withheld: the share that is asked for, within limits."""
    n = round(config.validation * eligible)
    if config.validation and config.examples == "next":
        n = max(n, min(_LEAST_VALIDATION_USERS, eligible // 2))
    return min(n, _MOST_VALIDATION_USERS)


def _positions(histories: Histories) -> NDArray[np.int64]:
    """int64[m]: the position of each item in its row."""
    return np.arange(len(histories.items)) - np.repeat(histories.offsets[:-1], histories.sizes)


def _random_ranks(histories: Histories, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64[m]: the position of each item in a random order of its row."""
    order = np.lexsort((rng.random(len(histories.items)), histories.rows))
    ranks = np.empty_like(order)
    ranks[order] = _positions(histories)
    return ranks
