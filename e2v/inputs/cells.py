"""What a cell of a table says: a number, or that nothing is known."""

from __future__ import annotations

import re

#: Written where there is no value, in any case of letters.
_MISSING = frozenset(("", "na", "n/a", "nan", "null"))

#: In ASCII digits: Python's float also takes those of other scripts, and 5_0 for 50.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_missing(text: str) -> bool:
    """Whether the cell is empty, NA, N/A, NaN or null."""
    return text.strip().lower() in _MISSING


def number(text: str) -> float | None:
    """The finite number that the cell holds, or None if it holds something else."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if abs(value) != float("inf") else None
