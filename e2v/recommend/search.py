"""The best items for a user vector, found by scoring all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.recommend.items import Items
from e2v.recommend.user_store import User
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best


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
    """Scores every item."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self.batch_size = items.batch_size

    def find(self, users: Sequence[User], n: int) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if not users:
            return
        for user, scores in zip(
            users, self._items.scores(np.array([user.vector for user in users])), strict=True
        ):
            scores[user.seen] = -np.inf
            rows = best(scores, n)
            yield SearchResult(rows, scores[rows])


class OrPopular:
    """Searches for those of whom something is known; the others get what is popular.

    Where the items do not say what that is, they get nothing.
    """

    def __init__(self, search: Search, items: Items) -> None:
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
        scores = self._popularity.copy()
        scores[user.seen] = -np.inf
        rows = best(scores, n)
        return SearchResult(rows, scores[rows])
