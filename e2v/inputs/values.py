r"""Ids, numbers and times out of the fields of any table, by one rule for CSV, TSV, JSON lines and Parquet.

Blanks around a value are no part of it. Missing are the empty field, NULL and NaN in any case, and \N.
An id that is a whole number is written as one: `12.0`, as tables of floats have it, is `12`.
Numbers are decimal, of ASCII's digits; 1,016.50 and 1.016,50 are the same; what 1.016 is its column tells.
A time is a number, or a date or time in ISO 8601; `written_dates` has those with the year last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Bytes after a text, so that kernels may read eight at a time.
SPARE = 16

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATES = (datetime.min, datetime.max)  # in UTC
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: Thousands set apart, told by a decimal mark of the other kind or by there being several, and cents.
_GROUPED = re.compile(
    r"(?P<commas>[+-]?[1-9][0-9]{0,2}((,[0-9]{3})+\.[0-9]*|(,[0-9]{3}){2,}))"
    r"|[+-]?[1-9][0-9]{0,2}((\.[0-9]{3})+,[0-9]*|(\.[0-9]{3}){2,})|[+-]?[0-9]+,[0-9]{1,2}"
)
#: Else a mark may mean two things, as in 1,016 and 1.016, but not in 0,125.
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_AMBIGUOUS_LENGTHS = (len("1.016"), len("+100.016"))
_DECIMALS = 3
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_INT64 = range(-(2**63), 2**63)
_SHOWN = 40
_EXACT = 2**53  # up to which a float64 holds every integer

#: What stands before the decimals of numbers.
DecimalMark: TypeAlias = Literal[".", ","]


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
    def n_right(self) -> int:
        """How many rows have a value."""
        return len(self.wrong) - int(np.count_nonzero(self.wrong))


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


def numbers(column: Column, mark: DecimalMark | None = ".") -> ParsedValues:
    """The finite numbers that fields are, float64, or int64 if all are whole; `column` is trimmed.

    mark: the decimal mark of the column, see `decimal_mark`.
    """
    from e2v.kernels.text import field_values as fields

    n = len(column)
    values, integers, whole = np.zeros(n), np.zeros(n, np.int64), np.empty(n, np.bool_)
    states = np.empty(n, np.uint8)
    fields.trim(*column)
    fields.find_numbers(*column, mark != ".", values, integers, whole, states)
    unread = (states == fields.UNSURE) | (states == fields.OTHER)
    if mark != ".":
        unread |= _may_be_ambiguous(column)
    for row in np.flatnonzero(unread).tolist():
        text = _plain(column.string(row), mark)
        whole[row], states[row] = False, fields.OTHER
        if _INTEGER.fullmatch(text) and int(text) in _INT64:
            integers[row], whole[row], values[row], states[row] = int(text), True, int(text), fields.VALUE
        elif _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            values[row], states[row] = float(text), fields.VALUE
    wrong = states != fields.VALUE
    all_whole = bool((whole | wrong).all())
    return ParsedValues(integers if all_whole else values, wrong)


def number(text: str, mark: DecimalMark | None = ".") -> float | None:
    """The finite number that a text is, or None: the rule of `numbers` for a single one."""
    text = _plain(text.strip(), mark)
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def decimal_mark(values: Iterable[str], default: DecimalMark | None = ".") -> DecimalMark | None:
    """The decimal mark of a column, told by values that can be read in one way only, as 12,50 or 0.125 can.

    default: where no value tells. None: some tell the one and some the other.
    """
    told = {mark for value in values if (mark := _mark_told_by(value))}
    return default if not told else told.pop() if len(told) == 1 else None


def _mark_told_by(text: str) -> DecimalMark | None:
    if found := _GROUPED.fullmatch(text):
        return "." if found["commas"] else ","
    if _AMBIGUOUS.fullmatch(text) or not _NUMBER.fullmatch(text.replace(",", ".")):
        return None
    return "," if "," in text else "." if "." in text else None


def is_ambiguous(text: str) -> bool:
    """Whether a text is a whole number with thousands set apart, or one with decimals: 1,016 or 1.016."""
    return _AMBIGUOUS.fullmatch(text) is not None


def readings(text: str) -> str:
    """What a text may be that is ambiguous, in a message."""
    whole, decimal = text.replace(",", "").replace(".", ""), text.replace(",", ".")
    return f"which may be {whole} or {decimal}: {whole} and {decimal}0 leave no doubt"


def plain_number(text: str, mark: DecimalMark | None) -> str:
    """A number as Python writes it, and other text as it is."""
    plain = _plain(text, mark)
    return plain if _NUMBER.fullmatch(plain) else text


def _may_be_ambiguous(column: Column) -> NDArray[np.bool_]:
    """bool[n]: whether a field is as long as those that are, and has a mark where they have it."""
    shortest, longest = _AMBIGUOUS_LENGTHS
    lengths = column.stops - column.starts
    at = column.text[np.maximum(column.stops - _DECIMALS - 1, 0)]
    has_mark = (at == ord(".")) | (at == ord(","))
    found: NDArray[np.bool_] = has_mark & (lengths >= shortest) & (lengths <= longest)
    return found


def _plain(text: str, mark: DecimalMark | None) -> str:
    """A number without what sets thousands apart, and with a decimal point; "" where that is in doubt."""
    if found := _GROUPED.fullmatch(text):
        return text.replace(",", "") if found["commas"] else text.replace(".", "").replace(",", ".")
    if is_ambiguous(text) and mark != ".":
        return "" if mark is None else text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if mark != "." else text


def is_missing(text: str) -> bool:
    """Whether people write this where a number or a category is not known: nothing, NaN, NA, N/A or null."""
    return text.strip().lower() in ("", "nan", "na", "n/a", "null", "\\n")


def iso_times(column: Column) -> ParsedValues:
    """The microseconds since 1970, int64, of times in ISO 8601, without a zone UTC; `column` is trimmed.

    A time that its zone puts beyond the years 1 to 9999 of UTC is none.
    """
    from e2v.kernels.text import field_values as fields

    times, states = np.zeros(len(column), np.int64), np.empty(len(column), np.uint8)
    fields.trim(*column)
    fields.find_iso_times(*column, times, states)
    for row in np.flatnonzero(states == fields.UNSURE).tolist():
        text = column.string(row)
        if text.isascii() and (time := _iso_time(text)) is not None:
            times[row], states[row] = time, fields.VALUE
    first, last = ((moment.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND for moment in _DATES)
    return ParsedValues(times, (states != fields.VALUE) | (times < first) | (times > last))


def _iso_time(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
    except (ValueError, OverflowError):
        return None
    return since // _MICROSECOND


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
