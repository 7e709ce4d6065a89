"""What items are called, such as the titles of films: a column of a table, beside one of the items' ids."""

from __future__ import annotations

from e2v.errors import InputError
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.faults import Faults
from e2v.inputs.tables import Table
from e2v.inputs.values import ids
from e2v.store import Keys


def item_titles(table: Table, source: KeyedColumn, keys: Keys, faults: Faults) -> Keys:
    """A title for each key, the first that the table has for it; empty where it has none.

    table: that of `source`.

    Raises:
        InputError: the table cannot be read, or has no title for any of the keys.
    """
    titles = [""] * len(keys)
    example = ""
    file = table.source
    for rows in table.rows(source.columns, faults):
        named, missing = ids(rows.columns[0])
        for number, (key, title) in enumerate(zip(named.strings(), rows.columns[1].strings(), strict=True)):
            line = int(rows.first[number])
            example = example or key
            if missing[number] and title:
                faults.add(file, line, f"{source.key_column} is missing", int(rows.last[number]))
                continue
            row = keys.find(key)
            if row < 0 or not title:
                continue
            if titles[row] not in ("", title):
                what = f"{key} is called '{titles[row]}' already, not '{title}'"
                faults.remark(file, line, what, kind="called otherwise")
            titles[row] = titles[row] or title
    if not any(titles):
        raise InputError(
            f"{source.path} has no title for any of the {len(keys):,} items",
            f"its column {source.key_column} should hold ids such as {keys[0]}, "
            f"and holds {example or 'nothing'}",
        )
    return Keys.from_strings(titles)
