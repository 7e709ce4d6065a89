"""Ranking: are the items that were held out among the first that a user is shown?

Every user's unseen items are ranked in full; sampling a few would reorder the methods (Krichene and
Rendle 2020, "On sampled metrics for item recommendation").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories, user_histories
from e2v.errors import InputError
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.metrics import METRICS, means_of, metrics_of_each
from e2v.evaluation.recommender import Recommender
from e2v.progress import Report, reported, silent
from e2v.store import Keys
from e2v.threads import in_order
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best_of_each

#: Scores held at once: 32 MB of float32.
_SCORES = 1 << 23


class RankingTest(NamedTuple):
    """What a recommender is tested with: the same users and items whichever items it knows.

    train: the corpus. users: the ids of those of its users that have something held out. histories: a row for
    each of them, of rows of the corpus' keys. items: the ids of all that is held out, each once. cases:
    int64[c], the users, as rows of `histories`, who have held-out items that their history does not have.
    wanted: these items, a row for each case, of rows of `items`. total: users with something held out, in the
    corpus or not. strangers: how many are not in the corpus; nobody can rank for them. seen_items: held-out
    items that are in the history too; they are left out.
    """

    train: Corpus
    users: list[str]
    histories: Histories
    items: Keys
    cases: NDArray[np.int64]
    wanted: Histories
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
        if not row_of:
            raise InputError(
                f"{train.path} has none of the {len(held_out)} users", "are these its users and items?"
            )
        histories = histories.take(np.fromiter(row_of.values(), np.int64, len(row_of)))
        numbers: dict[str, int] = {}
        rows = [
            [numbers.setdefault(item, len(numbers)) for item in dict.fromkeys(held_out[name])]
            for name in row_of
        ]
        items = Keys.from_strings(numbers)
        every = Histories(
            np.cumsum([0, *map(len, rows)], dtype=np.int64),
            np.fromiter((item for row in rows for item in row), np.int32),
        )
        in_train = train.keys.find_all(items)[every.items]
        seen = np.isin(_cells(every.rows, in_train), _cells(histories.rows, histories.items))
        if seen.all():
            raise InputError(
                f"all {len(seen)} held-out items are in the histories of {train.path} too",
                "what was trained on is no test: e2v split takes it out",
            )
        unseen = Histories.of(every.rows[~seen], every.items[~seen], len(every))
        cases = np.flatnonzero(unseen.sizes)
        strangers = len(held_out) - len(row_of)
        users, wanted, seen_items = list(row_of), unseen.take(cases), int(seen.sum())
        return cls(train, users, histories, items, cases, wanted, len(held_out), strangers, seen_items)

    @property
    def wanted_keys(self) -> Keys:
        """The ids of what is to be found, each once: of `items` those that are in `wanted`."""
        return self.items.take(np.unique(self.wanted.items).astype(np.int64))


class Ranking(NamedTuple):
    """The metrics, what each user is shown, and what the recommender did not know.

    values: float64[cases, 4], the metrics of each user, in the order of METRICS. keys: of the recommender.
    hidden: bool[n], those of `keys` that nobody is shown. k: how many items a user is to be shown.
    shown: int64[cases, k], or as many as there are keys; rows of `keys`, best first; -1 where there are no
        more items.
    unknown_users: have no history that the recommender knows an item of; they get what is popular.
    unknown_items: held-out items that the recommender does not know; they count as missed.
    """

    measurements: list[Measurement]
    values: NDArray[np.float64]
    keys: Keys
    hidden: NDArray[np.bool_]
    k: int
    shown: NDArray[np.int64]
    unknown_users: int
    unknown_items: int


def evaluate_ranking(
    recommender: Recommender, test: RankingTest, k: int, threads: int | None, report: Report = silent
) -> Ranking:
    """Metrics at k, see `metrics_of_each`, as means over the users with their 95% confidence intervals.

    threads: rank for blocks of users, which are the same for any number.
    """
    histories = test.histories.renumbered(recommender.keys.find_all(test.train.keys)).take(test.cases)
    users = [test.users[user] for user in test.cases.tolist()]
    known = test.wanted.renumbered(recommender.keys.find_all(test.items))
    values = np.empty((len(users), len(METRICS)))
    shown = np.full((len(users), min(k, len(recommender.keys))), -1)
    step = max(1, _SCORES // max(1, len(recommender.keys)))

    def rank(block: range) -> range:
        rows = np.arange(block.start, block.stop)
        asked, wanted = histories.take(rows), known.take(rows)
        scores = _scores(recommender, asked, users[block.start : block.stop])
        scores[asked.rows, asked.items] = -np.inf
        best = best_of_each(scores, shown.shape[1], threads=1)
        shown[rows, : best.shape[1]] = best
        values[rows] = metrics_of_each(hits_of(shown[rows], wanted), test.wanted.sizes[rows], k)
        return block

    blocks = (range(first, min(first + step, len(users))) for first in range(0, len(users), step))
    for _ in reported(in_order(rank, blocks, threads), report, "ranking", "users", len(users)):
        pass
    unknown_users = int((histories.sizes == 0).sum())
    unknown_items = len(test.wanted.items) - len(known.items)
    measurements = means_of(values, k, test.total)
    hidden = np.isneginf(recommender.popularity)
    return Ranking(measurements, values, recommender.keys, hidden, k, shown, unknown_users, unknown_items)


def hits_of(shown: NDArray[np.int64], wanted: Histories) -> NDArray[np.bool_]:
    """bool[q, k]: which of the items shown to each user are among those wanted. shown: int64[q, k]."""
    cells = _cells(np.arange(len(shown))[:, np.newaxis], shown)
    return np.isin(cells, _cells(wanted.rows, wanted.items))


def _cells(rows: NDArray[np.int64], columns: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """int64: a number for each cell of a matrix; -1, which is none, where there is no such column."""
    cells: NDArray[np.int64] = np.where(columns < 0, -1, (rows << 32) + columns)
    return cells


def _scores(recommender: Recommender, histories: Histories, users: Sequence[str]) -> Floats:
    """float32[q, n]; what is popular for whoever has no item that the recommender knows."""
    filled = np.flatnonzero(histories.sizes)
    if len(filled) == len(users):
        return recommender.scores(histories, users)
    scores = np.tile(recommender.popularity, (len(users), 1))
    if len(filled):
        scores[filled] = recommender.scores(histories.take(filled), [users[row] for row in filled.tolist()])
    return scores
