"""The best items for a user, found by scoring all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.errors import Advice, InputError, SettingError
from e2v.recommend.items import Catalogue, Items
from e2v.recommend.user_store import User
from e2v.vectors.matrix import Floats, Stored
from e2v.vectors.nearest import Scorer, batch_size, best_of_each
from e2v.vectors.reranking import candidates, chosen
from e2v.vectors.selection import EVERYTHING, Selection


class SearchResult(NamedTuple):
    """rows: int64[m], of the items, best first. scores: float32[m]."""

    rows: NDArray[np.int64]
    scores: Floats


class Search(Protocol):
    """Finds the items that score highest."""

    batch_size: int  # users to be searched for at once

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """For each user the n best of the selected items not seen yet; fewer if there are not so many.

        The popularity penalty p is on the scores of a model, which are log-odds as far as they mean
        something: p ln(count) less, so that with 1 the odds are divided by the count (as logit adjustment
        does, Menon et al. 2021, "Long-tail learning via logit adjustment"). Scores of a baseline,
        which are sums of similarities, are divided by count ** p (as those of RP3beta, Paudel et al. 2017,
        "Updatable, accurate, diverse, and scalable recommendations for interactive applications"). Items that
        nobody has had are given the median count of the others.
        """


class ExactSearch:
    """Scores every item that may be found. threads: that find the best of many users."""

    def __init__(self, items: Items, threads: int | None = None) -> None:
        self._items = items
        self._threads = threads
        self.batch_size = batch_size(items.scorer.span)
        self._prepared: tuple[Selection, _Selected] | None = None

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if not users:
            return
        vectors = np.array([user.vector for user in users])
        if selection.mask is None and not selection.popularity_penalty:
            yield from _best_of_spans(users, self._items.scorer, vectors, n, check=self._items.check)
            return
        if self._prepared is None or self._prepared[0] is not selection:
            self._prepared = selection, _Selected(self._items, selection, self._threads)
        yield from self._prepared[1].find(users, vectors, n)


class _Selected:
    """The items of a selection, to be searched for many users.

    Where they are fewer than half, only they are scored.
    """

    def __init__(self, items: Items, selection: Selection, threads: int | None) -> None:
        self._threads = threads
        self._selection = selection
        bias = items.bias
        if selection.popularity_penalty:
            penalties = np.float32(selection.popularity_penalty) * np.log(_counts_for_penalty(items))
            bias = -penalties if bias is None else bias - penalties
        vectors = items.vectors
        self._columns: NDArray[np.int64] | None = None
        if selection.mask is not None and 2 * len(selection.rows) < len(selection.mask):
            self._columns = np.full(len(selection.mask), -1)
            self._columns[selection.rows] = np.arange(len(selection.rows))
            vectors = vectors[selection.rows]
            bias = None if bias is None else bias[selection.rows]
        self._scorer = Scorer(Stored(vectors), len(vectors), cosine=False, bias=bias, threads=threads)

    def find(self, users: Sequence[User], vectors: Floats, n: int) -> Iterator[SearchResult]:
        """See `Search.find`. vectors: float32[q, d], of the users."""
        if self._columns is None:
            yield from _best_of_spans(users, self._scorer, vectors, n, self._selection)
            return
        seen = [self._columns[user.seen] for user in users]
        for found in _best_of_spans(users, self._scorer, vectors, n, seen=seen):
            yield SearchResult(self._selection.rows[found.rows], found.scores)


class HistoryScorer(Protocol):
    """Scores items for histories, without a vector of the user."""

    def scores(self, histories: Histories, /) -> Floats:
        """float32[q, n]: the higher, the better; free to be written to. None of the histories is empty."""


class HistorySearch:
    """Scores every item for the users' histories.

    scorer: makes what does, at the first question: all else that may be wrong is told before.
    threads: that find the best of many users.
    """

    def __init__(
        self, scorer: Callable[[], HistoryScorer], items: Catalogue, threads: int | None = None
    ) -> None:
        self._scorer = cache(scorer)
        self._items = items
        self._threads = threads
        self.batch_size = batch_size(len(items.keys))

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if not users:
            return
        offsets = np.cumsum([0, *(len(user.history) for user in users)], dtype=np.int64)
        histories = Histories(offsets, np.concatenate([user.history for user in users]))
        scores = self._scorer().scores(histories)
        if selection.popularity_penalty:
            scores /= _counts_for_penalty(self._items) ** np.float32(selection.popularity_penalty)
        yield from _best_unseen(users, scores, n, selection, self._threads)


class OrPopular:
    """Searches for those of whom something is known; the others get what is popular.

    Where the items do not say what that is, they get nothing.
    """

    def __init__(self, search: Search, items: Catalogue) -> None:
        self._search = search
        self._popularity = items.popularity()
        self.batch_size = search.batch_size

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`; the score of what is popular is its count, without a penalty."""
        found = self._search.find([user for user in users if user.known], n, selection)
        for user in users:
            yield next(found) if user.known else self._popular(user, n, selection)

    def _popular(self, user: User, n: int, selection: Selection) -> SearchResult:
        if self._popularity is None:
            return SearchResult(np.empty(0, np.int64), np.empty(0, np.float32))
        (found,) = _best_unseen([user], self._popularity[np.newaxis].copy(), n, selection)
        return found


class OnlyShown:
    """Searches for what is not hidden."""

    def __init__(self, search: Search, items: Catalogue) -> None:
        self._search = search
        self._hidden = items.hidden
        self._asked, self._shown = EVERYTHING, self._without_hidden(EVERYTHING)
        self.batch_size = search.batch_size

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`."""
        if selection is not self._asked:  # the same one is prepared once
            self._asked, self._shown = selection, self._without_hidden(selection)
        return self._search.find(users, n, self._shown)

    def _without_hidden(self, selection: Selection) -> Selection:
        if self._hidden is None:
            return selection
        shown = ~self._hidden if selection.mask is None else selection.mask & ~self._hidden
        return replace(selection, mask=shown)


class Reranked:
    """Searches for more than are asked for where answers must not be all alike, and chooses of these.

    items: with vectors where answers are to be diverse.
    """

    def __init__(self, search: Search, items: Catalogue) -> None:
        self._search = search
        self._items = items
        self.batch_size = search.batch_size

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`. There are n answers wherever there are so many, however long that takes."""
        if not selection.reranks:
            return self._search.find(users, n, selection)
        return self._chosen(users, n, selection)

    def _chosen(self, users: Sequence[User], n: int, selection: Selection) -> Iterator[SearchResult]:
        def vectors(rows: NDArray[np.int64]) -> Floats:
            return vectors_of(self._items)[rows]

        def find(user: User, size: int) -> SearchResult:
            return next(self._search.find([user], size, selection))

        for user, found in zip(users, self._search.find(users, candidates(n), selection), strict=True):
            yield SearchResult(*chosen(*found, n, selection, vectors, partial(find, user)))


def vectors_of(items: Catalogue) -> Floats:
    """float32[n, d]: of the items.

    Raises:
        SettingError: they have none, with a baseline.
    """
    if isinstance(items, Items):
        return items.vectors
    raise SettingError("{diversity} needs vectors of items, and {baseline} has none", hint="leave one out")


def _counts_for_penalty(items: Catalogue) -> Floats:
    """float32[n]: how often each item occurred; the median of these where it did not.

    Nobody knows how common an item will be that nobody has had: with any count below those of most others,
    a penalty would leave nothing but such items.

    Raises:
        InputError: nobody knows.
    """
    if items.counts is None:
        raise InputError(
            "the index was made before it said how often items occurred",
            Advice("make it anew with e2v index, or leave out {popularity_penalty}"),
        )
    occurred = items.counts > 0
    expected = np.median(items.counts[occurred]) if occurred.any() else 1
    return np.where(occurred, items.counts, expected).astype(np.float32)


def _best_of_spans(
    users: Sequence[User],
    scorer: Scorer,
    vectors: Floats,
    n: int,
    selection: Selection = EVERYTHING,
    seen: Sequence[NDArray[np.integer[Any]]] | None = None,
    check: Callable[[Floats], None] | None = None,
) -> Iterator[SearchResult]:
    """The n best of the rows that each user may be shown.

    vectors: float32[q, d], of the users. seen: the rows that are not to be shown to each, if not `User.seen`.
    check: is called with all scores.
    """
    seen = [user.seen for user in users] if seen is None else seen

    def leave_out(rows: slice, scores: Floats) -> None:
        if check:
            check(scores)
        if selection.mask is not None:
            scores[:, ~selection.mask[rows]] = -np.inf
        for of_user, of_items in zip(seen, scores, strict=True):
            of_items[of_user[(of_user >= rows.start) & (of_user < rows.stop)] - rows.start] = -np.inf

    for found, scores in zip(*scorer.best(vectors, n, leave_out), strict=True):
        there = found >= 0
        yield SearchResult(found[there], scores[there])


def _best_unseen(
    users: Sequence[User], scores: Floats, n: int, selection: Selection, threads: int | None = None
) -> Iterator[SearchResult]:
    """The n best of the items that each user may be shown. scores: float32[q, n], written to."""
    if selection.mask is not None:
        scores[:, selection.excluded] = -np.inf
    for user, of_items in zip(users, scores, strict=True):
        of_items[user.seen] = -np.inf
    return _best(scores, n, threads)


def _best(scores: Floats, n: int, threads: int | None) -> Iterator[SearchResult]:
    for found, of_items in zip(best_of_each(scores, n, threads), scores, strict=True):
        rows = found[found >= 0]
        yield SearchResult(rows, of_items[rows])
