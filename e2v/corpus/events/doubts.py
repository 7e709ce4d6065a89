"""What makes one think that a log of events should be read otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from e2v.corpus.events.settings import EventSettings
from e2v.corpus.histories import Histories
from e2v.errors import Advice
from e2v.inputs.columns import Kind, columns_of_kind
from e2v.inputs.tables import Table
from e2v.notices import counted

if TYPE_CHECKING:
    from e2v.corpus.events.log import Events

#: That a column is the wrong one is thought where it has so many values, and so many of them once only.
_LEAST_LONELY, _LONELY = 20, 0.95

#: That cells hold several items is thought where so many ids, and such a share, have a separator, and such a
#: share of what it separates comes first in some and later in others.
_LEAST_JOINED, _JOINED, _MOVING = 5, 0.1, 0.3
_KEYS_LOOKED_AT, _SHOWN = 20_000, 40

#: That a line is no event is thought where of so many ids all are whole numbers but so few.
_LEAST_NUMBERS, _FEW = 20, 2


def doubts_of(
    histories: Histories, events: Events, options: EventSettings, table: Table, where: str
) -> list[str]:
    """What makes one think that tables should be read otherwise; where: what they are called."""
    orders = orders_instead(options, table) if events.without_user else None
    said = [
        _odd_ones_out(events, options, where),
        _lost_zeros(events, options, where),
        _lonely(histories, len(events.items), options, table, where),
        None if options.item_separator else _several(events, options, where),
        orders and Advice("{}: {} without a user; {}", where, counted(events.without_user, "row"), orders),
    ]
    return [doubt for doubt in said if doubt]


def orders_instead(options: EventSettings, table: Table | None) -> str | None:
    """What to do about rows without users: take the orders for baskets, if there is a column of them."""
    baskets = columns_of_kind("basket", table.names) if table and table.names else []
    if len(baskets) != 1 or baskets[0] == options.user:
        return None
    return Advice("{user} '{}' reads each {} as a basket", baskets[0], baskets[0])


def _several(events: Events, options: EventSettings, where: str) -> str | None:
    """What is to be said where ids seem to be several items each: their parts come again, in other places.

    That of a product with its colour, size or the like stands in the same place always.
    """
    keys = list(islice(events.items.keys, _KEYS_LOOKED_AT))
    for mark in (",", ";", "|"):
        cut = [[part.strip() for part in key.split(mark)] for key in keys]
        joined = [parts for parts in cut if len(parts) > 1]
        if len(joined) < max(_LEAST_JOINED, _JOINED * len(keys)):
            continue
        seen = Counter(part for parts in joined for part in set(parts))
        first = {parts[0] for parts in cut}
        later = {part for parts in joined for part in parts[1:]}
        again = {part for part, times in seen.items() if times > 1}
        if len(again) > 1 and len(again & first & later) >= _MOVING * len(seen):
            example = next(key for key in keys if mark in key)
            column = f"{where}: {len(joined):,} ids in column {options.item}"
            return Advice(
                "{} seem to be several items each, as '{}' is; {item_separator} '{}' tells them apart",
                column,
                example[:_SHOWN],
                mark,
            )
    return None


def _odd_ones_out(events: Events, options: EventSettings, where: str) -> str | None:
    """What is to be said where a user or two, or items, are words and all others numbers.

    They may be those of a line of totals at the end, or of a second line of names.
    """
    said: list[str] = []
    for noun, keys, column in (
        ("users", events.users.keys, options.user),
        ("items", events.items.keys, options.item),
    ):
        others = np.flatnonzero((keys.blob < ord("0")) | (keys.blob > ord("9")))
        odd = np.unique(np.searchsorted(keys.offsets, others, side="right") - 1)
        if len(keys) >= _LEAST_NUMBERS and 0 < len(odd) <= _FEW:
            named = " and ".join(repr(keys[int(row)][:_SHOWN]) for row in odd)
            said.append(f"of {len(keys):,} {noun} in column {column} all are numbers but {named}")
    return Advice("{}: {}; is that a line of totals, or of names?", where, ", ".join(said)) if said else None


def _lost_zeros(events: Events, options: EventSettings, where: str) -> str | None:
    """What is to be said where numbers are ids with zeros in front and without, as of two exports."""
    said: list[str] = []
    for noun, keys, column in (
        ("users", events.users.keys, options.user),
        ("items", events.items.keys, options.item),
    ):
        numbers = [key for key in islice(keys, _KEYS_LOOKED_AT) if key.isascii() and key.isdigit()]
        first: dict[str, str] = {}  # of those that are alike as numbers
        before = [first.setdefault(key.lstrip("0"), key) for key in numbers]
        twins = [(one, key) for one, key in zip(before, numbers, strict=True) if one != key]
        if twins:
            one, other = twins[0]
            more = f", and {len(twins) - 1:,} more" if len(twins) > 1 else ""
            said.append(f"'{one}' and '{other}' are two {noun} in column {column}{more}")
    return Advice("{}: {}; have some lost the zeros in front?", where, "; ".join(said)) if said else None


def _lonely(
    histories: Histories, n_items: int, options: EventSettings, table: Table, where: str
) -> str | None:
    """What is to be said where nearly every user, or item, has one event, of which nothing can be learned."""
    users = np.bincount(histories.sizes, minlength=2)
    items = np.bincount(np.bincount(histories.items, minlength=n_items), minlength=2)
    said: list[str] = []
    named: Sequence[str] = table.names or ()
    kinds: tuple[tuple[str, Any, str | None, tuple[Kind, ...]], ...] = (
        ("user", users, options.user, ("user", "basket")),
        ("item", items, options.item, ("item",)),
    )
    for noun, sizes, column, likely in kinds:
        n = int(sizes.sum())
        if n < _LEAST_LONELY or sizes[1] < _LONELY * n:
            continue
        better = [name for kind in likely for name in columns_of_kind(kind, named) if name != column]
        what = Advice("is it the right one?")
        if better:
            what = Advice(f"is {{}} the right one ({{{noun}}} '{{}}')?", better[0], better[0])
        of = f"{sizes[1]:,} of {counted(n, noun)} in column {column} have one event each"
        said.append(Advice("{}; {}", of, what))
    return Advice("; ".join(["{}: {}", *["{}"] * (len(said) - 1)]), where, *said) if said else None
