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

from e2v.corpus import Corpus
from e2v.corpus.histories import rows_in, user_histories
from e2v.errors import InputError
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.recommender import Recommender
from e2v.vectors.nearest import best

#: Scores held at once: 32 MB of float32.
_SCORES = 1 << 23

#: Half the width of a 95% confidence interval, in standard errors.
_Z95 = 1.959964

METRICS = ("hr", "recall", "ndcg", "mrr")


class Ranking(NamedTuple):
    """The metrics, and what of the held-out items could not count.

    unknown_users: have no history that the recommender knows an item of; they are not ranked.
    unknown_items: held-out items that the recommender does not know; they count as missed.
    seen_items: held-out items that the user has in the training history too; they are left out.
    """

    measurements: list[Measurement]
    unknown_users: int
    unknown_items: int
    seen_items: int


def evaluate_ranking(
    recommender: Recommender, train: Corpus, held_out: Mapping[str, Sequence[str]], k: int
) -> Ranking:
    """Metrics at k, as means over the users with their 95% confidence intervals (normal approximation).

    With T a user's held-out items, a set, and r the ranks from 1 at which they are among the first k:
    hr is 1 if there is an r; recall is |r| / |T|; ndcg is the sum of 1 / log2(r + 1) divided by the
    largest it could be, with min(k, |T|) hits (Järvelin and Kekäläinen 2002); mrr is 1 / min r, or 0.

    Raises:
        InputError: there is no user to rank for.
    """
    names, histories = user_histories(train)
    row_of = {name: row for row, name in enumerate(names) if name in held_out}
    histories = histories.take(np.fromiter(row_of.values(), np.int64, len(row_of)))
    histories = histories.renumbered(rows_in(recommender.keys, train.keys))

    cases: list[_Case] = []
    unknown_items = seen_items = 0
    for user, (name, history) in enumerate(zip(row_of, histories, strict=True)):
        if not len(history):
            continue
        items = set(held_out[name])
        known = {row for item in items if (row := recommender.keys.find(item)) >= 0}
        unseen = known.difference(history.tolist())
        unknown_items += len(items) - len(known)
        seen_items += len(known) - len(unseen)
        relevant = len(items) - len(known) + len(unseen)
        if relevant:
            cases.append(_Case(user, unseen, relevant))
    if not cases:
        raise InputError(
            f"{train.path} has none of the {len(held_out)} users", "are these its users and items?"
        )

    values = np.empty((len(cases), len(METRICS)))
    step = max(1, _SCORES // max(1, len(recommender.keys)))
    for first in range(0, len(cases), step):
        batch = cases[first : first + step]
        asked = histories.take(np.array([case.user for case in batch], np.int64))
        scores = recommender.scores(asked)
        scores[asked.rows, asked.items] = -np.inf
        for case, row, line in zip(batch, scores, values[first:], strict=False):
            line[:] = _metrics(best(row, k).tolist(), case, k)
    measurements = [
        _mean(name, f"{name}@{k}", column, len(held_out))
        for name, column in zip(METRICS, values.T, strict=True)
    ]
    unknown_users = len(held_out) - int((histories.sizes > 0).sum())
    return Ranking(measurements, unknown_users, unknown_items, seen_items)


class _Case(NamedTuple):
    """user: row of the history. unseen: rows of the held-out items. relevant: how many, unknown ones too."""

    user: int
    unseen: set[int]
    relevant: int


def _metrics(ranked: Sequence[int], case: _Case, k: int) -> tuple[float, float, float, float]:
    """In the order of METRICS; ranked: the first k items."""
    ranks = [rank for rank, item in enumerate(ranked, 1) if item in case.unseen]
    if not ranks:
        return 0.0, 0.0, 0.0, 0.0
    ideal = _gain(range(1, min(k, case.relevant) + 1))
    return 1.0, len(ranks) / case.relevant, _gain(ranks) / ideal, 1 / ranks[0]


def _gain(ranks: Sequence[int]) -> float:
    return sum(1 / math.log2(rank + 1) for rank in ranks)


def _mean(name: str, measure: str, values: NDArray[np.float64], total: int) -> Measurement:
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Measurement(name, measure, mean, n, total)
    margin = _Z95 * float(values.std(ddof=1)) / math.sqrt(n)
    return Measurement(name, measure, mean, n, total, mean - margin, mean + margin)
