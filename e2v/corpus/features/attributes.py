"""What items have in common: the values in a table of their features, as attributes that several have.

A category is an attribute, and a cell may have several, between bars (or semicolons, where there is no bar).
A number is in one of ten quantiles, or itself where there are no more values than that. Of text each word is
one, in lower case. What only one item has says nothing that the item itself does not, and is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.features.columns import FeatureColumns, FeatureKind
from e2v.corpus.features.table import FeatureTable
from e2v.errors import InputError
from e2v.inputs.values import number
from e2v.kernels.linalg.sparse import WeightedCsr
from e2v.notices import counted, hint, notice
from e2v.store import Keys

#: A column of words is text if so many of its values are different ones, and most have a blank.
_MOSTLY_DIFFERENT, _MOSTLY_SPACED = 0.5, 0.5
_SEPARATORS = "|;"
_QUANTILES = 10


@dataclass(frozen=True)
class ItemAttributes:
    """Which of A attributes items have.

    names: of the attributes, `column=value`. items: the items that have one, in their order in the table.
    rows: a row for each of them, int32, of attributes; ascending, each once.
    """

    names: list[str]
    items: Keys
    rows: list[NDArray[np.int32]]

    @classmethod
    def of(cls, table: FeatureTable, given: FeatureColumns, known: Keys) -> ItemAttributes:
        """What the items of a table have in common; what is left out is told.

        given: says of columns what they hold, if anybody did. known: items that somebody has had, of which
        one at least has each attribute, or nothing could be learned of it. An item of several rows has what
        is in all of them.

        Raises:
            InputError: no two items have anything in common; or a number is not one.
        """
        place_of: dict[str, int] = {}
        places = [place_of.setdefault(item, len(place_of)) for item in table.ids]
        kinds = [column.kind for column in given.columns] or [None] * len(table.columns)
        numbers: dict[str, int] = {}
        found: list[set[int]] = [set() for _ in place_of]
        is_known = (known.find_all(Keys.from_strings(place_of)) >= 0).tolist()
        lost, described = 0, []
        for index, (column, kind) in enumerate(zip(table.columns, kinds, strict=True)):
            values, holds = _values(table, index, kind)
            having: dict[str, set[int]] = {}
            for place, of in zip(places, values, strict=True):
                for value in of:
                    having.setdefault(value, set()).add(place)
            shared = [value for value, of in having.items() if len(of) > 1 and any(is_known[p] for p in of)]
            lost += len(having) - len(shared)
            described.append(f"{column}: {holds(len(shared))}")
            number_of = {value: numbers.setdefault(f"{column}={value}", len(numbers)) for value in shared}
            for place, of in zip(places, values, strict=True):
                found[place].update(number_of[value] for value in of if value in number_of)
        if not numbers:
            raise InputError(
                f"{table.path}: no two items have a value in common", "a feature is what several have"
            )
        hint(f"{table.path}: {'; '.join(described)}")
        if lost:
            others = "" if all(is_known) else ", or only items that nobody has had"
            notice(f"{table.path}: left out: {counted(lost, 'value')} that only one item has{others}")
        if len(places) > len(place_of):
            joined = sum(n > 1 for n in Counter(places).values())
            notice(
                f"{table.path}: {counted(joined, 'item')} with several rows, whose values are put together"
            )
        rows = [np.array(sorted(each), np.int32) for each in found]
        kept = [place for place, row in enumerate(rows) if len(row)]
        names = list(place_of)
        return cls(
            list(numbers), Keys.from_strings(names[place] for place in kept), [rows[place] for place in kept]
        )

    def matrix(self, keys: Keys) -> WeightedCsr:
        """A row for each key: 1 / sqrt(n) for each of the n attributes that it has, if any."""
        place_of = self.items.find_all(keys)
        nothing = np.empty(0, np.int32)
        rows = [self.rows[place] if place >= 0 else nothing for place in place_of.tolist()]
        sizes = np.array([len(row) for row in rows], np.int64)
        offsets = np.concatenate(([0], np.cumsum(sizes)))
        weights = (1 / np.sqrt(np.repeat(sizes, sizes))).astype(np.float32)
        return WeightedCsr(offsets, np.concatenate([nothing, *rows]), weights)


_Holds = Callable[[int], str]


def _values(table: FeatureTable, column: int, kind: FeatureKind | None) -> tuple[list[list[str]], _Holds]:
    """The values of each row, and how to say what the column holds if so many of them are kept."""
    cells = [row[column] for row in table.rows]
    filled = [cell for cell in cells if cell]
    if kind is None:
        kind = _kind_of(table, column, filled)
    if kind == "number":
        return _in_quantiles(table, column, cells)
    if kind == "text":
        return _words(cells), lambda n: counted(n, "word")
    separator = next((mark for mark in _SEPARATORS if any(mark in cell for cell in filled)), None)
    parts = [cell.split(separator) if separator else [cell] for cell in cells]
    values = [[value for part in of if (value := part.strip())] for of in parts]
    several = ", several in a cell" if separator else ""
    return values, lambda n: f"{counted(n, 'category')}{several}"


def _kind_of(table: FeatureTable, column: int, filled: list[str]) -> FeatureKind:
    """What a column holds, by its values."""
    if any(mark in cell for cell in filled for mark in _SEPARATORS):
        return "category"
    if table.are_numbers(column):
        return "number"
    spaced = sum(" " in cell for cell in filled)
    is_text = len(set(filled)) > _MOSTLY_DIFFERENT * len(filled) and spaced > _MOSTLY_SPACED * len(filled)
    return "text" if is_text else "category"


def _in_quantiles(table: FeatureTable, column: int, cells: list[str]) -> tuple[list[list[str]], _Holds]:
    numbers: list[float | None] = []
    for row, cell in enumerate(cells):
        value = number(cell) if cell else None
        if cell and value is None:
            raise InputError(
                f"{table.cell(row, column)}, which is no number", "leave it empty if it is not known"
            )
        numbers.append(value)
    known = np.array([value for value in numbers if value is not None])
    if len(np.unique(known)) <= _QUANTILES:
        return [[] if value is None else [f"{value:g}"] for value in numbers], lambda n: counted(n, "value")
    bounds = np.unique(np.quantile(known, np.arange(1, _QUANTILES) / _QUANTILES))
    bins = [None if value is None else int(np.searchsorted(bounds, value, side="right")) for value in numbers]
    ends = ["", *(f"{bound:g}" for bound in bounds), ""]
    return [[] if k is None else [f"{ends[k]}..{ends[k + 1]}"] for k in bins], lambda n: counted(
        n, "quantile"
    )


def _words(cells: Iterable[str]) -> list[list[str]]:
    from e2v.corpus.text.tokenizers import TOKENIZERS

    tokenizer = TOKENIZERS["word"]()

    def words(cell: str) -> list[str]:
        separated = tokenizer.separate(cell.lower().encode("utf-8", "surrogateescape"))
        return separated.decode("utf-8", "surrogateescape").split()

    return [words(cell) for cell in cells]
