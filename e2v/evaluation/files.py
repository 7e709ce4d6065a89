"""Reading test files: small texts, in UTF-8 with any line ending, errors told with the line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from e2v.errors import InputError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, without their ends, each with its number from 1.

    A byte order mark is dropped; bytes that are not UTF-8 are kept as surrogates, as keys keep them.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
            for number, line in enumerate(file, 1):
                text = line.rstrip("\r\n")
                if text.strip():
                    yield number, text
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def split_line(path: Path, number: int, line: str, delimiter: str | None) -> list[str]:
    """The fields of a line, without the spaces around them.

    delimiter: a tab; a comma, with CSV's quotes; or None for runs of white space.

    Raises:
        InputError: it is not CSV.
    """
    if delimiter != ",":
        return [field.strip() for field in line.split(delimiter)]
    try:
        return [field.strip() for field in next(csv.reader([line]))]
    except csv.Error as error:
        raise bad_line(path, number, str(error)) from error


def bad_line(path: Path, number: int, problem: str, hint: str | None = None) -> InputError:
    """An error that says which line of which file."""
    return InputError(f"{path}, line {number}: {problem}", hint)
