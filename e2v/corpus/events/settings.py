"""The settings of reading events, and of holding some of them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from e2v import common_settings
from e2v.errors import SettingError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.dialect import DialectOptions, delimiter_named, quote_named
from e2v.inputs.encodings import encoding_name
from e2v.settings import resolve, setting

_READING, _VOCABULARY = "How the log is written", "Vocabulary"
_TABLE = {"layout": "table"}


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """Resolved settings of one run.

    layout: `table` has a row for each event, `baskets` a line for each set or history, `user-items` as well,
        after the user's id.
    user, item: told by a table's header unless given, like the dialect.
    ordered: whether histories have an order, by time or that of the input; else they are sets, in which an
        item counts once.
    """

    layout: Literal["table", "baskets", "user-items"] = setting(
        "table",
        "A row for each event; or a line for each basket, of items; or for each user, the user's id first.",
    )
    user: str | None = setting(
        None,
        "The table's column of users: its name, or its number from 1.",
        metavar="COLUMN",
        shown="told by the header",
        only_with=_TABLE,
    )
    item: str | None = setting(
        None, "Its column of items.", metavar="COLUMN", shown="told by the header", only_with=_TABLE
    )
    item_separator: str | None = setting(
        None,
        "What stands between the items of a cell that has several: up to two characters, or a word (tab).",
        metavar="TEXT",
        parse=delimiter_named,
        only_with=_TABLE,
    )
    time: str | None = setting(
        None,
        "Its column of times, numbers or dates: each history in this order.",
        metavar="COLUMN",
        only_with=_TABLE,
    )
    weight: str | None = setting(
        None,
        "Its column of how much an event counts, above 0: as so many events; without, a row cannot be read. "
        "Each item of a cell with several counts so much.",
        metavar="COLUMN",
        only_with=_TABLE,
        group="Events",
    )
    rating: str | None = setting(None, "Its column of ratings.", metavar="COLUMN", only_with=_TABLE)
    min_rating: float | None = setting(None, "Leave out events that are rated lower.", only_with=_TABLE)
    ordered: bool = setting(
        False, "The log is in the order of time, so that items are kept repeated.", only_with={"time": None}
    )
    titles: KeyedColumn | None = setting(
        None,
        "A table of what items are called, and its columns: movies.csv:movieId:title, items.tsv:1:3.",
        metavar="FILE:KEY:TITLE",
        parse=KeyedColumn.parse,
        recorded=False,
    )
    delimiter: str | None = setting(
        None,
        "What separates the fields of the log: a character, or two as in ::, tab, or blanks.",
        metavar="TEXT",
        shown="told by the first lines",
        parse=delimiter_named,
        group=_READING,
    )
    quote: str | None = setting(
        None,
        "What quotes them.",
        metavar="C|none",
        shown='", where the first lines agree; none with :: and blanks',
        parse=quote_named,
        group=_READING,
    )
    encoding: str | None = common_settings.encoding(parse=encoding_name, group=_READING)
    date_order: Literal["day-first", "month-first"] | None = setting(
        None,
        "Whether 03/04/2024 is in April or in March.",
        shown="told by all dates together",
        only_with={"time": ...},
        group=_READING,
    )
    strict: bool = setting(
        False,
        "The first line that cannot be read, or looks odd, is an error.",
        recorded=False,
        group=_READING,
    )
    max_unreadable: float = setting(
        0.5,
        "Refuse a file of which a larger share of lines cannot be read.",
        least=0,
        most=1,
        recorded=False,
        group=_READING,
    )
    min_count: int = common_settings.min_count(1, only_with={"vocab": None}, group=_VOCABULARY)
    max_vocab: int | None = common_settings.max_vocab(only_with={"vocab": None}, group=_VOCABULARY)
    vocab: Path | None = common_settings.frozen_vocabulary(group=_VOCABULARY)

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Times put histories in order."""
        return {"ordered": True} if chosen.get("time") else {}

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            SettingError: one of a pair of settings is missing, or the quote is part of the delimiter.
        """
        if (self.rating is None) != (self.min_rating is None):
            raise SettingError("{rating} and {min_rating} go together", hint="give both or neither")
        if self.quote and self.quote in (self.delimiter or ""):
            raise SettingError("{quote} cannot be {delimiter}, too")

    @property
    def dialect(self) -> DialectOptions:
        """How delimited text is written, as far as it is given."""
        return DialectOptions(self.delimiter, self.quote, self.encoding)

    @property
    def columns(self) -> list[str]:
        """Those of a table, in the order of the attributes."""
        columns = self.user, self.item, self.time, self.weight, self.rating
        return [column for column in columns if column]


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """What is held out."""

    by: Literal["last-out", "random", "time"] = setting(
        "last-out", "Hold out each user's last item, some at random, or all from one moment on."
    )
    share: float = setting(
        0.2, "How much of a user's items is held out.", above=0, below=1, only_with={"by": "random"}
    )
    seed: int = common_settings.seed(only_with={"by": "random"})
    at: str | None = setting(
        None,
        "The moment from which on all is held out: a time in ISO 8601, or a number if the log has numbers.",
        metavar="TIME",
        parse=str,
        only_with={"by": "time"},
    )
    last_share: float = setting(
        0.1,
        "Choose the moment so that this share of all events is held out.",
        above=0,
        below=1,
        only_with={"by": "time", "at": None},
    )

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """A moment cuts by time."""
        return {"by": "time"} if _BY_TIME & chosen.keys() else {}


#: What says that a cut is by time.
_BY_TIME = {"at", "last_share"}


def resolve_split(given: Mapping[str, Any], *, ordered: bool | None) -> SplitSettings:
    """Settings with the defaults for the histories at hand: sets, which have no last item, are cut at random.

    ordered: whether they are in order.

    Raises:
        SettingError: as `e2v.settings.resolve`.
    """
    by_time = any(given.get(name) is not None for name in _BY_TIME)
    return resolve(SplitSettings, given, {"by": "random"} if ordered is False and not by_time else None)
