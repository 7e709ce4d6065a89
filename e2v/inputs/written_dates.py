"""Dates as people and spreadsheets write them, with the year last: 31.01.2024, 01/31/2024 2:30 PM.

Whether the day or the month comes first between slashes is not in a date, but in all dates of a column: it is
told where they fit one order only, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.inputs.values import EPOCH, Column, ParsedValues, trimmed
from e2v.notices import hint

DateOrder: TypeAlias = Literal["day-first", "month-first"]
_T = TypeVar("_T")

_DATE = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})|([0-9]{4})([./])([0-9]{1,2})\6([0-9]{1,2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?")
_MOST_KEPT = 100_000  # of dates, and of clocks
#: Stands for no time.
_NONE = np.iinfo(np.int64).min
_MINUTE, _HOUR, _HALF_A_DAY = 60, 3600, 12


class WrittenDates:
    """Reads the dates of one column, a part of it after the other.

    order: which comes first between slashes and dashes; None: told by the dates. Between points the day does.
    """

    def __init__(self, order: DateOrder | None = None) -> None:
        self._order = order
        # There are many more events than days, or seconds of a day.
        self._dates: dict[str, tuple[int, int]] = {}
        self._clocks: dict[str, int] = {}
        self._examples: dict[tuple[bool, bool, bool], str] = {}  # by what fits, and whether it differs

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
                telling = self._examples[bool(fits[0]), bool(fits[1]), True]
                first = "day" if fits[0] else "month"
                hint(f"{what}: dates have the {first} first, as '{telling}' tells")
            return chosen
        say = Advice("{date_order} day-first or month-first says what is meant")
        if fits.all():
            unsure = self._examples[True, True, True]
            raise InputError(f"{what} has dates such as '{unsure}': is the day first, or the month?", say)
        day_first, month_first = self._examples[True, False, True], self._examples[False, True, True]
        raise InputError(
            f"{what} has '{day_first}', with the day first, and '{month_first}', with the month first",
            Advice("{}; the others are left out and reported", say),
        )

    def _both(self, text: str) -> tuple[int, int]:
        """The microseconds by either order; `_NONE` where there is no such time."""
        date, *clock = text.split(None, 1)[:2] or [""]
        seconds = 0
        if clock:
            date = date.removesuffix(",")
            seconds = _kept(self._clocks, clock[0], _seconds)
        day_first, month_first = _kept(self._dates, date, self._midnights)
        if seconds < 0 or day_first == month_first == _NONE:
            return _NONE, _NONE
        micros = seconds * 1_000_000
        return (
            _NONE if day_first == _NONE else day_first + micros,
            _NONE if month_first == _NONE else month_first + micros,
        )

    def _midnights(self, text: str) -> tuple[int, int]:
        match = _DATE.fullmatch(text)
        if match is None:
            return _NONE, _NONE
        one, mark, two, year, first_year, _, month, day = match.groups()
        if first_year:
            midnight = _midnight(first_year, month, day)
            return midnight, midnight
        day_first, month_first = _midnight(year, two, one), _midnight(year, one, two)
        if mark == "." or self._order == "day-first":
            return day_first, day_first
        if self._order == "month-first":
            return month_first, month_first
        kind = day_first != _NONE, month_first != _NONE, day_first != month_first
        self._examples.setdefault(kind, text)
        return day_first, month_first


def _kept(known: dict[str, _T], text: str, read: Callable[[str], _T]) -> _T:
    """What a text is read as, kept for when it comes again."""
    found = known.get(text)
    if found is None:
        if len(known) >= _MOST_KEPT:  # of a column of something else
            known.clear()
        found = known[text] = read(text)
    return found


def _midnight(year: str, month: str, day: str) -> int:
    """In microseconds since 1970; `_NONE` if there is no such day."""
    try:
        return (datetime(int(year), int(month), int(day), tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    except ValueError:
        return _NONE


def _seconds(clock: str) -> int:
    """Since midnight; -1 if there is no such time."""
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return -1
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if half := match[4]:
        if not 1 <= hour <= _HALF_A_DAY:
            return -1
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half in "Pp" else 0)
    within = hour < 2 * _HALF_A_DAY and minute < _MINUTE and second < _MINUTE
    return hour * _HOUR + minute * _MINUTE + second if within else -1
