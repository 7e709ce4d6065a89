"""Columns of JSON objects: one a line, or in an array."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.inputs.columns import columns_of_kind
from e2v.inputs.faults import Faults
from e2v.inputs.lines import LONGEST_LINE, lines_of, whole_lines
from e2v.inputs.sources import Source
from e2v.inputs.tables import Rows, Table, joined_names
from e2v.inputs.values import Column, id_text, padded, trimmed

_ROWS_AT_ONCE = 1 << 13
_SAMPLE = 1000  # objects that tell which names there are
_BLANKS = " \t\n\r"


class _Repeating(dict[str, Any]):
    """An object in which names occur more than once; which, is in `names`."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.names = {name for name in names if names.count(name) > 1}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeating(pairs)


def _float(text: str) -> float | int:
    """A whole number is one, whatever its size, as it is in every other format."""
    whole = re.fullmatch(r"(-?[0-9]+)\.0*", text)
    return int(whole[1]) if whole else float(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float)


class JsonTable(Table):
    """JSON lines, or an array of objects. An object is a row, and a name in it a column."""

    def __init__(self, source: Source, head: bytes) -> None:
        self.source = source
        self._is_array = head.lstrip().startswith(b"[")
        self.form = "a JSON array" if self._is_array else "JSON lines"
        lines = _lines(lines_of([head], source))
        sample = _objects_of_array(source, [head], partial=True) if self._is_array else lines
        self._seen: dict[str, Any] = {}
        for _, found in islice(sample, _SAMPLE):
            if isinstance(found, dict):
                self._seen = found | self._seen
        if not self._seen:
            raise InputError(f"{source} begins like JSON, and holds no object in its first lines")
        self.names = list(self._seen)

    def rows(self, columns: Sequence[str], faults: Faults, lists: str | None = None) -> Iterator[Rows]:
        """See `Table.rows`; columns have names only."""
        for column in columns:
            if column not in self._seen:
                raise self._no_column(column)
        different = list(dict.fromkeys(columns))
        indices = [different.index(column) for column in columns]
        return (
            rows._replace(columns=[rows.columns[index] for index in indices])
            for rows in self._rows(different, faults, lists)
        )

    def _rows(self, columns: Sequence[str], faults: Faults, lists: str | None) -> Iterator[Rows]:
        if self._is_array:
            objects = _objects_of_array(self.source, self.source.chunks())
            while batch := list(islice(objects, _ROWS_AT_ONCE)):
                numbers = np.array([line for line, _ in batch], np.int64)
                texts, counts, wrong = _texts(batch, columns, lists)
                self._refuse(wrong, faults)
                kept = np.repeat(numbers, counts)
                yield Rows(kept, kept, [trimmed(Column.of(of_column)) for of_column in texts])
            return
        line = 1
        for block in whole_lines(self.source.chunks(), self.source):
            text = padded(block if block.endswith(b"\n") else block + b"\n")
            start, stop = 0, len(block) + (not block.endswith(b"\n"))
            while start < stop:
                found, start, line = _simple_objects(text, start, stop, line, columns)
                yield self._rows_of(found, columns, faults, lists)

    def _rows_of(self, found: _Objects, columns: Sequence[str], faults: Faults, lists: str | None) -> Rows:
        """The rows of lines: objects that are not simple are read by Python's parser."""
        from e2v.kernels.text.json_fields import OTHER

        hard = np.flatnonzero(found.hard)
        objects = [(int(found.lines[row]), _parsed(found.line(row))) for row in hard.tolist()]
        counts = np.ones(len(found.lines), np.int64)
        texts, counts[hard], wrong = _texts(objects, columns, lists)
        for row in np.flatnonzero((found.kinds == OTHER).any(axis=0) & ~found.hard).tolist():
            counts[row] = 0
            column = int((found.kinds[:, row] == OTHER).argmax())
            wrong.append((int(found.lines[row]), _no_value(columns[column])))
        self._refuse(wrong, faults)
        kept = np.repeat(np.arange(len(counts)), counts)
        hard = np.flatnonzero(found.hard[kept])
        read = []
        for of_column, every_start, every_stop in zip(texts, found.starts, found.stops, strict=True):
            text, starts, stops = found.text, every_start[kept], every_stop[kept]
            if len(hard):
                parsed = Column.of(of_column)
                starts[hard], stops[hard] = parsed.starts + len(text), parsed.stops + len(text)
                text = np.concatenate((text, parsed.text))
            read.append(trimmed(Column(text, starts, stops)))
        return Rows(found.lines[kept], found.lines[kept], read)

    def _refuse(self, wrong: list[tuple[int, str]], faults: Faults) -> None:
        for line, why in sorted(wrong):
            faults.add(self.source, line, why)

    def _no_column(self, column: str) -> InputError:
        outer, dot, inner = column.partition(".")
        nested = [name for name, value in self._seen.items() if isinstance(value, dict)]
        if dot and outer in nested:
            hint = f"jq -c '{{{inner}: .{column}, ...}}' takes what is nested out"
        else:
            hint = f"there are {joined_names(self.names or ())}"
        return InputError(f"{self.source} has no field '{column}'", hint)


def _texts(
    objects: list[tuple[int, Any]], columns: Sequence[str], lists: str | None
) -> tuple[list[list[str]], NDArray[np.int64], list[tuple[int, str]]]:
    """The values of each column, as text; int64[n]: how many rows each object is; what is wrong.

    lists: the column of which each element of a list makes a row.
    """
    counts = np.zeros(len(objects), np.int64)
    values: list[list[str]] = [[] for _ in columns]
    wrong: list[tuple[int, str]] = []
    for number, (line, found) in enumerate(objects):
        if not isinstance(found, dict):
            wrong.append((line, "not a JSON object"))
            continue
        if isinstance(found, _Repeating) and (twice := found.names.intersection(columns)):
            wrong.append((line, f"it has '{min(twice)}' twice"))
            continue
        elements = found.get(lists) if lists else None
        elements = elements or [None] if isinstance(elements, list) else None
        several = [found] if elements is None else [{**found, lists: element} for element in elements]
        rows = [[_text(of_row.get(column)) for column in columns] for of_row in several]
        none = next(
            ((of_row, row.index(None)) for of_row, row in zip(several, rows, strict=True) if None in row),
            None,
        )
        if none is not None:
            column = columns[none[1]]
            in_list = column == lists and elements is not None
            wrong.append((line, _no_value(column, none[0][column], in_list=in_list)))
            continue
        counts[number] = len(rows)
        for row in rows:
            for of_column, text in zip(values, row, strict=True):
                of_column.append(text or "")
    return values, counts, wrong


def _no_value(column: str, value: object = None, *, in_list: bool = False) -> str:
    if isinstance(value, dict) and value:
        inner = (columns_of_kind("item" if in_list else "user", list(value)) or list(value))[0]
        taken = f"map(.{inner})" if in_list else f".{inner}"
        what = "objects" if in_list else "an object"
        return f"{column} holds {what}: jq -c '.{column} |= {taken}' FILE takes what is in it out"
    return f"{column} is no text and no number"


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
    return ((number, _parsed(line)) for number, line in enumerate(lines, 1) if line.strip(_BLANKS))


def _parsed(line: str) -> Any:
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


class _Objects(NamedTuple):
    """The values of c names in n lines; see `e2v.kernels.text.json_fields.find_json_values`."""

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    lines: NDArray[np.int64]
    hard: NDArray[np.bool_]
    ends: NDArray[np.int64]

    def line(self, row: int) -> str:
        """A line that is not simple, whole."""
        return self.text[self.starts[0, row] : self.ends[row]].tobytes().decode("utf-8", "surrogateescape")


def _simple_objects(
    text: NDArray[np.uint8], start: int, stop: int, line: int, columns: Sequence[str]
) -> tuple[_Objects, int, int]:
    """Some lines of a text that ends with a line feed, where the next one begins, and its number."""
    from e2v.kernels.text import json_fields

    names = Column.of(columns)
    bounds = np.append(names.starts, names.stops[-1:])
    starts, stops = np.empty((2, len(columns), _ROWS_AT_ONCE), np.int64)
    kinds, hard = np.empty((len(columns), _ROWS_AT_ONCE), np.uint8), np.empty(_ROWS_AT_ONCE, np.bool_)
    lines, ends = np.empty((2, _ROWS_AT_ONCE), np.int64)
    n, start, line = json_fields.find_json_values(
        text, start, stop, line, names.text, bounds, starts, stops, kinds, lines, hard, ends
    )
    by_column = (starts[:, :n], stops[:, :n], kinds[:, :n])
    return _Objects(text, *by_column, lines[:n], hard[:n], ends[:n]), start, line


def _objects_of_array(
    source: Source, chunks: Iterable[bytes], *, partial: bool = False
) -> Iterator[tuple[int, Any]]:
    """The elements of an array, with the lines on which they begin; several arrays may follow each other.

    partial: the text may end anywhere.

    Raises:
        InputError: an element is no JSON; where the next one begins cannot be told then.
    """
    decode = _DECODER.raw_decode
    text, at, line = "", 0, 1
    wanted = "["  # what has to come next
    arrays = 0  # that have ended
    pieces = _decoded(chunks)
    while True:
        while at < len(text) and text[at] in _BLANKS:
            line += text[at] == "\n"
            at += 1
        problem = None
        if at < len(text):
            mark = text[at]
            if mark == "]" and wanted != "[":  # after a comma too many, too
                arrays, at, wanted = arrays + 1, at + 1, "["
                continue
            if wanted != "value":
                if mark != wanted:
                    raise _damaged(source, line, f"{wanted} expected, not {mark}")
                wanted, at = "value", at + 1
                continue
            try:
                found, end = decode(text, at)
            except (ValueError, RecursionError) as error:
                problem = str(error)
            else:
                if end < len(text) or mark in '{["':  # others may go on
                    yield line, found
                    line += text.count("\n", at, end)
                    at, wanted = end, ","
                    continue
        piece = next(pieces, "") if len(text) - at <= LONGEST_LINE else ""
        if not piece and (partial or (at == len(text) and arrays and wanted == "[")):
            return
        if not piece:
            raise _damaged(source, line, problem or "no ]")
        text, at = text[at:] + piece, 0


def _damaged(source: Source, line: int, problem: str) -> InputError:
    return InputError(
        f"{source}, line {line:,}: the JSON array ends early or is damaged: {problem}",
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
