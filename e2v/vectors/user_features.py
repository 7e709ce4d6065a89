"""What is known of users besides their histories, as numbers: read from a table, and encoded.

A column of numbers is shifted to mean 0 and scaled to standard deviation 1; of any other column, each
value becomes a number of its own, 1 for the users who have it and 0 for the others. What is missing is 0:
like the average, or of no category.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from e2v.errors import InputError
from e2v.store import Artifact, ArtifactWriter, Keys
from e2v.vectors.matrix import Floats

#: A column with more values than this is a name rather than a category.
_MOST_VALUES = 1000


@dataclass(frozen=True)
class UserTable:
    """A table as read: users[i] has rows[i], a value for each of the columns, empty where there is none."""

    path: Path
    columns: list[str]
    users: list[str]
    rows: list[list[str]]


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
            InputError: a column has too many values to be categories.
        """
        names: list[str] = []
        moments: list[tuple[float, float]] = []
        for place, column in enumerate(table.columns):
            values = [row[place] for row in table.rows if row[place]]
            numbers = _numbers(values)
            if numbers is None:
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
        known = {name: place for place, name in enumerate(self.names)}
        row_of = dict(zip(table.users, table.rows, strict=True))
        users = list(users)
        encoded = np.zeros((len(users), len(self.names)), np.float32)
        found = 0
        for numbers, user in zip(encoded, users, strict=True):
            row = row_of.get(user)
            found += row is not None
            for column, value in zip(table.columns, row or (), strict=False):
                if not value:
                    continue
                if (place := known.get(column)) is not None:
                    parsed = _numbers([value])
                    if not parsed:
                        raise InputError(f"{table.path}: {column} of user {user} is not a number: {value}")
                    numbers[place] = (parsed[0] - self.shift[place]) / self.scale[place]
                elif (place := known.get(f"{column}={value}")) is not None:
                    numbers[place] = 1
        if users and not found:
            raise InputError(
                f"{table.path} has none of the {len(users):,} users", "its first column is their ids"
            )
        return encoded, found


def read_user_table(path: Path) -> UserTable:
    """Read a table whose first column is the users' ids.

    It has a header line; if that has a tab it is TSV, else CSV.

    Raises:
        InputError: missing, not such a table, a user twice.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            first = file.readline()
            file.seek(0)
            lines = [
                line
                for line in csv.reader(file, delimiter="\t" if "\t" in first else ",", strict=True)
                if line
            ]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except csv.Error as error:
        raise InputError(f"{path} is not a table: {error}") from error
    if len(lines) < 2 or len(lines[0]) < 2:
        raise InputError(f"{path} has no features", "expected a header, then lines of a user id and values")
    columns, rows = [name.strip() for name in lines[0][1:]], lines[1:]
    if twice := _first_repeated(columns):
        raise InputError(f"{path}: two columns are called {twice}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(lines[0]):
            raise InputError(f"{path}, row {number}: {len(row)} fields, but the header has {len(lines[0])}")
    users = [row[0].strip() for row in rows]
    if twice := _first_repeated(users):
        raise InputError(f"{path}: user {twice} has two rows")
    return UserTable(path, columns, users, [[value.strip() for value in row[1:]] for row in rows])


def _numbers(values: Sequence[str]) -> list[float] | None:
    """The values as finite numbers, or None if one is something else."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _first_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
