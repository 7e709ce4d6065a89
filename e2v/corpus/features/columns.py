"""Which columns of a table are features, and what they hold: as the command line names them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from e2v.settings import setting

#: What a column of items' features holds: a number, one or more categories, or text.
FeatureKind: TypeAlias = Literal["number", "category", "text"]


class FeatureColumn(NamedTuple):
    """A column, by its name or its number from 1; kind: None is told by its values."""

    name: str
    kind: FeatureKind | None = None


class FeatureColumns(NamedTuple):
    """A table, and which columns of it hold ids and features.

    key: None is the first column. columns: none are all others; then the table begins with their names.
    """

    path: Path
    key: str | None = None
    columns: tuple[FeatureColumn, ...] = ()

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> FeatureColumns:
        """Read `FILE` or `FILE:KEY:COLUMN,COLUMN...`, where a column may be `COLUMN=KIND`.

        Raises:
            ValueError: it names no file, or a column that is none.
        """
        path, *columns = os.fspath(text).rsplit(":", 2)
        if len(columns) != 2 or not all(columns):
            path, columns = os.fspath(text), []
        if not path:
            raise ValueError("takes a table, or one and its columns, as in movies.csv:movieId:title,genres")
        if not columns:
            return cls(Path(path))
        key, values = columns
        named = tuple(_column(value) for value in values.split(","))
        if not all(column.name for column in named):
            raise ValueError("takes the columns of a table, as in movies.csv:movieId:title,genres")
        return cls(Path(path), key, named)

    def record(self) -> dict[str, Any]:
        """What provenance says of them, besides the table."""
        if self.key is None:
            return {}
        return {
            "key": self.key,
            "columns": [f"{name}={kind}" if kind else name for name, kind in self.columns],
        }


def _column(text: str) -> FeatureColumn:
    name, mark, kind = text.rpartition("=")
    for known in get_args(FeatureKind):
        if mark and kind == known:
            return FeatureColumn(name, known)
    return FeatureColumn(text)


def item_features(**declared: Any) -> Any:
    """A table of items."""
    told = "A table with a header: item ids, then categories, numbers or text; or some columns of a table."
    metavar = "FILE[:KEY:COLUMN,COLUMN...]"
    return setting(None, told, metavar=metavar, parse=FeatureColumns.parse, recorded=False, **declared)
