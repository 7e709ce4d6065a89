"""Times and intervals as people write them: 90s, 15m, 1h30m."""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Self

_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


class Interval(NamedTuple):
    """How often: every so many seconds, or epochs."""

    seconds: float | None = None
    epochs: float | None = None

    def is_over(self, seconds: float, epochs: float) -> bool:
        """Whether so much makes one interval."""
        if self.seconds is not None and seconds >= self.seconds:
            return True
        return self.epochs is not None and epochs >= self.epochs


def seconds(given: str | float) -> float:
    """'1h30m' -> 5400.0; a number is seconds.

    Raises:
        ValueError: it is no time.
    """
    if isinstance(given, str):
        parts = re.findall(r"(\d+(?:\.\d+)?)([dhms])", given)
        there = parts and "".join(number + unit for number, unit in parts) == given
        time = sum(float(number) * _SECONDS[unit] for number, unit in parts) if there else math.nan
    else:
        time = float(given)
    if not 0 <= time < math.inf:
        raise ValueError("takes a time such as 90s, 15m or 1h30m")
    return time


class Duration(float):
    """Seconds that were written as a time with its unit, which it is shown and recorded as.

    Raises:
        ValueError: it is no time.
    """

    def __new__(cls, text: str) -> Self:
        """See `seconds`."""
        made = super().__new__(cls, seconds(text))
        made._text = text
        return made

    _text: str

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        """What a copy is made of."""
        return (self._text,)

    def __str__(self) -> str:
        return self._text


def interval(given: str | float | Interval) -> Interval:
    """A time, or a number of epochs such as 2e.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(given, Interval):
        return given
    if isinstance(given, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)e", given)):
        return Interval(epochs=float(match[1]))
    try:
        return Interval(seconds(given))
    except ValueError:
        raise ValueError("takes a time such as 10m, or a number of epochs such as 1e") from None


def shown_time(seconds: float) -> str:
    """A time as people write it, in two units at most: 1h05m, 12m30s, 45s, 2.5s."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    days, hours, minutes = whole // 86_400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{whole % 60:02}s" if minutes else f"{whole}s"
