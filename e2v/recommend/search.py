"""The best items for a user, found by scoring all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.recommend.items import Catalogue, Items
from e2v.recommend.user_store import User
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import batch_size, best_of_each


class SearchResult(NamedTuple):
    """rows: int64[m], of the items, best first. scores: float32[m]."""

    rows: NDArray[np.int64]
    scores: Floats


class Search(Protocol):
    """Finds the items that score highest."""

    batch_size: int  # users to be searched for at once

    def find(self, users: Sequence[User], n: int) -> Iterator[SearchResult]:
        """For each user the n best of the items not seen yet; fewer if there are not so many."""


class ExactSearch:
    """Scores every item. threads: that find the best of many users."""

    def __init__(self, items: Items, threads: int | None = None) -> None:
        self._items = items
        self._threads = threads
        self.batch_size = items.batch_size

    def find(self, users: Sequence[User], n: int) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if not users:
            return
        scores = self._items.scores(np.array([user.vector for user in users]))
        yield from _best_unseen(users, scores, n, self._threads)


class HistoryScorer(Protocol):
    """Scores items for histories, without a vector of the user."""

    def scores(self, histories: Histories, /) -> Floats:
        """float32[q, n]: the higher, the better; free to be written to. None of the histories is empty."""


class HistorySearch:
    """Scores every item for the users' histories.

    n_items: how many items there are. threads: that find the best of many users.
    """

    def __init__(self, scorer: HistoryScorer, n_items: int, threads: int | None = None) -> None:
        self._scorer = scorer
        self._threads = threads
        self.batch_size = batch_size(n_items)

    def find(self, users: Sequence[User], n: int) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if not users:
            return
        offsets = np.cumsum([0, *(len(user.history) for user in users)], dtype=np.int64)
        histories = Histories(offsets, np.concatenate([user.history for user in users]))
        yield from _best_unseen(users, self._scorer.scores(histories), n, self._threads)


class OrPopular:
    """Searches for those of whom something is known; the others get what is popular.

    Where the items do not say what that is, they get nothing.
    """

    def __init__(self, search: Search, items: Catalogue) -> None:
        self._search = search
        self._popularity = items.popularity()
        self.batch_size = search.batch_size

    def find(self, users: Sequence[User], n: int) -> Iterator[SearchResult]:
        """See `Search.find`; the score of what is popular is its count."""
        found = self._search.find([user for user in users if user.known], n)
        for user in users:
            yield next(found) if user.known else self._popular(user, n)

    def _popular(self, user: User, n: int) -> SearchResult:
        if self._popularity is None:
            return SearchResult(np.empty(0, np.int64), np.empty(0, np.float32))
        (found,) = _best_unseen([user], self._popularity[np.newaxis].copy(), n)
        return found


def _best_unseen(
    users: Sequence[User], scores: Floats, n: int, threads: int | None = None
) -> Iterator[SearchResult]:
    """The n best of the items that each user may be shown. scores: float32[q, n], written to."""
    for user, of_items in zip(users, scores, strict=True):
        of_items[user.seen] = -np.inf
    for found, of_items in zip(best_of_each(scores, n, threads), scores, strict=True):
        rows = found[found >= 0]
        yield SearchResult(rows, of_items[rows])
