"""Tables of users or items, whose columns are what is known of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from e2v.corpus.features.columns import FeatureColumns
from e2v.errors import InputError
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import DelimitedTable, Table, open_table
from e2v.inputs.values import DecimalMark, ids, is_ambiguous, is_missing, number, plain_number, readings
from e2v.notices import notice

#: A column of which this share of the values or more are numbers is one of numbers; others are mistakes.
_MOSTLY = 0.9
_HALF = 0.5


@dataclass(frozen=True)
class FeatureTable:
    """A table as read: ids[i], a user or an item, has rows[i], a value for each column, empty for none.

    lines: of the rows in the file. record: what provenance says of the file.
    """

    path: Path
    columns: list[str]
    ids: list[str]
    rows: list[list[str]]
    lines: list[int]
    record: dict[str, Any]

    def cell(self, row: int, column: int) -> str:
        """A cell in a message: where it is, and what it holds."""
        return f"{self.path}, line {self.lines[row]:,}: {self.columns[column]} is '{self.rows[row][column]}'"

    def are_numbers(self, column: int) -> bool:
        """Whether all that a column holds are numbers; of an empty one they are. That half are is told.

        Raises:
            InputError: most are, but not all: something is wrong with the others.
        """
        values = [row[column] for row in self.rows if row[column]]
        n_numbers = sum(number(value) is not None for value in values)
        if n_numbers == len(values):
            return True
        cells = enumerate(row[column] for row in self.rows)
        row = next(row for row, value in cells if value and number(value) is None)
        if n_numbers < _MOSTLY * len(values):
            if n_numbers >= _HALF * len(values):
                notice(
                    f"{self.cell(row, column)}; {n_numbers:,} of the {len(values):,} values are numbers, and "
                    "each is taken for a category, as the others are"
                )
            return False
        raise InputError(
            f"{self.cell(row, column)}, but {n_numbers:,} of the {len(values):,} values are numbers",
            "leave it empty if it is not known; categories are words",
        )

    def require_one_row_each(self, what: Literal["user", "item"]) -> None:
        """Check that nobody has two rows.

        Raises:
            InputError: one has.
        """
        line_of: dict[str, int] = {}
        for each, line in zip(self.ids, self.lines, strict=True):
            if (first := line_of.setdefault(each, line)) != line:
                raise InputError(
                    f"{self.path}: {what} {each} has two rows, in line {first:,} and line {line:,}"
                )


def read_feature_table(given: FeatureColumns, what: Literal["user", "item"]) -> FeatureTable:
    """Read a table of any layout: the ids of users or items, and their features.

    Raises:
        InputError: missing, not such a table, a row that cannot be read.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    source = Source(str(given.path))
    table = open_table(source)
    key, *columns = _columns(table, given, what)
    lines: list[int] = []
    keys: list[str] = []
    values: list[tuple[str, ...]] = []
    for rows in table.rows([key, *columns], Faults(strict=True)):
        found, missing = ids(rows.columns[0])
        if missing.any():
            row = int(missing.argmax())
            raise InputError(f"{source}, line {rows.first[row]:,}: {key}, the {what}'s id, is missing")
        lines += rows.first.tolist()
        keys += found.strings()
        values += zip(*(column.strings() for column in rows.columns[1:]), strict=True)
    if not keys:
        raise _no_features(source, what)
    clean = [["" if is_missing(value) else value for value in row] for row in values]
    read = FeatureTable(given.path, columns, keys, clean, lines, source.record())
    for index, column in enumerate(columns):
        if (mark := table.decimal_mark(column)) != ".":
            _write_with_points(read, index, mark)
    return read


def _columns(table: Table, given: FeatureColumns, what: str) -> list[str]:
    """The column of the ids, and those of the features."""
    if given.key is not None:
        names = [given.key, *(column.name for column in given.columns)]
    else:
        if isinstance(table, DelimitedTable):
            table.names = table.first_row  # which need not look like one where all columns are words
        names = table.names or []
        if len(names) < 2:
            raise _no_features(table.source, what)
    if twice := _first_repeated(names):
        raise InputError(f"{table.source}: two columns are called {twice}")
    return list(names)


def _no_features(source: Source, what: str) -> InputError:
    article = "an" if what == "item" else "a"
    return InputError(
        f"{source} has no features", f"expected a header, then lines of {article} {what} id and values"
    )


def _write_with_points(table: FeatureTable, column: int, mark: DecimalMark | None) -> None:
    """Have the numbers of a column as Python writes them.

    Raises:
        InputError: they may be whole numbers, or have decimals.
    """
    values = [row[column] for row in table.rows]
    doubtful = list(map(is_ambiguous, values))
    if mark is None and any(doubtful):
        others = [value for value, is_doubtful in zip(values, doubtful, strict=True) if not is_doubtful]
        if all(not value or number(value) is not None for value in others):
            row = doubtful.index(True)
            raise InputError(f"{table.cell(row, column)}, {readings(values[row])}")
    for cells, value in zip(table.rows, values, strict=True):
        cells[column] = plain_number(value, mark)


def _first_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
