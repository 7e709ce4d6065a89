"""Which columns of a table hold users, items and times, where their names leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

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


def called(kind: Kind, names: Sequence[str]) -> list[str]:
    """The names that say best that a column is of a kind: of user_id and username only the first.

    userId, USER-ID and "user id" are the same name. Several say it equally well, or none at all.
    """
    scores = [_score(kind, name) for name in names]
    best = max(scores, default=0)
    return [name for name, score in zip(names, scores, strict=True) if score == best > 0]


def name_columns(row: Sequence[str]) -> bool:
    """Whether the fields of a row are names of columns: two that say different things."""
    return sum(bool(called(kind, row)) for kind in _NAMES) > 1


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
