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

import numpy as np

from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.table import FeatureTable, read_feature_table
from e2v.errors import InputError
from e2v.inputs.values import number
from e2v.store import Artifact, ArtifactWriter, Keys
from e2v.store.content import feature_problems
from e2v.vectors.matrix import Floats

#: A column with more values than this is a name rather than a category.
_MOST_VALUES = 1000


@dataclass(frozen=True)
class UserFeatures:
    """How the columns of a table become F numbers.

    names: of the numbers: a column's, or `column=value`. shift, scale: float32[F].
    """

    names: list[str]
    shift: Floats
    scale: Floats

    @classmethod
    def of(cls, table: FeatureTable) -> UserFeatures:
        """The encoding that suits a table.

        Raises:
            InputError: a column has too many values to be categories, or is of numbers but for a few, or its
                numbers have no mean or deviation in 32 bits.
        """
        names: list[str] = []
        moments: list[tuple[float, float]] = []
        for index, column in enumerate(table.columns):
            values = [row[index] for row in table.rows if row[index]]
            if not table.are_numbers(index):
                categories = sorted(set(values))
                if len(categories) > _MOST_VALUES:
                    raise InputError(
                        f"{table.path}: column {column} has {len(categories):,} different values",
                        f"a category has at most {_MOST_VALUES:,}",
                    )
                names += [f"{column}={category}" for category in categories]
                moments += [(0.0, 1.0)] * len(categories)
            elif values:
                numbers = [value for value in map(number, values) if value is not None]
                with np.errstate(over="ignore", invalid="ignore"):
                    both = np.array([np.mean(numbers), np.std(numbers)]).astype(np.float32)
                if not np.isfinite(both).all():
                    raise InputError(
                        f"{table.path}: column {column} has numbers that are too large", "divide them all"
                    )
                names.append(column)
                moments.append((float(both[0]), float(both[1]) or 1.0))
        shift, scale = np.array(moments, np.float32).reshape(-1, 2).T
        return cls(names, shift, scale)

    @classmethod
    def of_model(cls, model: Artifact) -> UserFeatures | None:
        """The encoding that a model was trained with, or None.

        Raises:
            DamagedFileError: numbers cannot be encoded so.
        """
        if not model.has("features"):
            return None
        model.refuse(feature_problems(model.arrays))
        return cls(
            list(model.keys_of("features")), *(model.arrays[f"features.{n}"] for n in ("shift", "scale"))
        )

    def write(self, writer: ArtifactWriter) -> None:
        """Add the encoding to a model."""
        writer.add_keys("features", Keys.from_strings(self.names))
        writer.add("features.shift", self.shift)
        writer.add("features.scale", self.scale)

    def encode(self, table: FeatureTable, users: Iterable[str]) -> tuple[Floats, int]:
        """float32[n, F], the numbers of some users; and how many of them the table has.

        Columns and values that the encoding does not know are passed over.

        Raises:
            InputError: a number is not one; none of the users is in the table.
        """
        known = {name: index for index, name in enumerate(self.names)}
        row_of = {user: row for row, user in enumerate(table.ids)}
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


def read_user_table(path: Path) -> FeatureTable:
    """Read a table of any layout whose first column is the users' ids, with a header.

    Raises:
        InputError: missing, not such a table, a row that cannot be read, a user twice.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    table = read_feature_table(FeatureColumns(path), "user")
    table.require_one_row_each("user")
    return table
