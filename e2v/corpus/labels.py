"""What items are called, such as the titles of films: a column of a table, beside one of the items' ids."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from e2v.errors import InputError, UsageError
from e2v.inputs.faults import Faults
from e2v.inputs.tables import Table
from e2v.inputs.values import ids
from e2v.store import Keys


class LabelSource(NamedTuple):
    """A table and the columns of it that hold keys and labels: names, or numbers from 1."""

    path: Path
    key_column: str
    label_column: str

    @classmethod
    def parse(cls, text: str) -> LabelSource:
        """Read `FILE:KEY:LABEL`.

        Raises:
            UsageError: it is not that.
        """
        path, *columns = text.rsplit(":", 2)
        if len(columns) != 2 or not all((path, *columns)):
            raise UsageError(
                f"'{text}' names no labels",
                "write FILE:KEY:LABEL, as in movies.csv:movieId:title or items.tsv:1:3",
            )
        return cls(Path(path), *columns)

    def __str__(self) -> str:
        return ":".join(map(str, self))


def item_labels(table: Table, source: LabelSource, keys: Keys, faults: Faults) -> Keys:
    """A label for each key, the first that the table has for it; empty where it has none.

    table: that of `source`.

    Raises:
        InputError: the table cannot be read, or has no label for any of the keys.
    """
    labels = [""] * len(keys)
    example = ""
    file = table.source
    for rows in table.rows(source[1:], faults):
        named, missing = ids(rows.columns[0])
        for number, (key, label) in enumerate(zip(named.strings(), rows.columns[1].strings(), strict=True)):
            line = int(rows.first[number])
            example = example or key
            if missing[number] and label:
                faults.add(file, line, f"{source.key_column} is missing", int(rows.last[number]))
                continue
            row = keys.find(key)
            if row < 0 or not label:
                continue
            if labels[row] not in ("", label):
                faults.remark(file, line, f"{key} is called '{labels[row]}' already, not '{label}'")
            labels[row] = labels[row] or label
    if not any(labels):
        raise InputError(
            f"{source.path} has no label for any of the {len(keys):,} items",
            f"its column {source.key_column} should hold ids such as {keys[0]}, "
            f"and holds {example or 'nothing'}",
        )
    return Keys.from_strings(labels)
