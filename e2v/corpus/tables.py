"""Columns of tables, as text: CSV, TSV, JSON lines and Parquet, told apart by what they begin with.

The first line of CSV and TSV names the columns, unless all that are asked for are numbers, from 1. It also
tells the two apart: TSV has a tab in it. In TSV quotes are like any other character.

Lines of ids, which have no columns, are cut up here too.
"""

from __future__ import annotations

import csv
import io
import json
import re
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from e2v.errors import InputError, MissingExtraError
from e2v.inputs.sources import STDIN, Source

#: A line number and the values of the columns that were asked for.
Record: TypeAlias = tuple[int, Sequence[str]]

_PARQUET = b"PAR1"
_ROWS_AT_ONCE = 1 << 10  # of text: as many as stay in the cache, from the parser to the columns
_PARQUET_ROWS_AT_ONCE = 1 << 16
_FAULTS_KEPT = 5
_WORD = re.compile(r"[^ \t\n\v\f\r]+")  # between ASCII's blanks


class Rows(NamedTuple):
    """Some rows of a table. lines: where each is, from 1. columns: as asked for, each with a value a row."""

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]


class Faults:
    """Rows that cannot be read.

    strict: the first is an InputError.

    Attributes:
        count: how many there are.
    """

    def __init__(self, *, strict: bool) -> None:
        self.count = 0
        self._strict = strict
        self._sources: dict[str, int] = {}
        self._first: list[tuple[int, int, str]] = []

    def add(self, source: Source, line: int, why: str) -> None:
        """Note a row; those of a source come nearly in the order of its lines."""
        said = f"{source}, line {line}: {why}"
        if self._strict:
            raise InputError(said)
        self.count += 1
        insort(self._first, (self._sources.setdefault(source.name, len(self._sources)), line, said))
        del self._first[_FAULTS_KEPT:]

    @property
    def first(self) -> list[str]:
        """The first few, where and why."""
        return [said for _, _, said in self._first]


def read_table(source: Source, columns: Sequence[str], faults: Faults) -> Iterator[Rows]:
    """The columns, two or more, a batch of rows at a time; rows that cannot be read go to `faults`.

    Raises:
        InputError: it is empty, unreadable, or has no such column.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    chunks = source.chunks(parquet=True)
    head = next(chunks, b"")
    if head.startswith(_PARQUET):
        yield from _parquet(source, columns, faults)
        return
    if not head.strip():
        raise InputError(f"{source} is empty")
    text = lines_of(chain([head], chunks))
    read = _json_lines if head.lstrip().startswith(b"{") else _separated
    records = read(source, columns, text, faults)
    while batch := list(islice(records, _ROWS_AT_ONCE)):
        lines, values = zip(*batch, strict=True)
        yield Rows(lines, list(zip(*values, strict=True)))


def column_names(source: Source) -> list[str]:
    """What the columns of a table are called, or the names in its first JSON object.

    Raises:
        InputError: it is empty or unreadable, or its first line is.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    head = source.peek(parquet=True)
    if head.startswith(_PARQUET):
        names: list[str] = _parquet_file(source).schema_arrow.names
        return names
    line = next((line for line in lines_of([head]) if line.strip()), "")
    if not line:
        raise InputError(f"{source} is empty")
    try:
        found = list(json.loads(line)) if line.lstrip().startswith("{") else next(_csv_reader([line]))
    except (ValueError, RecursionError, csv.Error) as error:
        raise InputError(f"{source}, line 1: {error}") from error
    return [name.strip() for name in found]


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a text, line feeds included; bytes that are not UTF-8 become surrogates."""
    begun: list[bytes] = []
    for chunk in chunks:
        whole, feed, rest = chunk.rpartition(b"\n")
        if feed:
            yield from _lines(b"".join([*begun, whole, feed]))
            begun = []
        begun.append(rest)
    if last := b"".join(begun):
        yield from _lines(last)


def lines_of_items(source: Source, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """The fields of the lines that have any, with their numbers.

    They stand between tabs if the beginning of the file has one; else between commas, with CSV's quotes, if
    it has one; else between blanks.

    Raises:
        InputError: the source is empty or unreadable.
    """
    chunks = source.chunks()
    head = next(chunks, b"")
    if not head.strip():
        raise InputError(f"{source} is empty")
    text = lines_of(chain([head], chunks))
    for number, fields in _split(text, head, source, faults):
        if found := [field for field in map(str.strip, fields) if field]:
            yield number, found


def _split(
    text: Iterable[str], head: bytes, source: Source, faults: Faults
) -> Iterator[tuple[int, Sequence[str]]]:
    if b"\t" in head:
        yield from ((number, line.split("\t")) for number, line in enumerate(text, 1))
    elif b"," in head:
        yield from csv_rows(source, csv.reader(text, strict=True), faults)
    else:
        yield from ((number, _WORD.findall(line)) for number, line in enumerate(text, 1))


def _separated(
    source: Source, columns: Sequence[str], text: Iterator[str], faults: Faults
) -> Iterator[Record]:
    rows = csv_rows(source, _csv_reader(text), faults)
    line, header = next(rows, (0, []))
    if all(column.isdecimal() for column in columns):
        rows = chain([(line, header)], rows)
    pick = itemgetter(*_places(source, columns, header))
    for line, row in rows:
        if len(row) == len(header):
            yield line, pick(row)
        else:
            faults.add(source, line, f"expected {len(header)} fields, got {len(row)}")


def _csv_reader(lines: Iterable[str]) -> Any:
    """A reader of TSV if there is a tab in the first line, else of CSV."""
    lines = iter(lines)
    first = next(lines)
    if "\t" in first:
        return csv.reader(chain([first], lines), delimiter="\t", quoting=csv.QUOTE_NONE)
    return csv.reader(chain([first], lines), strict=True)


def csv_rows(source: Source, reader: Any, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with their lines; a reader goes on after an error."""
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            faults.add(source, reader.line_num, str(error))
        else:
            return


def _places(source: Source, columns: Sequence[str], header: Sequence[str]) -> list[int]:
    """Where in a row the columns are, from 0."""
    if all(column.isdecimal() for column in columns):
        places = [int(column) - 1 for column in columns]
        if not all(0 <= place < len(header) for place in places):
            raise InputError(f"{source}: columns are numbered from 1 to {len(header)}")
        return places
    names = [name.strip() for name in header]
    for column in columns:
        if column not in names:
            raise InputError(f"{source} has no column '{column}'", f"there are {', '.join(names)}")
    return [names.index(column) for column in columns]


def _json_lines(
    source: Source, columns: Sequence[str], text: Iterator[str], faults: Faults
) -> Iterator[Record]:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            faults.add(source, number, "not a JSON object")
            continue
        values = [_text(found.get(column)) for column in columns]
        if None in values:
            faults.add(source, number, f"{columns[values.index(None)]} is no text and no number")
        else:
            yield number, values  # type: ignore[misc]  # none of them is None


def _text(value: object) -> str | None:
    """A JSON value as text, if it is text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return text


def _parquet(source: Source, columns: Sequence[str], faults: Faults) -> Iterator[Rows]:
    file = _parquet_file(source)
    import pyarrow
    import pyarrow.compute

    for _ in source.chunks(text=False):  # for its digest
        pass
    try:
        there = file.schema_arrow.names
        names = [there[place] for place in _places(source, columns, there)]
        first = 1
        for batch in file.iter_batches(_PARQUET_ROWS_AT_ONCE, columns=list(dict.fromkeys(names))):
            found = [pyarrow.compute.cast(batch.column(name), pyarrow.string()).to_pylist() for name in names]
            lines, values = [], []
            for line, row in enumerate(zip(*found, strict=True), first):
                if None in row:
                    faults.add(source, line, f"{columns[row.index(None)]} is null")
                else:
                    lines.append(line)
                    values.append(row)
            first += batch.num_rows
            if lines:
                yield Rows(lines, list(zip(*values, strict=True)))
    except (pyarrow.ArrowException, OSError) as error:
        raise _no_parquet(source, error) from error


def _parquet_file(source: Source) -> Any:
    if source.name == STDIN:
        raise InputError("stdin is Parquet, which is not read from its beginning to its end", "name a file")
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("reading Parquet", "io") from error
    try:
        return pyarrow.parquet.ParquetFile(source.name)
    except (pyarrow.ArrowException, OSError) as error:
        raise _no_parquet(source, error) from error


def _no_parquet(source: Source, error: Exception) -> InputError:
    return InputError(f"{source} cannot be read as Parquet: {str(error).partition(chr(10))[0]}")


def _lines(text: bytes) -> Iterator[str]:
    return io.StringIO(text.decode("utf-8", "surrogateescape"), newline="\n")
