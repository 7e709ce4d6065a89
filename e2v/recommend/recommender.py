"""All that answers a question: the items and how to search them, the users, the model where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from e2v.corpus.artifact import open_corpus
from e2v.errors import Advice, SharedTitleError, UsageError
from e2v.recommend.index import require_one_model, search_of
from e2v.recommend.items import Items
from e2v.recommend.user_store import CorpusUsers, StoredUsers, User, UserStore, user_of_history
from e2v.store import Artifact, Keys, open_artifact

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
    """Opens what is there, and checks that it belongs together.

    model: opened only where it is needed: without an index, with a corpus, or for a history of items.
    index: else the items are the model's. users, corpus: one of them at most. exact: see `search_of`.
    check_model: open the model in any case, and refuse files that are of another.

    Raises:
        InputError: a file is missing, of another kind or another model; the model has no output vectors.
        MissingExtraError: the index has a graph, and faiss is not there.
    """

    def __init__(
        self,
        model: Path | None,
        *,
        index: Path | None = None,
        users: Path | None = None,
        corpus: Path | None = None,
        exact: bool,
        check_model: bool = False,
    ) -> None:
        self._path = model
        self._model: Artifact | None = None
        self._index = open_artifact(index, "index") if index else None
        self._users = open_artifact(users, "users") if users else None
        require_one_model(self._index, self._users)
        if check_model:
            self._open_model()
        searched = self._index or self._open_model()
        self.items = Items(searched)
        self.search = search_of(searched, self.items, exact=exact)
        self._store: UserStore | None = None
        if self._users:
            self._store = StoredUsers(self._users, len(self.items.keys))
        elif corpus:
            self._store = CorpusUsers(open_corpus(corpus), self._open_model())

    @property
    def artifacts(self) -> list[Artifact]:
        """The files that are open: model, index and users, as far as they are needed."""
        return [each for each in (self._model, self._index, self._users) if each is not None]

    def user(self, name: str) -> User:
        """A user of the users file or of the corpus.

        Raises:
            UnknownKeyError: there is none of this id.
            UsageError: there are no users at all.
        """
        if self._store is None:
            raise UsageError(
                f"where is the history of user {name}?", Advice("name a {corpus}, or {users} of e2v users")
            )
        return self._store.find(name)

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
            InputError: the model, which is needed for a history that is not empty, is missing or another one.
        """
        named = self.items.names
        if strict:
            return HistoryUser(user_of_history(self._open_model(), [named.row(name) for name in names]))
        rows: list[int] = []
        shared: list[SharedTitleError] = []
        for name in names:
            try:
                row = named.find(name)
            except SharedTitleError as error:
                shared.append(error)
            else:
                rows += [row] if row >= 0 else []
        unknown = len(names) - len(rows) - len(shared)
        if not rows:
            nothing = np.zeros(self.items.vectors.shape[1], np.float32)
            return HistoryUser(User.of(nothing, np.empty(0, np.int32)), unknown, shared)
        return HistoryUser(user_of_history(self._open_model(), rows), unknown, shared)

    def _open_model(self) -> Artifact:
        if self._model is None:
            if self._path is None:
                raise UsageError(
                    "a history of items needs the model that makes a vector of it", "name the model"
                )
            self._model = open_artifact(self._path, "model")
            require_one_model(self._model, self._index, self._users)
        return self._model
