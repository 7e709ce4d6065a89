"""What the beginning of a text gives away: that it is a table, or that its words are not set apart."""

from __future__ import annotations

import json
import re

from e2v.errors import InputError
from e2v.inputs.columns import are_column_names
from e2v.inputs.sources import Source

_LOOK = 1 << 17  # bytes that are looked at
_LEAST_LINES = 5
_SEPARATORS = (b"\t", b"::", b",", b";", b"|")
_NUMBER = re.compile(rb'"?-?\d+(\.\d+)?"?')
_NAME = re.compile(rb'"?[A-Za-z_][\w.-]*"?')
_QUOTED = re.compile(rb'"(?:[^"\n]|"")*"')
_HALF = 0.5
#: Marks between values, and how many of them in text have a blank or a line's end after them: nearly all.
_MARKS = re.compile(rb"[,;|]")
_BARE = re.compile(rb"[,;|](?=[^\s,;|])")
_NEARLY_ALL = 0.9

#: Letters of scripts that put no blanks between words: kana, Han.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
#: More than so many such letters to a blank or a line's end are no words, but clauses.
_LETTERS_A_WORD = 8


def refuse_table(source: Source, head: bytes) -> None:
    """InputError where the text is a table or JSON lines without a doubt; prose never is.

    A table has the same number of one separator in every line, and names of columns in the first that logs
    have; or in its columns numbers, under names or without; or nothing but one separator between values
    without blanks.
    """
    # What stands between quotes is one value, whatever separators are in it.
    lines = _whole_lines(_QUOTED.sub(lambda quoted: quoted[0].translate(None, b"\t:,;|"), head[:_LOOK]))
    table = any(_is_table(lines, separator) for separator in _SEPARATORS)
    if table or _is_json(lines):
        what = "a table" if table else "JSON lines"
        name = "-" if str(source) == "stdin" else source.name
        raise InputError(
            f"{source} is {what}, not text",
            f"e2v events {name} reads who had what; if it is text after all, say so: --tokenizer whitespace",
        )


def is_of_values(head: bytes) -> bool:
    """Whether half of the lines have values between commas, semicolons or bars, without blanks, as lists of
    items do; prose has a blank after nearly each.
    """
    lines = _whole_lines(head)
    marks, bare = (sum(len(mark.findall(line)) for line in lines) for mark in (_MARKS, _BARE))
    having = sum(_BARE.search(line) is not None for line in lines)
    return len(lines) >= _LEAST_LINES and bare > _NEARLY_ALL * marks and having > _HALF * len(lines)


def unsegmented(head: bytes) -> bool:
    """Whether most of the text is Chinese or Japanese in which words are not set apart."""
    text = head[:_LOOK].decode("utf-8", "ignore")
    letters = len(_UNSPACED.findall(text))
    return letters > _HALF * sum(map(str.isalpha, text)) and letters > _LETTERS_A_WORD * len(text.split())


def _whole_lines(head: bytes) -> list[bytes]:
    """The lines of the beginning that are not blank, without one that may go on."""
    lines = head[:_LOOK].split(b"\n")
    return [stripped for line in (lines[:-1] if len(lines) > 1 else lines) if (stripped := line.strip())]


def _is_json(lines: list[bytes]) -> bool:
    if len(lines) < _LEAST_LINES or not all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        return False
    try:
        return all(isinstance(json.loads(line), dict) for line in lines[:_LEAST_LINES])
    except ValueError:
        return False


def _is_table(lines: list[bytes], separator: bytes) -> bool:
    """Whether every line has as many of the separator, with values between them."""
    width = lines[0].count(separator) if lines else 0
    if width == 0 or any(line.count(separator) != width for line in lines):
        return False
    names = [name.strip(b' "').decode("utf-8", "replace") for name in lines[0].split(separator)]
    if len(lines) > 1 and are_column_names(names):
        return True
    if len(lines) < _LEAST_LINES:
        return False
    rows = [line.split(separator) for line in lines]
    if separator != b"\t" and all(cell.split() == [cell] for row in rows for cell in row):
        return True  # as text, each line would be one word
    rows = [[cell.strip() for cell in row] for row in rows]
    body = rows[1:]
    columns = [[cell for cell in column if cell] for column in zip(*body, strict=True)]
    numeric = sum(bool(column) and all(map(_NUMBER.fullmatch, column)) for column in columns)
    if all(map(_NAME.fullmatch, rows[0])):
        return numeric > 0
    return width > 1 and numeric > _HALF * len(columns)
