"""Reads what selects keys: lists of them, categories, what is in stock."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from e2v.errors import Advice, InputError, SettingError, UsageError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.keys import read_keys
from e2v.notices import counted, notice, shortened
from e2v.store import Keys
from e2v.vectors.categories import Categories, read_categories, read_quantities
from e2v.vectors.selection import Mask, Selection
from e2v.vectors.settings import Narrowing, SelectionSettings
from e2v.vectors.titles import TitledKeys

#: Parts of FILE:KEY:QUANTITY.
_PARTS = 3


class Selector:
    """Makes selections among keys.

    names: n keys and what they are called. categories: a table of theirs, or None.

    Raises:
        InputError: the table cannot be read, or has a category for none of the keys.
    """

    def __init__(self, names: TitledKeys, categories: KeyedColumn | None = None) -> None:
        self._names = names
        self._table = categories
        self._by_key: Categories = {}
        self._by_row: Mapping[int, frozenset[str]] | None = None
        if categories is not None:
            self._by_key = read_categories(categories)
            find = names.keys.find
            by_row = {row: of for key, of in self._by_key.items() if (row := find(key)) >= 0}
            if not by_row:
                raise InputError(
                    f"{categories.path} has a category for none of the {counted(len(names.keys), 'key')}",
                    f"its column {categories.key_column} should hold keys such as {names.keys[0]}, and holds "
                    f"{shortened(next(iter(self._by_key)))}",
                )
            self._by_row = by_row
        self._named: frozenset[str] = frozenset().union(*self._by_key.values())

    def of(self, settings: SelectionSettings, popularity_penalty: float) -> Selection:
        """What settings select, whose files are read.

        Raises:
            InputError: a file cannot be read, or no key that may be an answer is left.
        """
        mask = None
        if settings.only:
            mask = self._union(self._of_setting(name) for name in settings.only)
        if settings.in_stock is not None:
            mask = _both(mask, self._in_stock(settings.in_stock))
        if settings.not_:
            mask = _both(mask, ~self._union(self._of_setting(name, needed=False) for name in settings.not_))
        if mask is not None and not mask.any():
            raise InputError(
                "no key is left that may be an answer", Advice("look at {only}, {not_} and {in_stock}")
            )
        return Selection(
            mask=mask,
            categories=self._by_row,
            per_category=settings.per_category,
            diversity=settings.diversity,
            popularity_penalty=popularity_penalty,
        )

    def narrowed(self, selection: Selection, asked: Narrowing) -> Selection:
        """A selection, with what a question asks besides. Names that mean nothing select nothing.

        Raises:
            UsageError: no key that may be an answer is left, or there are no categories.
        """
        mask = selection.mask
        for names in (asked.only, asked.in_stock):
            if names is not None:
                mask = _both(mask, self._union(map(self._of_name, names)))
        if asked.not_:
            mask = _both(mask, ~self._union(map(self._of_name, asked.not_)))
        if mask is not None and not mask.any():
            raise UsageError("no key is left that may be an answer", "ask for others")
        if asked.per_category is not None and self._by_row is None:
            raise SettingError("{per_category} needs {categories}", hint="name a table of them")
        given = {
            name: value
            for name in ("per_category", "diversity", "popularity_penalty")
            if (value := getattr(asked, name, None)) is not None
        }
        return replace(selection, mask=mask, **given)

    def _of_setting(self, name: str, *, needed: bool = True) -> Mask:
        """Of a category, or of the keys of a file."""
        if name in self._named:
            return self._of_category(name)
        _require_file(name, self._table, self._named)
        return self._of_keys(read_keys(name), name, needed=needed)

    def _of_name(self, name: str) -> Mask:
        """Of a category, or a key or title."""
        if name in self._named:
            return self._of_category(name)
        found = self._nothing()
        found[self._names.rows_of(name)] = True
        return found

    def _of_category(self, name: str) -> Mask:
        assert self._by_row is not None
        found = self._nothing()
        found[[row for row, names in self._by_row.items() if name in names]] = True
        return found

    def _in_stock(self, source: str) -> Mask:
        if source.count(":") < _PARTS - 1 or Path(source).exists():
            return self._of_keys(read_keys(source), source)
        column = KeyedColumn.parse(source)
        quantities = read_quantities(column)
        there = [key for key, quantity in quantities.items() if quantity > 0]
        if not any(map(self._names.rows_of, there)) and (
            known := list(filter(self._names.rows_of, quantities))
        ):
            amount = "0 or less" if min(quantities[key] for key in known) < 0 else "0"
            raise InputError(
                f"the keys of {column.path} that may be answers ({len(known):,}) all have quantity {amount}",
                f"look at its column {column.value_column}",
            )
        return self._of_keys(there or quantities, str(column.path))

    def _of_keys(self, keys: Iterable[str], file: str, *, needed: bool = True) -> Mask:
        """Of the keys, or titles, in a file; those that are unknown are told of.

        needed: one of them at least is known.
        """
        found = self._nothing()
        total = unknown = 0
        example = ""
        for key in keys:
            total += 1
            rows = self._names.rows_of(key)
            found[rows] = True
            if not rows:
                unknown += 1
                example = example or shortened(key)
        if needed and unknown == total:
            raise InputError(
                f"{file} has none of the {counted(len(self._names.keys), 'key')} that may be answers",
                f"they are such as {self._names.keys[0]}, and it has {example or 'nothing'}",
            )
        if unknown:
            what = f"{unknown:,} of {counted(total, 'key')} that the model does not know, such as {example}"
            notice(f"{file}: {what}")
        return found

    def _nothing(self) -> Mask:
        return np.zeros(len(self._names.keys), np.bool_)

    def _union(self, masks: Iterable[Mask]) -> Mask:
        return functools.reduce(np.logical_or, masks, self._nothing())


def only_keys(
    names: Iterable[str], keys: Keys, table: KeyedColumn | None, categories: Categories
) -> Iterator[str]:
    """The keys of files, as they are there, and those of `keys` that are of a category.

    names: of files and categories. table, categories: where categories are from, and what it has.

    Raises:
        InputError: one is neither.
    """
    named = frozenset().union(*categories.values())
    for name in names:
        if name in named:
            yield from (key for key, of in categories.items() if name in of and key in keys)
        else:
            _require_file(name, table, named)
            yield from read_keys(name)


def _require_file(name: str, table: KeyedColumn | None, categories: Iterable[str]) -> None:
    """See that what is no category is a file, or stdin.

    Raises:
        InputError: it is none; with a category that looks like it.
    """
    if name == "-" or Path(name).exists():
        return
    if table is None:
        raise InputError(f"{name}: no such file", Advice("for categories name a table: {categories}"))
    from e2v.spellings import nearest

    alike = nearest(name, categories)
    raise InputError(
        f"{name} is neither a file nor a category of {table.path}", alike and f"did you mean {alike}?"
    )


def _both(one: Mask | None, other: Mask) -> Mask:
    return other if one is None else one & other
