"""Which columns of a table hold users and items, where their names leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from e2v.corpus.tables import column_names
from e2v.errors import UsageError
from e2v.inputs.sources import Source

_USERS = {"user", "uid", "customer", "client", "member", "visitor", "reviewer"}
_ITEMS = {
    "item",
    "iid",
    "product",
    "article",
    "movie",
    "film",
    "track",
    "song",
    "book",
    "asin",
    "sku",
    "isbn",
}
_TIMES = {"time", "timestamp", "datetime", "date"}


class Guess(NamedTuple):
    """The columns of a table, by name.

    time: a column that looks like times. It is told of and not used: an order makes another corpus.
    """

    user: str
    item: str
    time: str | None


def guess_columns(source: Source) -> Guess:
    """The columns of users and items, in a table that calls them so: `user_id`, `movieId`, `asin`.

    Only the names are looked at, never the data, and of each kind there must be exactly one.

    Raises:
        UsageError: it does not.
        InputError: the table cannot be read.
    """
    names = column_names(source)
    users, items, times = (_called(kind, names) for kind in (_USERS, _ITEMS, _TIMES))
    if len(users) != 1 or len(items) != 1:
        raise UsageError(
            f"which columns of {source} hold users and items? it has {_listed(names)}",
            "name them with --user and --item, or say --layout baskets or user-items",
        )
    return Guess(users[0], items[0], times[0] if len(times) == 1 else None)


def _called(kind: set[str], names: Sequence[str]) -> list[str]:
    """Those of the names that are of a kind, as they are or as an id: user, userId, USER_ID, user-id."""
    plain = {name: re.sub(r"[\s_.-]", "", name.lower()) for name in names}
    return [name for name in names if {plain[name], plain[name].removesuffix("id")} & kind]


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 30 else f"{name[:29]}…" for name in names[:10]]
    return ", ".join(shown) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
