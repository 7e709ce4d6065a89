"""What tables say of keys: categories that they belong to, such as the genres of films; what is in stock."""

from __future__ import annotations

from collections.abc import Mapping

from e2v.errors import InputError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import open_table, read_table
from e2v.inputs.values import ids, is_missing, number
from e2v.notices import counted, notice

#: Between the categories of one item, as in MovieLens' Adventure|Children|Fantasy.
_SEPARATOR = "|"

Categories = Mapping[str, frozenset[str]]


def read_categories(source: KeyedColumn) -> dict[str, frozenset[str]]:
    """The categories of each key: an item has several if they are joined by |, or it has several rows.

    Raises:
        InputError: the table is missing, has no such column, or has a row that cannot be read.
    """
    categories: dict[str, frozenset[str]] = {}
    for rows in read_table(Source(str(source.path)), source.columns, Faults(strict=True)):
        keys, _ = ids(rows.columns[0])
        for key, joined in zip(keys.strings(), rows.columns[1].strings(), strict=True):
            found = frozenset(category for part in joined.split(_SEPARATOR) if (category := part.strip()))
            if found:
                categories[key] = categories.get(key, frozenset()) | found
    if not categories:
        raise InputError(f"{source.path} holds no categories")
    return categories


def read_quantities(source: KeyedColumn) -> dict[str, float]:
    """How much there is of each key; the sum, if it has several rows, as of several warehouses.

    What is missing is 0, and told.

    Raises:
        InputError: the table is missing, has no such column, or has a row that cannot be read.
    """
    quantities: dict[str, float] = {}
    without: list[str] = []
    file = Source(str(source.path))
    table = open_table(file)
    faults = Faults(strict=True)
    for rows in table.rows(source.columns, faults):
        keys, _ = ids(rows.columns[0])
        mark = table.decimal_mark(source.value_column)
        for row, (key, text) in enumerate(zip(keys.strings(), rows.columns[1].strings(), strict=True)):
            found = 0.0 if is_missing(text) else number(text, mark)
            if found is None:
                what = f"{source.value_column} is '{text}', no number"
                faults.add(file, int(rows.first[row]), what, int(rows.last[row]))
                continue
            if is_missing(text):
                without.append(key)
            quantities[key] = quantities.get(key, 0.0) + found
    if not quantities:
        raise InputError(f"{source.path} holds no quantities")
    if without:
        notice(f"{file}: no quantity of {counted(len(without), 'key')}, such as {without[0]}: not in stock")
    return quantities
