"""The columns of a table: those that a user names, and what their names say they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from e2v.errors import UsageError

Kind: TypeAlias = Literal["user", "item", "time", "rating"]


def _words(text: str = "") -> frozenset[str]:
    return frozenset(text.split())


#: What columns are called: of each kind the names that mean nothing else, and those that often mean it.
_NAMES: dict[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "user": (
        _words(
            "user username customer client buyer shopper member visitor reviewer rater listener player "
            "viewer reader subscriber kunde cliente utilisateur usuario"
        ),
        _words("account person profile login email mail useremail customeremail session author"),
    ),
    "item": (
        _words(
            "item product article good movie film show anime manga video track song album book isbn isbn13 "
            "asin sku ean upc gtin stockcode app game recipe dish business venue poi joke beer wine course "
            "artikel produkt producto produit"
        ),
        _words("series artist station restaurant hotel place location page post url news paper goods"),
    ),
    "time": (
        _words(
            "time timestamp datetime date ts unixtime unixreviewtime created createdat ordered orderedat "
            "orderdate purchasedat purchasedate eventtime eventdate reviewtime invoicedate ratedat visitedat "
            "playedat checkintime"
        ),
        _words(),
    ),
    "rating": (_words("rating ratings stars score overall bookrating"), _words()),
}

#: What may follow such a name, and how well the column then tells things apart: titles may be shared.
_SUFFIXES = {"id": 3, "": 2, **dict.fromkeys(("ids", "uuid", "code", "no", "nr", "number", "key"), 2)}
_SUFFIXES |= {"name": 1, "title": 1}
_CERTAIN = 10


class KeyedColumn(NamedTuple):
    """A column of a table, and the one of the keys that its values belong to: names, or numbers from 1."""

    path: Path
    key_column: str
    value_column: str

    @classmethod
    def parse(cls, text: str) -> KeyedColumn:
        """Read `FILE:KEY:COLUMN`.

        Raises:
            UsageError: it is not that.
        """
        path, *columns = text.rsplit(":", 2)
        if len(columns) != 2 or not all((path, *columns)):
            raise UsageError(
                f"'{text}' names no columns of a table",
                "write FILE:KEY:COLUMN, as in movies.csv:movieId:title or items.tsv:1:3",
            )
        return cls(Path(path), *columns)

    def __str__(self) -> str:
        return ":".join(map(str, self))

    @property
    def columns(self) -> tuple[str, str]:
        """The columns of keys and of values."""
        return self.key_column, self.value_column


def columns_of_kind(kind: Kind, names: Sequence[str]) -> list[str]:
    """The names that say best that a column is of a kind: of user_id and username only the first.

    userId, USER-ID and "user id" are the same name. Several say it equally well, or none at all.
    """
    scores = [_score(kind, name) for name in names]
    best = max(scores, default=0)
    return [name for name, score in zip(names, scores, strict=True) if score == best > 0]


def are_column_names(row: Sequence[str]) -> bool:
    """Whether the fields of a row are names of columns: two that say different things."""
    return sum(bool(columns_of_kind(kind, row)) for kind in _NAMES) > 1


def _score(kind: Kind, name: str) -> int:
    """How surely a column of this name is of a kind; 0: not."""
    plain = re.sub(r"[\W_]+", "", name.lower())
    certain, likely = _NAMES[kind]
    found = [0]
    for suffix, worth in _SUFFIXES.items():
        if plain.endswith(suffix):
            word = plain.removesuffix(suffix)
            found.append(worth + _CERTAIN if word in certain else worth if word in likely else 0)
    return max(found)
