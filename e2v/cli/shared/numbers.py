"""Numbers and times as people read them, in few characters."""

from __future__ import annotations

import math

_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_DIGITS = 3
#: From here on a number is written short.
_LONG = 10_000


def short(number: float) -> str:
    """A number in a few characters: 1234567 -> '1.23 M', 987 -> '987'."""
    for scale, letter in _SCALES:
        if number >= scale * (1 - 0.5 * 10**-_DIGITS):  # what would be rounded to 1000 of the smaller
            return f"{_rounded(number / scale)} {letter}"
    return _rounded(number)


def _rounded(number: float) -> str:
    """A number below 1000.5, to three digits: '1.20', '12.3', '123'; a whole one as it is."""
    if number == int(number):
        return str(int(number))
    return f"{number:.{max(0, _DIGITS - 1 - max(0, math.floor(math.log10(max(number, 1)))))}f}"


def amount(number: float, unit: str) -> str:
    """So many of something: '1.23 M words', '45.6 MB'."""
    text = short(number)
    if unit != "bytes":
        return f"{text} {unit}"
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def figure(value: float) -> str:
    """A figure beside progress: 4 digits of a fraction, a count in full or, from 10,000 on, short."""
    if abs(value) >= _LONG and math.isfinite(value):
        return short(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:#.4g}"


def clock(seconds: float) -> str:
    """A time in whole seconds: '0:05', '12:34', '1:02:03'."""
    minutes, rest = divmod(math.ceil(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
