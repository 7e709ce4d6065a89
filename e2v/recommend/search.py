"""The best items for a user vector, found by scoring all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.recommend.items import Items
from e2v.recommend.people import Person
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best


class Found(NamedTuple):
    """rows: int64[m], of the items, best first. scores: float32[m]."""

    rows: NDArray[np.int64]
    scores: Floats


class Search(Protocol):
    """Finds the items that score highest."""

    batch_size: int  # persons to be asked about at once

    def find(self, people: Sequence[Person], n: int) -> Iterator[Found]:
        """For each person the n best of the items that he has not seen; fewer if there are not so many."""


class ExactSearch:
    """Scores every item."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self.batch_size = items.batch_size

    def find(self, people: Sequence[Person], n: int) -> Iterator[Found]:
        """See `Search.find`."""
        if not people:
            return
        for person, scores in zip(
            people, self._items.scores(np.array([person.vector for person in people])), strict=True
        ):
            scores[person.seen] = -np.inf
            rows = best(scores, n)
            yield Found(rows, scores[rows])


class OrPopular:
    """Searches for those of whom something is known; the others get what is popular.

    Where the items do not say what that is, they get nothing.
    """

    def __init__(self, search: Search, items: Items) -> None:
        self._search = search
        self._popularity = items.popularity()
        self.batch_size = search.batch_size

    def find(self, people: Sequence[Person], n: int) -> Iterator[Found]:
        """See `Search.find`; the score of what is popular is its count."""
        found = self._search.find([person for person in people if person.known], n)
        for person in people:
            yield next(found) if person.known else self._popular(person, n)

    def _popular(self, person: Person, n: int) -> Found:
        if self._popularity is None:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32))
        scores = self._popularity.copy()
        scores[person.seen] = -np.inf
        rows = best(scores, n)
        return Found(rows, scores[rows])
