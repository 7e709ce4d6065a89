"""For whom, and for which items, does a recommender work? The metrics of groups of either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.evaluation.beyond_accuracy import ShownItems
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.metrics import means_of, metrics_of_each
from e2v.evaluation.ranking import Ranking, RankingTest, hits_of

#: What groups are called.
GROUPS = {"popularity": ("head", "mid", "tail"), "history": ("short", "medium", "long")}


class Grouping(NamedTuple):
    """A ranking's measurements by group, and a sentence that says what the groups are."""

    measurements: list[Measurement]
    told: str


def by_popularity(test: RankingTest, ranking: Ranking) -> Grouping:
    """The metrics with the held-out items of each group in place of all, for the users who have some of them.

    The items of the corpus by falling count are cut where a third of all events is reached, and two thirds:
    few of them are the head, most the tail. Items that the corpus does not have belong to the tail.
    """
    counts = test.train.counts
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    group_of = np.empty(len(counts) + 1, np.int64)
    group_of[order] = np.minimum(3 * before // counts.sum(), 2)
    group_of[-1] = 2  # of what is not found
    groups = group_of[test.train.keys.find_all(test.items)][test.wanted.items]
    rows = test.items.find_all(ranking.keys)
    shown = np.where(ranking.shown < 0, -1, rows[ranking.shown])
    k = ranking.k
    found = []
    for number, name in enumerate(GROUPS["popularity"]):
        of_group = groups == number
        wanted = Histories.of(test.wanted.rows[of_group], test.wanted.items[of_group], len(test.wanted))
        users = np.flatnonzero(wanted.sizes)
        hits = hits_of(shown[users], wanted.take(users))
        values = metrics_of_each(hits, wanted.sizes[users], k)
        found += means_of(values, k, test.total, f"{name}/")
    head, mid, tail = np.bincount(group_of[:-1], minlength=3).tolist()
    told = f"items by frequency: head is the first {head:,}, mid the next {mid:,}, tail the other {tail:,}"
    return Grouping(found, f"{told}; a third of the events each")


def by_history(test: RankingTest, ranking: Ranking, lists: ShownItems | None) -> Grouping:
    """The metrics of the thirds of the users with the fewest different items in their histories, and so on.

    Users of as many items are in one group, so that the groups may differ in size. lists: measure what the
    groups are shown, too.
    """
    sizes = test.histories.distinct().sizes[test.cases]
    bounds = np.quantile(sizes, (1 / 3, 2 / 3), method="lower")
    group_of = np.searchsorted(bounds, sizes)
    found, told = [], []
    for number, name in enumerate(GROUPS["history"]):
        users = np.flatnonzero(group_of == number)
        found += means_of(ranking.values[users], ranking.k, test.total, f"{name}/")
        if lists is not None:
            found += lists.figures(users, f"{name}/")
        told.append(f"{name} is {_range(sizes[users])}")
    return Grouping(found, f"histories: {', '.join(told)}")


def _range(sizes: NDArray[np.int64]) -> str:
    if not len(sizes):
        return "nobody"
    return f"{sizes.min():,} to {sizes.max():,} items"


def names_of(by: Sequence[str], figures: Sequence[str], beyond: Sequence[str]) -> list[str]:
    """The names of the measurements of groups. by: keys of GROUPS. figures: of all; beyond: of users only."""
    return [
        f"{group}/{figure}"
        for way in by
        for group in GROUPS[way]
        for figure in (*figures, *(beyond if way == "history" else ()))
    ]
