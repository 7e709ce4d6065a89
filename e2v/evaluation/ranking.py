"""Ranking: are the items that were held out among the first that a user is shown?

Every user's unseen items are ranked in full; sampling a few would reorder the methods (Krichene and
Rendle 2020, "On sampled metrics for item recommendation").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories, user_histories
from e2v.errors import InputError
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.recommender import Recommender
from e2v.progress import Report, reported, silent
from e2v.recommend.metrics import ndcg
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

#: Scores held at once: 32 MB of float32.
_SCORES = 1 << 23

#: Half the width of a 95% confidence interval, in standard errors.
_Z95 = 1.959964

METRICS = ("hr", "recall", "ndcg", "mrr")


class Case(NamedTuple):
    """A user to rank for: row of `RankingTest.histories`, and the held-out items, each once."""

    user: int
    items: frozenset[str]


class RankingTest(NamedTuple):
    """What a recommender is tested with: the same users and items whichever items it knows.

    train: the corpus. users: the ids of those of its users that have something held out. histories: a row for
    each of them, of rows of the corpus' keys. cases: of the users who have held-out items that their history
    does not have. total: users with something held out, in the corpus or not. strangers: how many are not in
    the corpus; nobody can rank for them. seen_items: held-out items that are in the history too; they are
    left out.
    """

    train: Corpus
    users: list[str]
    histories: Histories
    cases: list[Case]
    total: int
    strangers: int
    seen_items: int

    @classmethod
    def of(cls, train: Corpus, held_out: Mapping[str, Sequence[str]]) -> RankingTest:
        """A test of what was held out of the histories of `train`.

        Raises:
            InputError: there is no user to rank for, or the corpus does not say whose its sentences are.
        """
        names, histories = user_histories(train)
        row_of = {name: row for row, name in enumerate(names) if name in held_out}
        histories = histories.take(np.fromiter(row_of.values(), np.int64, len(row_of)))
        cases: list[Case] = []
        seen_items = 0
        for user, (name, history) in enumerate(zip(row_of, histories, strict=True)):
            seen = set(history.tolist())
            items = set(held_out[name])
            unseen = frozenset(item for item in items if train.keys.find(item) not in seen)
            seen_items += len(items) - len(unseen)
            if unseen:
                cases.append(Case(user, unseen))
        if not row_of:
            raise InputError(
                f"{train.path} has none of the {len(held_out)} users", "are these its users and items?"
            )
        if not cases:
            raise InputError(
                f"all {seen_items} held-out items are in the histories of {train.path} too",
                "what was trained on is no test: e2v split takes it out",
            )
        strangers = len(held_out) - len(row_of)
        return cls(train, list(row_of), histories, cases, len(held_out), strangers, seen_items)


class Ranking(NamedTuple):
    """The metrics, and what the recommender did not know.

    values: float64[cases, 4], the metrics of each user, in the order of METRICS.
    unknown_users: have no history that the recommender knows an item of; they get what is popular.
    unknown_items: held-out items that the recommender does not know; they count as missed.
    """

    measurements: list[Measurement]
    values: NDArray[np.float64]
    unknown_users: int
    unknown_items: int


def evaluate_ranking(recommender: Recommender, test: RankingTest, k: int, report: Report = silent) -> Ranking:
    """Metrics at k, as means over the users with their 95% confidence intervals (normal approximation).

    With T a user's held-out items, a set, and r the ranks from 1 at which they are among the first k: hr is 1
    if there is an r; recall is |r| / |T|; ndcg is `e2v.recommend.metrics.ndcg`; mrr is 1 / min r, or 0.
    """
    histories = test.histories.renumbered(recommender.keys.find_all(test.train.keys))
    values = np.empty((len(test.cases), len(METRICS)))
    unknown_users = unknown_items = 0
    step = max(1, _SCORES // max(1, len(recommender.keys)))
    first = 0
    batches = (test.cases[start : start + step] for start in range(0, len(test.cases), step))
    for batch in reported(batches, report, "ranking", "users", len(test.cases)):
        asked = histories.take(np.array([case.user for case in batch], np.int64))
        scores = _scores(recommender, asked, [test.users[case.user] for case in batch])
        scores[asked.rows, asked.items] = -np.inf
        unknown_users += int((asked.sizes == 0).sum())
        for case, row, line in zip(batch, scores, values[first:], strict=False):
            known = {item_row for item in case.items if (item_row := recommender.keys.find(item)) >= 0}
            unknown_items += len(case.items) - len(known)
            line[:] = _metrics(best(row, k).tolist(), known, len(case.items), k)
        first += len(batch)
    measurements = [
        _mean(name, f"{name}@{k}", column, test.total) for name, column in zip(METRICS, values.T, strict=True)
    ]
    return Ranking(measurements, values, unknown_users, unknown_items)


def _scores(recommender: Recommender, histories: Histories, users: Sequence[str]) -> Floats:
    """float32[q, n]; what is popular for whoever has no item that the recommender knows."""
    filled = np.flatnonzero(histories.sizes)
    if len(filled) == len(users):
        return recommender.scores(histories, users)
    scores = np.tile(recommender.popularity, (len(users), 1))
    if len(filled):
        scores[filled] = recommender.scores(histories.take(filled), [users[row] for row in filled.tolist()])
    return scores


def _metrics(
    ranked: Sequence[int], wanted: set[int], n_wanted: int, k: int
) -> tuple[float, float, float, float]:
    """In the order of METRICS. ranked: the first k items. n_wanted: of `wanted` and of unknown items."""
    ranks = [rank for rank, item in enumerate(ranked, 1) if item in wanted]
    if not ranks:
        return 0.0, 0.0, 0.0, 0.0
    return 1.0, len(ranks) / n_wanted, ndcg(ranks, n_wanted, k), 1 / ranks[0]


def _mean(name: str, measure: str, values: NDArray[np.float64], total: int) -> Measurement:
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Measurement(name, measure, mean, n, total)
    margin = _Z95 * float(values.std(ddof=1)) / math.sqrt(n)
    return Measurement(name, measure, mean, n, total, mean - margin, mean + margin)
