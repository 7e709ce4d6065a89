"""Rows written as text that every reader of rows here reads back as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

_DELIMITER, _QUOTE = "\t", '"'

#: Begins a text with bytes that are not UTF-8, so that whoever reads it does not take it for Latin-1.
UTF8_MARK = "\ufeff"


def write_rows(file: IO[str], rows: Iterable[Sequence[str]], *, quote_all: bool = False) -> None:
    """Write each row as a line: tab-separated, with CSV's quotes around the fields that need them.

    Those are fields that hold a tab, a line end or a quote, that are empty, that begin or end with a blank,
    or that begin as something else than a table would: JSON, or a byte order mark.
    """
    for row in rows:
        file.write(_DELIMITER.join(_written(field, quote_all) for field in row) + "\n")


def _written(field: str, quote: bool) -> str:
    if (
        quote
        or any(mark in field for mark in '\t\n\r"')
        or field.strip() != field
        or field[:1] in ("", *"{[\ufeff")
    ):
        return f"{_QUOTE}{field.replace(_QUOTE, _QUOTE * 2)}{_QUOTE}"
    return field
