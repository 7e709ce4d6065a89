"""Columns of JSON objects: one a line, or in an array."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from e2v.errors import InputError
from e2v.inputs.faults import Faults
from e2v.inputs.lines import lines_of
from e2v.inputs.sources import Source
from e2v.inputs.tables import Rows, Table, listed
from e2v.inputs.values import Column, id_text, trimmed

_ROWS_AT_ONCE = 1 << 13
_SAMPLE = 1000  # objects that tell which names there are
_LONGEST = 1 << 26  # characters of an object in an array, after which it counts as no object
_BLANKS = " \t\n\r"


class _Twice(NamedTuple):
    """What stands for an object in which a name occurs more than once."""

    name: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return _Twice(next(name for name in names if names.count(name) > 1))


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


class JsonTable(Table):
    """JSON lines, or an array of objects. An object is a row, and a name in it a column."""

    def __init__(self, source: Source, head: bytes) -> None:
        self.source = source
        self._is_array = head.lstrip().startswith(b"[")
        self.form = "a JSON array" if self._is_array else "JSON lines"
        sample = _objects_of_array(source, [head], cut=True) if self._is_array else _lines(lines_of([head]))
        self._seen: dict[str, Any] = {}
        for _, found in islice(sample, _SAMPLE):
            if isinstance(found, dict):
                self._seen = found | self._seen
        if not self._seen:
            raise InputError(f"{source} begins like JSON, and holds no object in its first lines")
        self.names = list(self._seen)

    def rows(self, columns: Sequence[str], faults: Faults) -> Iterator[Rows]:
        """See `Table.rows`; columns have names only."""
        for column in columns:
            if column not in self._seen:
                raise self._no_column(column)
        chunks = self.source.chunks()
        objects = _objects_of_array(self.source, chunks) if self._is_array else _lines(lines_of(chunks))
        while batch := list(islice(objects, _ROWS_AT_ONCE)):
            yield self._batch(batch, columns, faults)

    def _batch(self, batch: list[tuple[int, Any]], columns: Sequence[str], faults: Faults) -> Rows:
        lines: list[int] = []
        values: list[list[str]] = [[] for _ in columns]
        for line, found in batch:
            if not isinstance(found, dict):
                what = f"it has '{found.name}' twice" if isinstance(found, _Twice) else "not a JSON object"
                faults.add(self.source, line, what)
                continue
            row = [_text(found.get(column)) for column in columns]
            if None in row:
                faults.add(self.source, line, f"{columns[row.index(None)]} is no text and no number")
                continue
            lines.append(line)
            for of_column, value in zip(values, row, strict=True):
                of_column.append(value or "")
        numbers = np.array(lines, np.int64)
        return Rows(numbers, numbers, [trimmed(Column.of(of_column)) for of_column in values])

    def _no_column(self, column: str) -> InputError:
        outer, dot, inner = column.partition(".")
        nested = [name for name, value in self._seen.items() if isinstance(value, dict)]
        if dot and outer in nested:
            hint = f"jq -c '{{{inner}: .{column}, ...}}' takes what is nested out"
        else:
            hint = f"there are {listed(self.names or ())}"
        return InputError(f"{self.source} has no field '{column}'", hint)


def _text(value: object) -> str | None:
    """A value as text, "" where it is missing; None: it is something else."""
    if value is None or value != value:  # nan is not equal to itself  # noqa: PLR0124
        return ""
    text = id_text(value)
    try:
        if text is not None:
            text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return text


def _lines(lines: Iterator[str]) -> Iterator[tuple[int, Any]]:
    """What the lines that are not blank hold, None where that is no JSON."""
    for number, line in enumerate(lines, 1):
        if line.strip(_BLANKS):
            try:
                yield number, _DECODER.decode(line)
            except (ValueError, RecursionError):
                yield number, None


def _objects_of_array(
    source: Source, chunks: Iterable[bytes], *, cut: bool = False
) -> Iterator[tuple[int, Any]]:
    """The elements of an array, with the lines on which they begin.

    cut: the text may end anywhere.

    Raises:
        InputError: an element is no JSON; where the next one begins cannot be told then.
    """
    decode = _DECODER.raw_decode
    text, at, line = "", 0, 1
    wanted = "["  # what has to come next
    pieces = _decoded(chunks)
    more = True
    while True:
        while at < len(text) and text[at] in _BLANKS:
            line += text[at] == "\n"
            at += 1
        problem = None
        if at < len(text):
            mark = text[at]
            if wanted in ("[", ","):
                if mark == wanted:
                    wanted, at = "value", at + 1
                    continue
                if wanted == "," and mark == "]":
                    return
                problem = f"{wanted} expected, not {mark}"
            elif mark == "]":  # of an empty array, or after a comma too many
                return
            else:
                try:
                    found, end = decode(text, at)
                except (ValueError, RecursionError) as error:
                    problem = str(error)
                else:
                    if end < len(text) or not more or mark in '{["':  # others may go on
                        yield line, found
                        line += text.count("\n", at, end)
                        at, wanted = end, ","
                        continue
        piece = next(pieces, "") if len(text) - at <= _LONGEST else ""
        more = bool(piece)
        text, at = text[at:] + piece, 0
        if not piece:
            if cut:
                return
            raise InputError(
                f"{source}, line {line:,}: the JSON array ends early or is damaged: {problem or 'no ]'}",
                "jq -c '.[]' FILE checks it, and makes lines of it",
            )


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text of chunks of UTF-8, which may end within a character; an array may be a single line."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text
    if last := decoder.decode(b"", final=True):
        yield last
