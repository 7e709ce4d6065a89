"""The users that can be asked for: those of a users file, or of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories, user_histories
from e2v.errors import UnknownKeyError
from e2v.inputs.keys import as_written
from e2v.recommend.user_vectors import something_known, user_vectors
from e2v.store import Artifact, Keys
from e2v.store.content import ids_problems, offsets_problems
from e2v.store.schema import Problem
from e2v.vectors.matrix import Floats
from e2v.vectors.suggest import suggest


class User(NamedTuple):
    """vector: float32[d], as a model makes it; empty without a model. history: int32[m], rows of items.

    known: whether there is something to go by, as by `something_known`. include_seen: whether items of the
    history may be recommended.
    """

    vector: Floats
    history: NDArray[np.int32]
    known: bool = True
    include_seen: bool = False

    @property
    def seen(self) -> NDArray[np.int32]:
        """int32[k], the rows of the items that are not to be recommended."""
        return self.history[:0] if self.include_seen else self.history

    @classmethod
    def of(cls, vector: Floats, history: NDArray[np.int32]) -> User:
        """The user of this history, in rows of the items."""
        (known,) = something_known(vector[np.newaxis], np.array([len(history)])).tolist()
        return cls(vector, history, known)


class UserStore(Protocol):
    """Users by their ids."""

    @property
    def names(self) -> Sequence[str]:
        """The ids of all of them, in their order."""

    def find(self, user: str) -> User:
        """The user of this id.

        Raises:
            UnknownKeyError: there is none of this id; with some that look like it.
        """


class StoredUsers:
    """The users of a users file.

    n_items, dim: of the items, of which they have seen some, and of their vectors.

    Raises:
        DamagedFileError: what they have seen are no such items, or their vectors have another dimension.
    """

    def __init__(self, users: Artifact, n_items: int, dim: int) -> None:
        self.path = users.path
        self.keys = users.keys
        self.vectors: Floats = users.arrays["vectors"]
        self._file = users
        if self.vectors.shape[1] != dim:
            what = f"have {self.vectors.shape[1]:,} dimensions, and those of the items {dim:,}"
            users.refuse([Problem("vectors", what)])
        items, offsets = users.arrays["seen.items"], users.arrays["seen.offsets"]
        users.refuse(offsets_problems("seen.offsets", offsets, "items", len(items)))
        users.refuse(ids_problems("seen.items", items, n_items))
        self.histories = Histories(offsets, items)

    @property
    def names(self) -> Sequence[str]:
        """See `UserStore.names`."""
        return self.keys

    def find(self, user: str) -> User:
        """See `UserStore.find`."""
        row = next((row for name in as_written(user) if (row := self.keys.find(name)) >= 0), -1)
        if row < 0:
            raise _unknown(user, self.keys, str(self.path))
        return self.at(row)

    def at(self, row: int) -> User:
        """The user of a row.

        Raises:
            DamagedFileError: the vector is not finite.
        """
        vector = self.vectors[row]
        if not np.isfinite(vector).all():
            self._file.refuse([Problem("vectors", f"the one of '{self.keys[row]}' is not finite")])
        return User.of(vector, self.histories[row])


class CorpusUsers:
    """The users of a corpus.

    keys: the items. user_of: makes the user of a history, in rows of `keys`, when it is asked for.

    Raises:
        InputError: the corpus does not say whose its sentences are.
    """

    def __init__(self, corpus: Corpus, keys: Keys, user_of: Callable[[NDArray[np.int32]], User]) -> None:
        users, histories = user_histories(corpus)
        self._path = corpus.path
        self._users = users
        self._row_of = {user: row for row, user in enumerate(users)}
        self._histories = histories.renumbered(keys.find_all(corpus.keys))
        self._user_of = user_of

    @property
    def names(self) -> Sequence[str]:
        """See `UserStore.names`."""
        return self._users

    def find(self, user: str) -> User:
        """See `UserStore.find`."""
        row = next((self._row_of[name] for name in as_written(user) if name in self._row_of), None)
        if row is None:
            raise _unknown(user, Keys.from_strings(self._users), str(self._path))
        return self._user_of(self._histories[row])


def user_of_history(model: Artifact, history: NDArray[np.int32]) -> User:
    """The user of this history, in rows of the model's keys; who it is does not matter."""
    alone = Histories(np.array([0, len(history)]), history)
    return User.of(user_vectors(model, alone)[0], history)


def user_without_vector(history: NDArray[np.int32]) -> User:
    """The user of this history, for a search that goes by the history itself."""
    return User(np.empty(0, np.float32), history, known=len(history) > 0)


def _unknown(user: str, users: Keys, path: str) -> UnknownKeyError:
    return UnknownKeyError(user, suggest(users, user), f"among the users of {path}")
