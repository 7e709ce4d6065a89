"""All that answers a question: the items and how to search them, the users, the model where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.errors import Advice, SharedTitleError, UnknownKeyError, UsageError
from e2v.recommend.index import require_one_model, search_of
from e2v.recommend.items import Catalogue, Items
from e2v.recommend.search import (
    HistoryScorer,
    HistorySearch,
    OnlyShown,
    OrPopular,
    Reranked,
    Search,
    vectors_of,
)
from e2v.recommend.selecting import SelectingItems
from e2v.recommend.settings import NewItems
from e2v.recommend.user_store import (
    CorpusUsers,
    StoredUsers,
    User,
    UserStore,
    user_of_history,
    user_without_vector,
)
from e2v.store import Artifact, Keys, open_artifact
from e2v.vectors.selection import Selecting
from e2v.vectors.settings import SelectionSettings
from e2v.vectors.titles import TitledKeys

#: Items of a history that are shown.
_SHOWN = 3


def described(user: str | None, items: Sequence[str]) -> str:
    """Who is asked for, in the output: the user, else the first items of the history."""
    if user is not None:
        return user
    more = [f"{len(items) - _SHOWN + 1:,} more"] if len(items) > _SHOWN else []
    return " + ".join([*items[: _SHOWN - len(more)], *more])


class HistoryUser(NamedTuple):
    """The user of a history of named items; how many names are unknown, and which are of several items."""

    user: User
    unknown: int = 0
    shared: Sequence[SharedTitleError] = ()


class Service:
    """Items, how to search them, and the users who can be asked for.

    store: the users by their ids, or None if there are none. user_of: makes the user of a history, in rows of
    the items.
    """

    def __init__(
        self,
        items: Catalogue,
        search: Search,
        store: UserStore | None,
        user_of: Callable[[NDArray[np.int32]], User],
    ) -> None:
        self.items = items
        self.search = Reranked(search, items)
        self._store = store
        self._user_of = user_of

    def selecting(self, settings: SelectionSettings, popularity_penalty: float) -> Selecting:
        """What settings select of the items.

        Raises:
            InputError: see `SelectingItems`.
            SettingError: diversity goes by vectors of items, and there are none.
        """
        if settings.diversity:
            vectors_of(self.items)
        return SelectingItems(self.items, settings, popularity_penalty)

    def user(self, name: str) -> User:
        """A user of the users file or of the corpus; of no name, one of whom nothing is known.

        Raises:
            UnknownKeyError: there is none of this id.
            UsageError: there are no users at all.
        """
        try:
            if self._store is not None:
                return self._store.find(name)
        except UnknownKeyError:
            if name:
                raise
        if name:
            raise UsageError(
                f"where is the history of user {name}?", Advice("name a {corpus}, or {users} of e2v users")
            )
        return user_without_vector(np.empty(0, np.int32))

    @property
    def user_names(self) -> Sequence[str]:
        """The ids of all users of the users file or of the corpus; none without."""
        return () if self._store is None else self._store.names

    def beginning_with(self, begun: str, limit: int) -> list[str]:
        """Up to `limit` ids of users that begin so."""
        from e2v.vectors.suggest import beginning_with

        names = self.user_names
        keys = names if isinstance(names, Keys) else Keys.from_strings(names)
        return beginning_with(keys, begun, limit)

    def user_of_items(self, names: Sequence[str], *, strict: bool) -> HistoryUser:
        """The user of a history of these items, given by key or title.

        strict: an unknown one is an error. Else they are left out, and what is left may be nothing.

        Raises:
            UnknownKeyError: strict, and a name is unknown, or belongs to several items.
            InputError, UsageError: the model, which is needed for a history that is not empty, is missing,
                another one, or not named.
        """
        named = self.items.names
        if strict:
            return HistoryUser(self._user_of(np.array([named.row(name) for name in names], np.int32)))
        rows: list[int] = []
        shared: list[SharedTitleError] = []
        for name in names:
            try:
                row = named.find(name)
            except SharedTitleError as error:
                shared.append(error)
            else:
                rows += [row] if row >= 0 else []
        history = np.array(rows, np.int32)
        user = self._user_of(history) if rows else user_without_vector(history)
        return HistoryUser(user, len(names) - len(rows) - len(shared), shared)


class BaselineService(Service):
    """Recommends to the users of a corpus by a baseline that is computed from it.

    corpus: its file. baseline: computes it. threads: that find the best of many users.

    Raises:
        InputError: the corpus does not say whose its sentences are.
    """

    def __init__(
        self, corpus: Path, baseline: Callable[[Corpus], HistoryScorer], threads: int | None = None
    ) -> None:
        of = open_corpus(corpus)
        store = CorpusUsers(of, of.keys, user_without_vector)
        items = Catalogue(TitledKeys(of.keys, of.titles), of.counts)
        search = OrPopular(HistorySearch(lambda: baseline(of), items, threads), items)
        super().__init__(items, search, store, user_without_vector)


class ModelService(Service):
    """Opens what there is of a model, and checks that it belongs together.

    model: its path, opened only where it is needed: without an index, with a corpus, or for a history of
        items. Or the model where it is open already; then no other file takes its place.
    index: else the items are the model's. users, corpus: one of them at most. exact: see `search_of`.
    check_model: look at the model in any case, and refuse files that are of another. new_items: see `Items`.
        threads: that find the best of many users.

    Raises:
        InputError: a file is missing, of another kind or another model; the model has no output vectors.
        MissingExtraError: the index has a graph, and faiss is not there.
    """

    def __init__(
        self,
        model: Path | Artifact | None,
        *,
        index: Path | None = None,
        users: Path | None = None,
        corpus: Path | None = None,
        exact: bool,
        check_model: bool = False,
        new_items: NewItems | None = None,
        threads: int | None = None,
    ) -> None:
        self._given = model
        self._model: Artifact | None = None
        self._index = open_artifact(index, "index") if index else None
        self._users = open_artifact(users, "users") if users else None
        require_one_model(self._index, self._users)
        if check_model:
            self._open_model()
        searched = self._index or self._open_model()
        items = Items(searched, threads, new_items)
        store: UserStore | None = None
        if self._users:
            store = StoredUsers(self._users, *items.vectors.shape)
        elif corpus:
            store = CorpusUsers(open_corpus(corpus), self._open_model().keys, self._user_of_model)
        search = OnlyShown(search_of(searched, items, exact=exact, threads=threads), items)
        super().__init__(items, search, store, self._user_of_model)

    @property
    def artifacts(self) -> list[Artifact]:
        """The files that are open: model, index and users, as far as they are needed."""
        return [each for each in (self._model, self._index, self._users) if each is not None]

    def user_of_items(self, names: Sequence[str], *, strict: bool) -> HistoryUser:
        """See `Service.user_of_items`. Without the model any name is an error, be the item known or not."""
        if names:
            self._open_model()
        return super().user_of_items(names, strict=strict)

    def _user_of_model(self, history: NDArray[np.int32]) -> User:
        return user_of_history(self._open_model(), history)

    def _open_model(self) -> Artifact:
        if self._model is None:
            if self._given is None:
                raise UsageError(
                    "a history of items needs the model that makes a vector of it", "name the model"
                )
            self._model = (
                self._given if isinstance(self._given, Artifact) else open_artifact(self._given, "model")
            )
            self._model.expect("model")
            require_one_model(self._model, self._index, self._users)
        return self._model
