"""Recommendations from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from e2v.api.models import Corpus, Model, check_query
from e2v.recommend.recommender import Service
from e2v.recommend.search import SearchResult
from e2v.recommend.settings import RecommendSettings
from e2v.settings import resolve


class Recommendation(NamedTuple):
    """An item, its score (the higher, the better) and what it is called, if it is."""

    key: str
    score: float
    title: str | None = None


class Recommender:
    """Items for users. See `recommender`."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def recommend(
        self,
        user: str | None = None,
        *,
        items: str | Sequence[str] | None = None,
        n: int = 10,
        include_seen: bool = False,
    ) -> list[Recommendation]:
        """The n items that suit a user best, of those that are not in the user's history.

        user: an id of the users or the corpus. items: or a history, by ids or titles of items.

        Raises:
            UnknownKeyError: the user or an item is not known.
            TypeError: neither is given, or both are.
        """
        if (user is None) == (items is None):
            raise TypeError("recommend takes a user, or items")
        check_query(n)
        if user is not None:
            asked = self._service.user(str(user))
        else:
            names = [items] if isinstance(items, str) else list(items or ())
            asked = self._service.user_of_items(names, strict=True).user
        if include_seen:
            asked = asked._replace(seen=asked.seen[:0])
        return self._recommendations(next(self._service.search.find([asked], n)))

    def recommend_all(
        self, *, n: int = 10, include_seen: bool = False
    ) -> Iterator[tuple[str, list[Recommendation]]]:
        """Every user in order, each with what `recommend` finds; in batches."""
        check_query(n)
        names, search = self._service.user_names, self._service.search
        for first in range(0, len(names), search.batch_size):
            batch = list(names[first : first + search.batch_size])
            users = [self._service.user(name) for name in batch]
            if include_seen:
                users = [user._replace(seen=user.seen[:0]) for user in users]
            for name, found in zip(batch, search.find(users, n), strict=True):
                yield name, self._recommendations(found)

    def _recommendations(self, found: SearchResult) -> list[Recommendation]:
        items = self._service.items
        return [
            Recommendation(items.keys[row], score, items.names.title(row))
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        ]


def recommender(
    model: str | os.PathLike[str] | Model | None = None,
    *,
    index: str | os.PathLike[str] | None = None,
    users: str | os.PathLike[str] | None = None,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    exact: bool = False,
) -> Recommender:
    """Recommend from a model, or without one from an index and a file of users: `e2v recommend`.

    Raises:
        InputError: a file is missing, or of another model.
        TypeError: there are neither a model nor an index.
    """
    if model is None and index is None:
        raise TypeError("recommender takes a model, or an index")
    given = {"index": _path(index), "users": _path(users), "corpus": _path(corpus), "exact": exact or None}
    settings = resolve(RecommendSettings, given)
    service = Service(
        _path(model),
        index=settings.index,
        users=settings.users,
        corpus=settings.corpus,
        exact=settings.exact,
        check_model=model is not None,
    )
    return Recommender(service)


def _path(given: str | os.PathLike[str] | Model | Corpus | None) -> Path | None:
    if given is None:
        return None
    return given.path if isinstance(given, Model | Corpus) else Path(given)
