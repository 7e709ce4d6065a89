"""Where a table begins: what stands above the names of its columns, and lines that are no lists of items."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from e2v.inputs.columns import are_column_names, is_column_name
from e2v.inputs.dialect import Cut, DialectOptions, cut_sample, detect_dialect

#: How many lines may stand above the header, and how many of the rows below it are as long as it is.
_MOST_ABOVE, _EVEN = 20, 0.9
#: Excel's own: a first line that says what separates the fields.
_DIRECTIVE = re.compile(rb'"?sep=([^\r\n"]{1,2})"?\r?(?:\n|$)', re.IGNORECASE)


class Above(NamedTuple):
    """What is no part of a table: its first bytes, and how many lines they are."""

    n_bytes: int = 0
    n_lines: int = 0


def directive(head: bytes, given: DialectOptions) -> tuple[Above, DialectOptions]:
    """A first line such as `sep=;`, and what is known of the text with it."""
    found = _DIRECTIVE.match(head)
    if found is None or not found[1].isascii():
        return Above(), given
    delimiter = found[1].decode() if given.delimiter is None else given.delimiter
    return Above(found.end(), 1), replace(given, delimiter=delimiter)


def titles_above(head: bytes, given: DialectOptions) -> Above | None:
    """The lines above a header that is one without a doubt; None: there is none, or nothing above it.

    It has usual names of columns, nearly all rows below it have as many fields, and those above it have
    not, or are half empty, as titles are.
    """
    at = 0
    for n_lines, line in enumerate(head.split(b"\n", _MOST_ABOVE)[:_MOST_ABOVE]):
        if n_lines and _has_names(line, given) and _is_header(head, at, given):
            return Above(at, n_lines)
        at += len(line) + 1
    return None


def n_even(sample: Cut) -> int:
    """How many rows there are below the first, if nearly all have as many fields as it; else 0."""
    widths = sample.widths
    even = len(widths) > 1 and widths[0] > 1 and float(np.mean(widths == widths[0])) >= _EVEN
    return len(widths) - 1 if even else 0


def first_even_line(head: bytes, given: DialectOptions) -> int:
    """The first line from which on nearly all rows have equally many fields, from 1; 0: there is none."""
    at = 0
    for number, line in enumerate(head.split(b"\n", _MOST_ABOVE)[:_MOST_ABOVE], 1):
        if line.strip() and n_even(cut_sample(head[at:], detect_dialect(head[at:], given))):
            return number
        at += len(line) + 1
    return 0


def _has_names(line: bytes, given: DialectOptions) -> bool:
    """Whether the fields of a line are names of columns, whatever stands between them."""
    text = line.decode("utf-8", "surrogateescape")
    return any(
        _are_names([value.strip().strip('"') for value in text.split(mark)])
        for mark in ([given.delimiter] if given.delimiter else ["\t", ";", ",", "|"])
    )


def _are_names(values: list[str]) -> bool:
    return (
        len(values) > 1
        and all(values)
        and len(set(values)) == len(values)
        and (are_column_names(values) or any(map(is_column_name, values)))
    )


def _is_header(head: bytes, at: int, given: DialectOptions) -> bool:
    """Whether the line at a place is the header of what is below it, and what is above it are no rows."""
    below = head[at:]
    dialect = detect_dialect(below, given)
    cut = cut_sample(below, dialect)
    if not n_even(cut) or cut.faults[0] or not _are_names(cut.row(0)):
        return False
    width = int(cut.widths[0])
    above = cut_sample(head[:at], dialect)
    filled = [sum(map(bool, above.row(row))) for row in range(len(above.first))]
    return all(
        n != width or 2 * n_filled <= width for n, n_filled in zip(above.widths.tolist(), filled, strict=True)
    )
