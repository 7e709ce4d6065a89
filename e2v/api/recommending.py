"""Recommendations from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from e2v.api.arguments import narrowing as narrowing_of
from e2v.api.elsewhere import Asked
from e2v.api.keywords import takes
from e2v.errors import UsageError
from e2v.inputs.columns import KeyedColumn
from e2v.jobs.recommend import recommending
from e2v.recommend.recommender import Service
from e2v.recommend.search import SearchResult, vectors_of
from e2v.recommend.settings import AskedRecommendSettings, ItemNarrowing, NewItems
from e2v.settings import resolve
from e2v.vectors.selection import Selection
from e2v.vectors.settings import SelectionSettings


class Recommendation(NamedTuple):
    """An item, its score (the higher, the better) and what it is called, if it is."""

    key: str
    score: float
    title: str | None = None


class Recommender(Asked):
    """Items for users. See `recommender`."""

    def __init__(self, service: Service, categories: KeyedColumn | None = None) -> None:
        self._service = service
        self._selecting = service.selecting(SelectionSettings(categories=categories), 0)

    @takes(ItemNarrowing, closed=True)
    def recommend(
        self,
        user: str | int | None = None,
        *,
        items: str | Iterable[str | int] | None = None,
        n: int = 10,
        include_seen: bool = False,
        **narrowing: Any,
    ) -> list[Recommendation]:
        """The n items that suit a user best, of those that are not in the user's history.

        user: an id of the users or the corpus. items: or a history, by ids or titles of items. narrowing: of
        `ItemNarrowing`, which items may be recommended.

        Raises:
            UnknownKeyError: the user or an item is not known.
            UsageError: neither is given, or both are; no item is left that may be recommended.
        """
        if (user is None) == (items is None):
            raise UsageError("recommend takes a user, or items")
        if user is not None:
            asked = self._service.user(str(user))
        else:
            names = [str(item) for item in items or ()]
            asked = self._service.user_of_items(names, strict=True).user
        if include_seen:
            asked = asked._replace(include_seen=True)
        return self._recommendations(next(self._service.search.find([asked], n, self._selection(narrowing))))

    @takes(ItemNarrowing, closed=True)
    def recommend_all(
        self, *, n: int = 10, include_seen: bool = False, **narrowing: Any
    ) -> Iterator[tuple[str, list[Recommendation]]]:
        """Every user in order, each with what `recommend` finds; in batches."""
        selection = self._selection(narrowing)
        names, search = self._service.user_names, self._service.search
        for first in range(0, len(names), search.batch_size):
            batch = list(names[first : first + search.batch_size])
            users = [self._service.user(name) for name in batch]
            if include_seen:
                users = [user._replace(include_seen=True) for user in users]
            for name, found in zip(batch, search.find(users, n, selection), strict=True):
                yield name, self._recommendations(found)

    def _selection(self, given: Mapping[str, Any]) -> Selection:
        asked = narrowing_of(ItemNarrowing, given)
        if asked.diversity:
            vectors_of(self._service.items)
        return self._selecting.narrowed(asked)

    def _recommendations(self, found: SearchResult) -> list[Recommendation]:
        items = self._service.items
        return [
            Recommendation(items.keys[row], score, items.names.title(row))
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        ]


@takes()
def recommender(
    model: str | os.PathLike[str] | None = None,
    *,
    index: str | os.PathLike[str] | None = None,
    users: str | os.PathLike[str] | None = None,
    corpus: str | os.PathLike[str] | None = None,
    exact: bool = False,
    new_items: NewItems | None = None,
    baseline: str | None = None,
    categories: str | KeyedColumn | None = None,
    threads: int | None = None,
) -> Recommender:
    """Recommend from a model, or without one from an index and a file of users: `e2v recommend`.

    new_items: none, also or only, of items that nobody has had. baseline: popularity, item-knn, ease or
        gf-cf, computed from the corpus, in place of a model. categories: of the items, as `--categories`.
        threads: that it is computed and `recommend_all` works with; None is all cores.

    Raises:
        InputError: a file is missing, or of another model.
        UsageError: there is nothing to recommend by, or a setting does not go with the others.
    """
    if (model is None and index is None) == (baseline is None):
        raise UsageError("recommender takes a model, an index or a baseline")
    given = {
        "index": index,
        "users": users,
        "corpus": corpus,
        "exact": exact or None,
        "new_items": new_items,
        "baseline": baseline,
        "threads": threads,
    }
    settings = resolve(AskedRecommendSettings, given)
    path = None if model is None else Path(model)
    service = recommending(path, settings, check_model=model is not None)
    return Recommender(service, cast(KeyedColumn | None, categories))
