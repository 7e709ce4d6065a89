"""The settings of reading events, their defaults, and which exclude each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from e2v.errors import UsageError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.dialect import DialectOptions

Layout = Literal["table", "baskets", "user-items"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOptions:
    """Resolved settings of one run.

    layout: `table` has a row for each event, `baskets` a line for each set or history, `user-items` as well,
        after the user's id.
    user, item: columns of a table, by name or by number from 1; empty if its header is to tell them.
    time, rating: further columns, if they are to be used.
    min_rating: events that are rated lower are left out.
    ordered: whether histories have an order, by `time` or that of the input; else they are sets, in which
        an item counts once.
    dialect: how delimited text is written, as far as the user says so.
    labels: where the items' titles are.
    strict: a row that cannot be read is an error.
    min_count: items that fewer events are left of, are left out.
    max_vocab: keep so many of the most frequent items; None keeps all.
    vocab: an artifact whose vocabulary is taken as it is.
    """

    layout: Layout = "table"
    user: str = ""
    item: str = ""
    time: str | None = None
    rating: str | None = None
    min_rating: float | None = None
    ordered: bool = False
    dialect: DialectOptions = field(default_factory=DialectOptions)
    labels: KeyedColumn | None = None
    strict: bool = False
    min_count: int = 1
    max_vocab: int | None = None
    vocab: Path | None = None

    @property
    def columns(self) -> list[str]:
        """Those of a table, in the order of the attributes."""
        return [column for column in (self.user, self.item, self.time, self.rating) if column]

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the result, for its provenance; files appear there by their content."""
        settings: dict[str, Any] = {"layout": self.layout}
        for name in ("user", "item", "time", "rating", "min_rating"):
            value = getattr(self, name)
            if value not in (None, ""):
                settings[name] = value
        for name in ("delimiter", "quote", "encoding"):
            if (value := getattr(self.dialect, name)) is not None:
                settings[name] = value
        if self.vocab is None:
            settings |= {"min_count": self.min_count, "max_vocab": self.max_vocab}
        return settings


def resolve_events(given: Mapping[str, Any]) -> EventOptions:
    """Fill in what the user did not set; `given` maps settings to values, None means not given.

    Raises:
        UsageError: a value out of range, options that exclude each other, or too few to go by.
    """
    explicit = {name: value for name, value in given.items() if value is not None}
    columns = [name for name in ("user", "item", "time", "rating", "min_rating") if name in explicit]
    if explicit.setdefault("layout", "table") != "table":
        if columns:
            raise UsageError(f"{_option(columns[0])} belongs to --layout table", "leave it out")
    elif ("user" in explicit) != ("item" in explicit):
        raise UsageError("--user and --item go together", "give both, or neither if a header names them")
    if ("rating" in explicit) != ("min_rating" in explicit):
        raise UsageError("--rating and --min-rating go together", "give both or neither")
    if "vocab" in explicit:
        for name in ("min_count", "max_vocab"):
            if name in explicit:
                raise UsageError(
                    f"{_option(name)} does not go with --vocab", "a frozen vocabulary is taken as it is"
                )
    if "time" in explicit:
        if explicit.get("ordered"):
            raise UsageError("--ordered says that the input is in order, --time puts it in order", "drop one")
        explicit["ordered"] = True
    options = EventOptions(**explicit)
    for name in ("min_count", "max_vocab"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UsageError(f"{_option(name)} must be at least 1, not {value}")
    if options.min_rating is not None and not math.isfinite(options.min_rating):
        raise UsageError(f"--min-rating {options.min_rating} is not a rating")
    return options


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
