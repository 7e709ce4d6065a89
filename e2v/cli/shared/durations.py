"""Times and intervals as people write them: 90s, 15m, 1h30m."""

from __future__ import annotations

import re

from e2v.errors import UsageError

_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def seconds(text: str, option: str) -> float:
    """'1h30m' -> 5400.0; UsageError naming the option if it is not a time."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{option} takes a time such as 90s, 15m or 1h30m, not {text}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def seconds_or_epochs(text: str, option: str) -> tuple[float | None, float | None]:
    """A time in seconds, or a number of epochs such as 2e; the other is None."""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)e", text):
        return None, float(match[1])
    return seconds(text, option), None
