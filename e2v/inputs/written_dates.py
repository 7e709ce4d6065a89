"""Dates as people and spreadsheets write them, with the year last: 31.01.2024, 01/31/2024 2:30 PM.

Whether the day or the month comes first between slashes is not in a date, but in all dates of a column: it is
told where they fit one order only, and never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.inputs.values import EPOCH, Column, ParsedValues, trimmed
from e2v.notices import hint

DateOrder: TypeAlias = Literal["day-first", "month-first"]

_DATE = re.compile(
    r"(?:([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})|([0-9]{4})([./])([0-9]{1,2})\6([0-9]{1,2}))"
    r"(?:,?\s+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)
#: Stands for no time.
_NONE = np.iinfo(np.int64).min
_HALF_A_DAY = 12


class WrittenDates:
    """Reads the dates of one column, a part of it after the other.

    order: which comes first between slashes and dashes; None: told by the dates. Between points the day does.
    """

    def __init__(self, order: DateOrder | None = None) -> None:
        self._order = order
        self._read: dict[str, tuple[int, int]] = {}  # there are many more events than dates

    def read(self, column: Column) -> ParsedValues:
        """int64[n, 2]: microseconds since 1970 in UTC, by either order, the day first and the month first."""
        times = np.array([self._both(text) for text in trimmed(column).strings()], np.int64).reshape(-1, 2)
        return ParsedValues(times, (times == _NONE).all(axis=1))

    def chosen(self, times: NDArray[Any], what: str) -> NDArray[np.int64]:
        """int64[n]: the times in the one order that fits all of them.

        times: int64[n, 2]. what: the column, in a message.

        Raises:
            InputError: none does, or both do, and differ.
        """
        fits = (times != _NONE).all(axis=0)
        if fits.any() and (not fits.all() or (times[:, 0] == times[:, 1]).all()):
            chosen: NDArray[np.int64] = times[:, int(not fits[0])]
            if not fits.all():
                telling = next(text for text, both in self._read.items() if _NONE in both != (_NONE, _NONE))
                first = "day" if fits[0] else "month"
                hint(f"{what}: dates have the {first} first, as '{telling}' tells")
            return chosen
        say = "--date-order day-first or month-first says what is meant"
        if fits.all():
            unsure = next(text for text, (day, month) in self._read.items() if day != month)
            raise InputError(f"{what} has dates such as '{unsure}': is the day first, or the month?", say)
        day_first, month_first = (
            next(text for text, both in self._read.items() if both[one] != _NONE == both[1 - one])
            for one in (0, 1)
        )
        raise InputError(
            f"{what} has '{day_first}', with the day first, and '{month_first}', with the month first",
            f"{say}; the others are left out and reported",
        )

    def _both(self, text: str) -> tuple[int, int]:
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = self._parse(text)
        return found

    def _parse(self, text: str) -> tuple[int, int]:
        match = _DATE.fullmatch(text)
        if match is None:
            return _NONE, _NONE
        one, mark, two, year, first_year, _, month, day, *clock = match.groups()
        if first_year:
            time = _microseconds(first_year, month, day, *clock)
            return time, time
        day_first = _microseconds(year, two, one, *clock)
        month_first = _microseconds(year, one, two, *clock)
        if mark == "." or self._order == "day-first":
            return day_first, day_first
        if self._order == "month-first":
            return month_first, month_first
        return day_first, month_first


def _microseconds(year: str, month: str, day: str, *clock: str | None) -> int:
    """Since 1970; `_NONE` if there is no such time. clock: hour, minute, second, and a or p; or None."""
    hour, minute, second = (int(part or 0) for part in clock[:3])
    if half := clock[3]:
        if not 1 <= hour <= _HALF_A_DAY:
            return _NONE
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half in "Pp" else 0)
    try:
        moment = datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return _NONE
    return (moment - EPOCH) // timedelta(microseconds=1)
