"""The columns of a table: those that a user names, and what their names say they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from e2v.errors import UsageError

Kind: TypeAlias = Literal["user", "basket", "item", "time", "rating"]


def _words(text: str = "") -> frozenset[str]:
    return frozenset(text.split())


#: What columns are called: of each kind the names that mean nothing else, and those that often mean it.
_NAMES: dict[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "user": (
        _words(
            "user username customer client buyer shopper member visitor reviewer rater listener player "
            "viewer reader subscriber purchaser kunde kunden besteller cliente utilisateur usuario"
        ),
        _words(
            "account person profile login email mail useremail customeremail clientemail memberemail "
            "buyeremail kundenemail kundenmail session author"
        ),
    ),
    "basket": (
        _words(
            "order invoice basket cart transaction receipt bestellung bestell auftrag auftrags rechnung "
            "rechnungs beleg bon warenkorb commande facture pedido factura"
        ),
        _words("purchase sale ticket"),
    ),
    "item": (
        _words(
            "item product article good movie film show anime manga video track song album book isbn isbn13 "
            "asin sku ean upc gtin stockcode app game recipe dish business venue poi joke beer wine course "
            "lineitem lineitemsku "
            "artikel produkt ware producto produit articulo"
        ),
        _words("series artist station restaurant hotel place location page post url news paper goods"),
    ),
    "time": (
        _words(
            "time timestamp datetime date ts unixtime unixreviewtime created createdat ordered orderedat "
            "orderdate ordertime orderdatetime orderedon createdon purchasedat purchasedate transactiondate "
            "saledate eventtime eventdate reviewtime invoicedate ratedat visitedat playedat checkintime "
            "datum bestelldatum kaufdatum auftragsdatum rechnungsdatum belegdatum fecha"
        ),
        _words(),
    ),
    "rating": (_words("rating ratings stars score overall bookrating"), _words()),
}

#: Names that say as they are that a column tells things apart; beside them another may hold titles.
_CODES = _words("sku lineitemsku asin ean upc gtin isbn isbn13 stockcode")
_A_CODE = 3

#: What may follow such a name, and how well the column then tells things apart: titles may be shared.
_SUFFIXES = {"id": 4, "": 2}
_SUFFIXES |= dict.fromkeys(("ids", "uuid", "code", "no", "nr", "num", "number", "nummer", "key"), 3)
_SUFFIXES |= {"name": 1, "title": 1}
_OF_ITEMS = {"s": 1}  # a cell, or a list, of several; other words in the plural are often counts
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


def is_column_name(value: str) -> bool:
    """Whether a value is what columns are called, and few other things are: customer or sku, but not beer."""
    return any(_score(kind, value) >= _CERTAIN + (_A_CODE if kind == "item" else 0) for kind in _NAMES)


def is_certain_name(value: str) -> bool:
    """Whether a value is what columns are called, and nothing else is: customer_id, but not date or stars."""
    is_code = _plain(value) in _CODES
    return not is_code and any(_score(kind, value) >= _CERTAIN + _A_CODE for kind in _NAMES)


def _score(kind: Kind, name: str) -> int:
    """How surely a column of this name is of a kind; 0: not."""
    plain = _plain(name)
    certain, likely = _NAMES[kind]
    found = [0]
    suffixes = _SUFFIXES | _OF_ITEMS if kind == "item" else _SUFFIXES
    for suffix, of_suffix in suffixes.items():
        if plain.endswith(suffix):
            word = plain.removesuffix(suffix)
            worth = _A_CODE if plain in _CODES else of_suffix
            found.append(worth + _CERTAIN if word in certain else worth if word in likely else 0)
    return max(found)


def _plain(name: str) -> str:
    """A name by its letters and digits alone, in lower case."""
    return re.sub(r"[\W_]+", "", name.lower())
