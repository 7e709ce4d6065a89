r"""Ids, numbers and times out of the fields of any table, by one rule for CSV, TSV, JSON lines and Parquet.

Blanks around a value are no part of it. Missing are the empty field, NULL and NaN in any case, and \N.
An id that is a whole number is written as one: `12.0`, as tables of floats have it, is `12`.
Numbers are decimal, of ASCII's digits; 1,016.50 and 1.016,50 are the same. A time is a number, or a date
or time in ISO 8601; `written_dates` has those with the year last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Bytes after a text, so that kernels may read eight at a time.
SPARE = 16

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: Thousands set apart, told by a decimal mark of the other kind or by there being several, and cents. Else a
#: comma may mean two things, as in 1,016.
_GROUPED = re.compile(
    r"(?P<commas>[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]*|[+-]?[0-9]{1,3}(,[0-9]{3}){2,})"
    r"|[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]*|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}|[+-]?[0-9]+,[0-9]{1,2}"
)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3}")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_INT64 = range(-(2**63), 2**63)
_SHOWN = 40
_EXACT = 2**53  # up to which a float64 holds every integer


def padded(data: bytes | memoryview) -> NDArray[np.uint8]:
    """A copy of bytes that kernels may write to, and read eight at a time and a little beyond the end."""
    text = np.empty((len(data) + SPARE + 7) // 8, np.uint64).view(np.uint8)
    text[: len(data)] = np.frombuffer(data, np.uint8)
    text[len(data) :] = 0
    return text


class Column(NamedTuple):
    """n fields: field i is `text[starts[i]:stops[i]]`, UTF-8.

    text: uint8[...], as `padded` makes it. starts, stops: int64[n].
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of(cls, values: Sequence[str | bytes]) -> Column:
        """The column that has these values."""
        encoded = [v if isinstance(v, bytes) else v.encode("utf-8", "surrogateescape") for v in values]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(value) for value in encoded], out=offsets[1:])
        return cls(padded(b"".join(encoded)), offsets[:-1].copy(), offsets[1:].copy())

    def take(self, rows: NDArray[Any]) -> Column:
        """Some of the fields."""
        return Column(self.text, self.starts[rows], self.stops[rows])

    def bytes_at(self, row: int) -> bytes:
        """The field of a row, as bytes."""
        return self.text[self.starts[row] : self.stops[row]].tobytes()

    def string(self, row: int) -> str:
        """The field of a row."""
        return self.bytes_at(row).decode("utf-8", "surrogateescape")

    def strings(self) -> list[str]:
        """All fields."""
        whole = self.text.tobytes()
        places = zip(self.starts.tolist(), self.stops.tolist(), strict=True)
        return [whole[start:stop].decode("utf-8", "surrogateescape") for start, stop in places]

    def shown(self, row: int) -> str:
        """The field of a row in a message, in quotes and cut if it is long."""
        text = self.string(row)
        return f"'{text}'" if len(text) <= _SHOWN else f"'{text[: _SHOWN - 1]}…'"


class ParsedValues(NamedTuple):
    """Values of a column. values: of all rows; wrong: bool[n], where there is none."""

    values: NDArray[Any]
    wrong: NDArray[np.bool_]

    @property
    def first_row(self) -> int:
        """The first row that has a value, or the number of rows."""
        return len(self.wrong) if self.wrong.all() else int(self.wrong.argmin())


def trimmed(column: Column) -> Column:
    """The fields without the blanks around them; `column` is changed, too."""
    from e2v.kernels.text import field_values as fields

    fields.trim(*column)
    return column


def ids(column: Column) -> tuple[Column, NDArray[np.bool_]]:
    """The ids that fields are, and bool[n]: where there is none; `column` is changed, too."""
    from e2v.kernels.text import field_values as fields

    states = np.empty(len(column), np.uint8)
    fields.trim(*column)
    fields.find_ids(*column, states)
    return column, states == fields.MISSING


def numbers(column: Column, *, decimal_comma: bool = False) -> ParsedValues:
    """The finite numbers that fields are, float64, or int64 if all are whole; `column` is trimmed."""
    from e2v.kernels.text import field_values as fields

    n = len(column)
    values, integers, whole = np.zeros(n), np.zeros(n, np.int64), np.empty(n, np.bool_)
    states = np.empty(n, np.uint8)
    fields.trim(*column)
    fields.find_numbers(*column, decimal_comma, values, integers, whole, states)
    for row in np.flatnonzero((states == fields.UNSURE) | (states == fields.OTHER)).tolist():
        text = _ungrouped(column.string(row))
        if decimal_comma:
            text = text.replace(",", ".")
        if _INTEGER.fullmatch(text) and int(text) in _INT64:
            integers[row], whole[row], values[row], states[row] = int(text), True, int(text), fields.VALUE
        elif _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            values[row], states[row] = float(text), fields.VALUE
    if decimal_comma and (with_comma := _holds(column, b",")).any():
        # Then a point is none: 1.016 beside 12,50 is 1016.
        for row in np.flatnonzero((states == fields.VALUE) & ~whole & ~with_comma).tolist():
            text = column.string(row)
            if _THOUSANDS.fullmatch(text):
                values[row] = integers[row] = int(text.replace(".", ""))
                whole[row] = True
    wrong = states != fields.VALUE
    all_whole = bool((whole | wrong).all())
    return ParsedValues(integers if all_whole else values, wrong)


def number(text: str) -> float | None:
    """The finite number that a text is, or None: the rule of `numbers` for a single one."""
    text = _ungrouped(text.strip())
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def is_ambiguous(text: str) -> bool:
    """Whether a text is a whole number with thousands set apart, or one with a decimal comma: 1,016."""
    return _AMBIGUOUS.fullmatch(text) is not None


def _ungrouped(text: str) -> str:
    """A number without what sets thousands apart, and with a decimal point, where there is no doubt."""
    found = _GROUPED.fullmatch(text)
    if found is None:
        return text
    return text.replace(",", "") if found["commas"] else text.replace(".", "").replace(",", ".")


def _holds(column: Column, mark: bytes) -> NDArray[np.bool_]:
    """bool[n]: whether a field has a byte somewhere."""
    places = np.append(np.flatnonzero(column.text == mark[0]), len(column.text))
    found: NDArray[np.bool_] = places[np.searchsorted(places, column.starts)] < column.stops
    return found


def is_missing(text: str) -> bool:
    """Whether people write this where a number or a category is not known: nothing, NaN, NA, N/A or null."""
    return text.strip().lower() in ("", "nan", "na", "n/a", "null", "\\n")


def iso_times(column: Column) -> ParsedValues:
    """The microseconds since 1970, int64, of times in ISO 8601, without a zone UTC; `column` is trimmed."""
    from e2v.kernels.text import field_values as fields

    times, states = np.zeros(len(column), np.int64), np.empty(len(column), np.uint8)
    fields.trim(*column)
    fields.find_iso_times(*column, times, states)
    for row in np.flatnonzero(states == fields.UNSURE).tolist():
        text = column.string(row)
        if text.isascii() and (time := _iso_time(text)) is not None:
            times[row], states[row] = time, fields.VALUE
    return ParsedValues(times, states != fields.VALUE)


def _iso_time(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
    except (ValueError, OverflowError):
        return None
    return since // timedelta(microseconds=1)


def id_text(value: object) -> str | None:
    """A JSON or Arrow value that is text or a number, as text; None: it is neither, or missing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        # Beyond 2^53 a float stands for many integers: none of them is made up.
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    return str(value)
