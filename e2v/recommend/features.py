"""What is known of users besides their histories, as numbers: read from a table, and encoded.

A column of numbers is shifted to mean 0 and scaled to standard deviation 1; of any other column, each
value becomes a number of its own, 1 for the users who have it and 0 for the others. What is missing is 0:
like the average, or of no category. A column is of numbers if all that is not missing is; if that is true of
most but not of all, something is wrong with the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import InputError
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import DelimitedTable, open_table
from e2v.inputs.values import DecimalMark, ids, is_ambiguous, is_missing, number, plain_number, readings
from e2v.store import Artifact, ArtifactWriter, Keys
from e2v.vectors.matrix import Floats

#: A column with more values than this is a name rather than a category.
_MOST_VALUES = 1000

#: A column of which this share of the values or more are numbers is one of numbers; others are mistakes.
_MOSTLY = 0.9


@dataclass(frozen=True)
class UserTable:
    """A table as read: users[i] has rows[i], a value for each of the columns, empty where there is none.

    lines: of the rows in the file. record: what provenance says of the file.
    """

    path: Path
    columns: list[str]
    users: list[str]
    rows: list[list[str]]
    lines: list[int]
    record: dict[str, Any]

    def cell(self, row: int, column: int) -> str:
        """A cell in a message: where it is, and what it holds."""
        return f"{self.path}, line {self.lines[row]:,}: {self.columns[column]} is '{self.rows[row][column]}'"


@dataclass(frozen=True)
class UserFeatures:
    """How the columns of a table become F numbers.

    names: of the numbers: a column's, or `column=value`. shift, scale: float32[F].
    """

    names: list[str]
    shift: Floats
    scale: Floats

    @classmethod
    def of(cls, table: UserTable) -> UserFeatures:
        """The encoding that suits a table.

        Raises:
            InputError: a column has too many values to be categories, or is of numbers but for a few.
        """
        names: list[str] = []
        moments: list[tuple[float, float]] = []
        for index, column in enumerate(table.columns):
            values = [row[index] for row in table.rows if row[index]]
            numbers = [value for value in map(number, values) if value is not None]
            if len(numbers) < len(values):
                _refuse_mistakes(table, index, len(numbers), len(values))
                categories = sorted(set(values))
                if len(categories) > _MOST_VALUES:
                    raise InputError(
                        f"{table.path}: column {column} has {len(categories):,} different values",
                        f"a category has at most {_MOST_VALUES:,}",
                    )
                names += [f"{column}={category}" for category in categories]
                moments += [(0.0, 1.0)] * len(categories)
            elif numbers:
                names.append(column)
                moments.append((float(np.mean(numbers)), float(np.std(numbers)) or 1.0))
        shift, scale = np.array(moments, np.float32).reshape(-1, 2).T
        return cls(names, shift, scale)

    @classmethod
    def of_model(cls, model: Artifact) -> UserFeatures | None:
        """The encoding that a model was trained with, or None."""
        if not model.has("features"):
            return None
        return cls(
            list(model.keys_of("features")), *(model.arrays[f"features.{n}"] for n in ("shift", "scale"))
        )

    def write(self, writer: ArtifactWriter) -> None:
        """Add the encoding to a model."""
        writer.add_keys("features", Keys.from_strings(self.names))
        writer.add("features.shift", self.shift)
        writer.add("features.scale", self.scale)

    def encode(self, table: UserTable, users: Iterable[str]) -> tuple[Floats, int]:
        """float32[n, F], the numbers of some users; and how many of them the table has.

        Columns and values that the encoding does not know are passed over.

        Raises:
            InputError: a number is not one; none of the users is in the table.
        """
        known = {name: index for index, name in enumerate(self.names)}
        row_of = {user: row for row, user in enumerate(table.users)}
        users = list(users)
        encoded = np.zeros((len(users), len(self.names)), np.float32)
        found = 0
        for numbers, user in zip(encoded, users, strict=True):
            if (row := row_of.get(user)) is None:
                continue
            found += 1
            for number_in_row, (column, value) in enumerate(zip(table.columns, table.rows[row], strict=True)):
                if not value:
                    continue
                if (index := known.get(column)) is not None:
                    if (parsed := number(value)) is None:
                        raise InputError(f"{table.cell(row, number_in_row)}, and the model takes a number")
                    numbers[index] = (parsed - self.shift[index]) / self.scale[index]
                elif (index := known.get(f"{column}={value}")) is not None:
                    numbers[index] = 1
        if users and not found:
            raise InputError(
                f"{table.path} has none of the {len(users):,} users", "its first column is their ids"
            )
        return encoded, found


def _refuse_mistakes(table: UserTable, column: int, n_numbers: int, n_values: int) -> None:
    """Raise the error for a column that is of numbers but for a few cells; else it is one of categories."""
    if n_numbers < _MOSTLY * n_values:
        return
    row = next(
        row for row, values in enumerate(table.rows) if values[column] and number(values[column]) is None
    )
    raise InputError(
        f"{table.cell(row, column)}, but {n_numbers:,} of the {n_values:,} values are numbers",
        "leave it empty if it is not known; categories are words",
    )


def read_user_table(path: Path) -> UserTable:
    """Read a table of any layout whose first column is the users' ids, with a header.

    Raises:
        InputError: missing, not such a table, a row that cannot be read, a user twice.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    source = Source(str(path))
    table = open_table(source)
    if isinstance(table, DelimitedTable):
        table.names = table.first_row  # which need not look like one where all columns are words
    columns = table.names or []
    if len(columns) < 2:
        raise InputError(f"{source} has no features", "expected a header, then lines of a user id and values")
    if twice := _first_repeated(columns):
        raise InputError(f"{source}: two columns are called {twice}")
    lines: list[int] = []
    users: list[str] = []
    values: list[tuple[str, ...]] = []
    for rows in table.rows(columns, Faults(strict=True)):
        found, missing = ids(rows.columns[0])
        if missing.any():
            row = int(missing.argmax())
            raise InputError(f"{source}, line {rows.first[row]:,}: {columns[0]}, the user's id, is missing")
        lines += rows.first.tolist()
        users += found.strings()
        values += zip(*(column.strings() for column in rows.columns[1:]), strict=True)
    if not users:
        raise InputError(f"{source} has no features", "expected a header, then lines of a user id and values")
    line_of: dict[str, int] = {}
    for user, line in zip(users, lines, strict=True):
        if (first := line_of.setdefault(user, line)) != line:
            raise InputError(f"{source}: user {user} has two rows, in line {first:,} and line {line:,}")
    clean = [["" if is_missing(value) else value for value in row] for row in values]
    read = UserTable(path, columns[1:], users, clean, lines, source.record())
    for index, column in enumerate(read.columns):
        if (mark := table.decimal_mark(column)) != ".":
            _write_with_points(read, index, mark)
    return read


def _write_with_points(table: UserTable, column: int, mark: DecimalMark | None) -> None:
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
