"""When events were, as a corpus keeps it, and moments as people write them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.errors import SettingError
from e2v.inputs.values import EPOCH, Column, iso_times, numbers
from e2v.store.schema import Problem

#: Of times in a corpus: since 1970 in UTC, where the log has dates; or its own numbers.
TimeUnit: TypeAlias = Literal["seconds", "microseconds", "numbers"]
UNITS: tuple[TimeUnit, ...] = ("seconds", "microseconds", "numbers")

_SECOND = 1_000_000  # in microseconds
#: In seconds since 1970: what a date can be.
_YEAR_1, _YEAR_10000 = -62_135_596_800, 253_402_300_800
_INT32 = np.iinfo(np.int32)


def unit_named(name: str | None) -> TimeUnit:
    """The unit of this name; numbers without one."""
    return next((unit for unit in UNITS if unit == name), "numbers")


class Times(NamedTuple):
    """When events were.

    values: int32, int64 or float64[n], finite. unit: of the values.
    """

    values: NDArray[Any]
    unit: TimeUnit

    @classmethod
    def of_log(cls, values: NDArray[Any], *, dates: bool) -> Self:
        """In as few bytes as hold them exactly.

        values: microseconds since 1970, int64, if they are `dates`; else numbers, int64 or float64.
        """
        unit: TimeUnit = "microseconds" if dates else "numbers"
        if dates and not (values % _SECOND).any():
            values, unit = values // _SECOND, "seconds"
        if values.dtype.kind == "i" and _INT32.min <= values.min() and values.max() <= _INT32.max:
            values = values.astype(np.int32)
        return cls(values, unit)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with values that are to be times."""
        if self.unit != "numbers" and len(self.values):
            scale = 1 if self.unit == "seconds" else _SECOND
            first, last = self.values.min().item() // scale, self.values.max().item() // scale
            if not _YEAR_1 <= first <= last < _YEAR_10000:
                yield Problem("times", "are not between the years 1 and 9999")

    def moment(self, text: str) -> int | float:
        """A moment, in the unit of the values: a time in ISO 8601 where they are of dates, else a number.

        What falls between two values is rounded up to the later one.

        Raises:
            SettingError: the setting `at` is no such moment.
        """
        if self.unit == "numbers":
            parsed, wanted = numbers(Column.of([text])), "a number, as times are in the log"
        else:
            parsed, wanted = iso_times(Column.of([text])), "a time in ISO 8601, such as 2024-01-31 18:30"
        if parsed.wrong[0]:
            hint = f"times go {self.span}"
            raise SettingError("{at} must be {}, not {}", wanted, text or "nothing", hint=hint)
        value: int | float = parsed.values[0].item()
        return -(-value // _SECOND) if self.unit == "seconds" else value

    def from_end(self, share: float) -> int | float:
        """The moment from which on there are this share of all values, rounded up to one value at least.

        Values of one moment stay together, so that there may be more.
        """
        n = len(self.values)
        place = n - max(1, math.floor(share * n + 0.5))
        value: int | float = np.partition(self.values, place)[place].item()
        return value

    def shown(self, value: int | float) -> str:
        """A value as `moment` reads it."""
        if self.unit == "numbers":
            return str(value)
        since = timedelta(**{self.unit: value})
        return str((EPOCH + since).replace(tzinfo=None)).removesuffix(" 00:00:00")

    @property
    def span(self) -> str:
        """From when to when they are, in a message."""
        return f"from {self.shown(self.values.min().item())} to {self.shown(self.values.max().item())}"
