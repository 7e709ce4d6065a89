"""Users and their new events: whose histories grew, and whose vectors stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.features.table import FeatureTable
from e2v.corpus.histories import Histories
from e2v.errors import Advice, InputError
from e2v.recommend.index import require_one_model
from e2v.recommend.user_store import StoredUsers
from e2v.store import Artifact, Keys
from e2v.vectors.matrix import Floats

#: From which on a file of users has whole histories, and not each item once.
_WITH_HISTORIES = 2


class UpdatedUsers(NamedTuple):
    """The users of a file, and then those who are new.

    names: n of them. histories: a row for each, in rows of the model's keys: what was there, and after it
    what is new. changed: bool[n], whose vectors are to be made. vectors: float32[m, d], of the first m users,
    as they were.
    """

    names: Sequence[str]
    histories: Histories
    changed: NDArray[np.bool_]
    vectors: Floats


def updated_users(
    before: Artifact, model: Artifact, users: Sequence[str], events: Histories, table: FeatureTable | None
) -> UpdatedUsers:
    """The users of a file, with new events.

    users, events: whose they are, and a row for each, in rows of the model's keys. table: of features, of all
    users; where it is another one than before, all vectors are to be made anew.

    Raises:
        InputError: the file is of another model, has no whole histories, or its users had features, and
            these are not given.
        DamagedFileError: its histories are none.
    """
    require_one_model(model, before)
    if before.schema < _WITH_HISTORIES:
        raise InputError(
            f"{before.path} has each item of a history once, as files had that could not be updated yet",
            "make it anew: e2v users MODEL CORPUS",
        )
    known = before.made.inner("user_features").text("sha256")
    if known and table is None:
        raise InputError(
            f"{before.path} was made with a table of features", Advice("name it: {user_features} FILE")
        )
    of_old = StoredUsers(before, *model.arrays["input"].shape).histories
    keys = before.keys
    rows = keys.find_all(Keys.from_strings(users)).astype(np.int64)
    new = np.flatnonzero(rows < 0)
    rows[new] = len(keys) + np.arange(len(new))
    n = len(keys) + len(new)
    changed = np.ones(n, np.bool_)
    if table is None or table.record["sha256"] == known:
        changed[: len(keys)] = False
        changed[rows[events.sizes > 0]] = True
    of_events = np.concatenate((of_old.rows, rows[events.rows]))
    order = np.argsort(of_events, kind="stable")
    items = np.concatenate((of_old.items, events.items))[order]
    histories = Histories.of(of_events[order], items, n)
    names = [*keys, *(users[row] for row in new.tolist())]
    return UpdatedUsers(names, histories, changed, before.arrays["vectors"])
