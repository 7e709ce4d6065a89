"""What lists of recommendations are like, whether anybody wants what they show: varied, new, alike?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories, histories_of
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.metrics import mean
from e2v.evaluation.ranking import Ranking, RankingTest

FIGURES = ("coverage", "gini", "novelty", "similarity")

#: Pairs of items that are looked at together.
_PAIRS = 1 << 22


class ShownItems:
    """The items that a ranking shows to each user, as rows of one catalogue.

    The catalogue is all items of the corpus, and those that only the recommender knows, without what it shows
    to nobody, such as new items unless they are wanted. Novelty and
    similarity go by who had an item in the corpus, whatever the recommender, so that they can be compared.
    """

    def __init__(self, test: RankingTest, ranking: Ranking) -> None:
        in_train = test.train.keys.find_all(ranking.keys)
        new = in_train < 0
        n_train = len(test.train.keys)
        in_train[new] = n_train + np.arange(new.sum())
        self._size = n_train + int(new.sum())
        self._in_catalogue = np.ones(self._size, np.bool_)
        self._in_catalogue[in_train[ranking.hidden]] = False
        self._shown = np.where(ranking.shown < 0, -1, in_train[ranking.shown])
        histories = histories_of(test.train).distinct()
        self._users_of = histories.transposed(self._size)
        self._n_users = int((histories.sizes > 0).sum())
        self._k = ranking.k
        self._total = test.total
        self._novelty = self._novelty_of_each()
        self._similarity = self._similarity_of_each()

    def figures(self, rows: NDArray[np.int64] | None = None, group: str = "") -> list[Measurement]:
        """In the order of FIGURES, for some of the ranking's cases, or all.

        coverage is the share of the catalogue that anybody is shown (Herlocker et al. 2004, "Evaluating
        collaborative filtering recommender systems", 4.2; Ge et al. 2010, "Beyond accuracy", catalogue
        coverage). gini is the Gini index of how often each item of the catalogue is shown, 0 if all are as
        often, 1 if one alone is: with x ascending, sum (2 j - n - 1) x_j / ((n - 1) sum x), j = 1 .. n (Shani
        and Gunawardana 2011, "Evaluating recommendation systems", 3.3). novelty and similarity are means over
        users, see the functions of these names. group: see `means_of`.
        """
        chosen = np.arange(len(self._shown)) if rows is None else rows
        times = np.bincount(self._shown[chosen].ravel() + 1, minlength=self._size + 1)[1:][self._in_catalogue]
        some = int((times > 0).sum())
        n, k = len(times), self._k
        covered = some / n if len(chosen) else None
        found = [Measurement(f"{group}coverage", f"coverage@{k}", covered, some, n)]
        found.append(Measurement(f"{group}gini", f"gini@{k}", gini(times), some, n))
        for name, values in (("novelty", self._novelty), ("similarity", self._similarity)):
            of_users = values[chosen]
            of_users = of_users[~np.isnan(of_users)]
            most = math.inf if name == "novelty" else 1.0
            found.append(mean(f"{group}{name}", f"{name}@{k}", of_users, self._total, most))
        return found

    def _novelty_of_each(self) -> NDArray[np.float64]:
        """float64[cases]: the mean over a list of log2(users / users who had the item); NaN of an empty list.

        The self-information of Zhou et al. (2010), "Solving the apparent diversity-accuracy dilemma of
        recommender systems", in bits. An item that nobody had counts as one that a single user had.
        """
        had = np.maximum(self._users_of.sizes, 1)
        bits = np.log2(max(self._n_users, 1) / had)
        return _means(np.where(self._shown < 0, np.nan, bits[self._shown]))

    def _similarity_of_each(self) -> NDArray[np.float64]:
        """float64[cases]: the mean similarity of the pairs of a list; NaN where there is no pair.

        The intra-list similarity of Ziegler et al. (2005), "Improving recommendation lists through topic
        diversification", as a mean; two items are as similar as their columns, by the cosine: how many had
        both, over the root of the product of how many had either.
        """
        first, second = np.triu_indices(self._shown.shape[1], 1)
        values = np.full(len(self._shown), np.nan)
        step = max(1, _PAIRS // max(1, len(first)))
        for start in range(0, len(values) if len(first) else 0, step):
            shown = self._shown[start : start + step]
            a, b = shown[:, first], shown[:, second]
            there = (a >= 0) & (b >= 0)
            similar = np.full(a.shape, np.nan)
            similar[there] = cosines(self._users_of, a[there], b[there])
            values[start : start + step] = _means(similar)
        return values


def gini(times: NDArray[np.int64]) -> float | None:
    """The Gini index of numbers, see `ShownItems.figures`; None of less than two, or of zeros."""
    n, total = len(times), int(times.sum())
    if n < 2 or total == 0:
        return None
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(times) / ((n - 1) * total))


def cosines(users_of: Histories, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64[p]: of pairs of different items, by the users who had each; 0 for what nobody had.

    users_of: a row of users for each item, each once. a, b: int64[p], items.
    """
    sizes = users_of.sizes
    more = np.where(sizes[a] >= sizes[b], a, b)  # whose users are marked, for all that it is paired with
    pairs, back = np.unique(more * len(users_of) + (a + b - more), return_inverse=True)
    more, fewer = np.divmod(pairs, len(users_of))
    both = np.zeros(len(pairs))
    had = np.zeros(int(users_of.items.max(initial=-1)) + 1)
    starts = np.flatnonzero(np.diff(more, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
        marked = users_of[more[start]]
        had[marked] = 1
        rows = fewer[start:end]
        users = users_of.items[users_of.places(rows)]
        owner = np.repeat(np.arange(len(rows)), sizes[rows])
        both[start:end] = np.bincount(owner, had[users], len(rows))
        had[marked] = 0
    found: NDArray[np.float64] = both / np.sqrt(np.maximum(sizes[more] * sizes[fewer], 1))
    return found[back]


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[rows]: of each row, without what is NaN; NaN where there is nothing else."""
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    means: NDArray[np.float64] = np.where(
        count, np.where(there, values, 0).sum(axis=1) / np.maximum(count, 1), np.nan
    )
    return means
