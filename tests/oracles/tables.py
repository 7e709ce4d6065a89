"""Delimited text, ids, numbers and the order of events, plainly: a character at a time, by the definition."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

BLANKS = b" \t\x0b\x0c\r"  # within a line
NO_BREAK = b"\xc2\xa0"


class Row(NamedTuple):
    """fields: trimmed; None where the row cannot be cut up. first, last: its lines, from 1."""

    fields: list[bytes] | None
    first: int
    last: int
    unclosed: bool = False


def rows(text: bytes, delimiter: bytes, quote: bytes = b"", escape: bytes = b"") -> list[Row]:
    """The rows of a text. delimiter: one byte or two, or b"" for runs of blanks."""
    found = []
    at, line = 0, 1
    while at < len(text):
        row, at = _Reader(text, delimiter, quote, escape, at, line).row()
        line = row.last + 1
        if row.fields != []:
            found.append(row)
    return found


class _Reader:
    """Reads one row. at: the place of the next character. line: the line it is on."""

    def __init__(
        self, text: bytes, delimiter: bytes, quote: bytes, escape: bytes, at: int, line: int
    ) -> None:
        self.text, self.delimiter, self.quote, self.escape = text, delimiter, quote, escape
        self.at = at
        self.first = self.line = line

    def row(self) -> tuple[Row, int]:
        """The row, with no fields if there are only blanks, and where the next one begins."""
        fields: list[bytes] = []
        while True:
            self.skip_blanks()
            if self.delimiter == b"" and fields and self.at_end_of_line():
                break
            if self.quote and self.next() == self.quote:
                value = self.quoted()
                if value is None:
                    last = self.line - self.text.endswith(b"\n")
                    return Row(None, self.first, last, unclosed=True), len(self.text)
                after = self.at
                self.skip_blanks()
                is_apart = self.at > after if self.delimiter == b"" else self.at_delimiter()
                if not is_apart and not self.at_end_of_line():
                    while not self.at_end_of_line():
                        self.at += 1
                    return Row(None, self.first, self.line), self.at + 1
                fields.append(trimmed(value))
            else:
                value = b""
                while not self.at_end_of_line() and not self.at_delimiter():
                    value += self.take()
                if value == b"" and not fields and self.at_end_of_line():
                    break  # nothing but blanks
                fields.append(trimmed(value))
            if self.at_end_of_line():
                break
            self.at += len(self.delimiter)
        return Row(fields, self.first, self.line), self.at + 1

    def quoted(self) -> bytes | None:
        """What is between quotes; None: there is no second one."""
        self.take()
        value = b""
        while self.at < len(self.text):
            character = self.take()
            if self.escape and character == self.escape and self.at < len(self.text):
                value += self.take()
            elif character != self.quote:
                value += character
            elif self.next() == self.quote:
                value += self.take()
            else:
                return value
        return None

    def next(self) -> bytes:
        return self.text[self.at : self.at + 1]

    def take(self) -> bytes:
        character = self.next()
        self.line += character == b"\n"
        self.at += 1
        return character

    def at_end_of_line(self) -> bool:
        return self.next() in (b"", b"\n")

    def at_delimiter(self) -> bool:
        if self.delimiter == b"":
            return self.next() != b"" and self.next() in BLANKS
        return self.text.startswith(self.delimiter, self.at)

    def skip_blanks(self) -> None:
        while self.next() != b"" and self.next() in BLANKS and self.next() != self.delimiter[:1]:
            self.at += 1


def trimmed(field: bytes) -> bytes:
    """Without ASCII's blanks and no-break spaces around it."""
    while (shorter := field.strip(BLANKS + b"\n").removeprefix(NO_BREAK).removesuffix(NO_BREAK)) != field:
        field = shorter
    return field


def is_missing(field: bytes) -> bool:
    """Whether a trimmed field stands for no value."""
    return field.lower() in (b"", b"nan", b"null") or field == rb"\N"


def item_id(field: bytes) -> bytes | None:
    """The id that a field is; None: there is none."""
    field = trimmed(field)
    if is_missing(field):
        return None
    whole = re.fullmatch(rb"(-?[0-9]+)\.0+", field)
    return whole.group(1) if whole else field


def number_in_column(field: bytes, mark: str | None) -> float | int | None:
    """The same in a column with this decimal mark; None: nothing tells it."""
    field = trimmed(field)
    sign, digits = (field[:1], field[1:]) if field[:1] in (b"+", b"-") else (b"", field)
    for between in (b",", b"."):
        head, at, group = digits.partition(between)
        plain = head + group
        if at and 1 <= len(head) <= 3 and len(group) == 3 and re.fullmatch(rb"[1-9][0-9]+", plain):
            if mark is None or (mark == "." and between == b","):
                return None
            return number(field, decimal_comma=True) if between.decode() == mark else int(sign + plain)
    return number(field, decimal_comma=mark != ".")


def number(field: bytes, *, decimal_comma: bool = False) -> float | int | None:
    """The number that a field is, an int if it is written as one that fits in 64 bits; None: it is none."""
    text = trimmed(field)
    mark = rb"[.,]" if decimal_comma else rb"\."
    for between, decimal in ((b",", b"."), (b".", b",")):
        sign, digits = (text[:1], text[1:]) if text[:1] in (b"+", b"-") else (b"", text)
        whole, at, cents = digits.partition(decimal)
        head, *groups = whole.split(between)
        grouped = (
            1 <= len(head) <= 3 and head[:1] != b"0" and groups and all(len(group) == 3 for group in groups)
        )
        plain = head + b"".join(groups)
        if re.fullmatch(rb"[0-9]+", plain) and re.fullmatch(rb"[0-9]*", cents):
            if grouped and (at or len(groups) > 1):
                text = sign + plain + (b"." + cents if at else b"")
            elif not groups and decimal == b"," and 1 <= len(cents) <= 2:
                text = sign + plain + b"." + cents
    if re.fullmatch(rb"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if not re.fullmatch(rb"[+-]?([0-9]+(%b[0-9]*)?|%b[0-9]+)([eE][+-]?[0-9]+)?" % (mark, mark), text):
        return None
    value = float(text.replace(b",", b"."))
    return value if math.isfinite(value) else None


def grouped(rows: list[int], values: list[float]) -> list[int]:
    """The positions of events by whose they are, then by a value, then by when they came."""
    return sorted(range(len(rows)), key=lambda event: (rows[event], values[event], event))
