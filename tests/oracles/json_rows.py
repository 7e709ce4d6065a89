"""Rows of JSON lines, slowly: Python's parser, and what becomes of values."""

from __future__ import annotations

import json
import math


def rows(lines: list[str], columns: list[str]) -> tuple[list[tuple[int, tuple[str, ...]]], list[int]]:
    """The rows, a line number and texts each, "" where a value is missing; and the lines that are none."""
    good, bad = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip(" \t\r"):
            continue
        pairs: list[tuple[str, object]] = []
        try:
            found = json.loads(line, parse_float=parsed_float)
            pairs = json.loads(line, object_pairs_hook=list)
        except (ValueError, RecursionError):
            found = None
        names = [name for name, _ in pairs] if isinstance(found, dict) else []
        once = isinstance(found, dict) and all(names.count(column) < 2 for column in columns)
        values = [text(found.get(column)) for column in columns] if once else [None]
        if None in values:
            bad.append(number)
        else:
            good.append((number, tuple(values)))
    return good, bad


def parsed_float(digits: str) -> float | int:
    """A number with a point or an exponent: a whole one without an exponent is exact, however long."""
    whole, _, fraction = digits.partition(".")
    return int(whole) if not fraction.strip("0") and "e" not in digits.lower() else float(digits)


def text(value: object) -> str | None:
    """A value as text: a whole number as one; None if it is no text and no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        if math.isinf(value):
            return None
        return str(int(value)) if value == int(value) and abs(value) <= 2**53 else repr(value)
    return str(value).strip(" \t\n\v\f\r")
