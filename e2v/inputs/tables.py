"""Columns of tables: delimited text, JSON lines, arrays of JSON objects and Parquet, told by their content.

The first line of delimited text names the columns, or it is data: then columns are told by number, from 1.
Where it may be either and columns are asked for by number, what it is taken for is said.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.inputs.columns import are_column_names, is_certain_name, is_column_name
from e2v.inputs.dialect import (
    Cut,
    Dialect,
    DialectOptions,
    cut_sample,
    detect_dialect,
    has_data,
    looks_like_header,
)
from e2v.inputs.faults import Faults
from e2v.inputs.header import directive, first_even_line, n_even, titles_above
from e2v.inputs.rows import cut_rows, remark_on_spans, unquoted
from e2v.inputs.sources import Source
from e2v.inputs.values import Column, DecimalMark, decimal_mark, trimmed
from e2v.notices import counted, notice, shortened

_PARQUET = b"PAR1"
_HEADER_ROWS = 200  # of the sample, that tell whether the first is a header
_LEAST_ROWS = 5  # below a header that is told by numbers below it only, where there might be none
_JSON_ARRAY = (b"[{", b"[]", b"[[", b'["')


class Rows(NamedTuple):
    """Some rows. first, last: int64[n], the lines of each. columns: as asked for, n fields each, trimmed."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    columns: list[Column]


class Table(ABC):
    """A table that is read once.

    Attributes:
        source: where it comes from.
        names: of its columns; None if it does not name them.
        form: what it is, as people call it.
    """

    source: Source
    names: list[str] | None
    form: str

    @abstractmethod
    def rows(self, columns: Sequence[str], faults: Faults, lists: str | None = None) -> Iterator[Rows]:
        """The columns, by name or by number from 1, a batch of rows at a time.

        Rows that cannot be read go to `faults`.

        lists: the column in which JSON may have lists, each a row for each of its elements.

        Raises:
            InputError: there is no such column, or two; the source is unreadable.
        """

    def decimal_mark(self, column: str) -> DecimalMark | None:  # noqa: ARG002 - of most formats it is known
        """The decimal mark of a column, told by the beginning of the table; see `values.decimal_mark`.

        Raises:
            InputError: there is no such column, or two.
        """
        return "."

    @property
    def unnamed(self) -> tuple[str, str]:
        """What to say, and to do, where columns are wanted by name and there are no names."""
        return f"{self.source} does not name its columns", Advice("name them by number: {user} 1 {item} 2")

    @property
    def described(self) -> str:
        """What it is read as, in a few words."""
        encoding = "" if self.source.encoding == "UTF-8" else f", {self.source.encoding}"
        return f"{self.form}{encoding}"


def refuse_tables(source: Source, given: DialectOptions, instead: str) -> None:
    """Refuse a table where lines of items are expected: its columns would become items.

    That is what has a header, and as many fields in nearly all rows. Where `given` says what separates
    them, it is only told.

    instead: what to do.

    Raises:
        InputError: it is one.
    """
    head = source.peek()
    try:
        table = DelimitedTable(source, head, given)
    except InputError:  # which is told by whoever reads it
        return
    of_words = table.names is not None and are_column_names(table.names)
    if table.names is None or not (of_words or table.n_even >= _LEAST_ROWS):
        return
    if not table.n_even:
        return
    what = f"{source} is a table, not lines of items: its columns are {joined_names(table.names)}"
    if given.delimiter is None:
        raise InputError(what, Advice(instead))
    notice(f"{what}; all of them are read as items")


def open_table(source: Source, given: DialectOptions | None = None) -> Table:
    """A table by its content.

    Raises:
        InputError: it is empty or unreadable.
        MissingExtraError: it is Parquet, and PyArrow is not there.
    """
    if source.starts_with(_PARQUET):
        from e2v.inputs.parquet import ParquetTable

        return ParquetTable(source)
    head = source.peek()
    start = head.lstrip()
    if not start:
        raise InputError(f"{source} is empty")
    if start.startswith(b"{") or b"".join(start[:64].split())[:2] in _JSON_ARRAY:
        from e2v.inputs.json_rows import JsonTable

        return JsonTable(source, head)
    return DelimitedTable(source, head, given or DialectOptions())


def read_table(
    source: Source, columns: Sequence[str], faults: Faults, given: DialectOptions | None = None
) -> Iterator[Rows]:
    """The columns of a table, a batch of rows at a time; see `open_table` and `Table.rows`."""
    return open_table(source, given).rows(columns, faults)


def index_of(source: Source, names: Sequence[str], column: str) -> int:
    """Where in a row a column is, from 0, by its name or else by its number.

    Raises:
        InputError: there is none, or several of this name.
    """
    if (count := names.count(column)) > 1:
        numbers = ", ".join(str(index) for index, name in enumerate(names, 1) if name == column)
        raise InputError(f"{source} has {count} columns '{column}'", f"name one by its number: {numbers}")
    if count:
        return names.index(column)
    if column.isascii() and column.isdecimal():
        if not 1 <= int(column) <= len(names):
            raise InputError(f"{source} has no column {column}", f"they are numbered from 1 to {len(names)}")
        return int(column) - 1
    alike = [name for name in names if name.lower() == column.lower()]
    hint = f"there is {alike[0]}" if len(alike) == 1 else f"there are {joined_names(names)}"
    raise InputError(f"{source} has no column '{column}'", hint)


def joined_names(names: Sequence[str]) -> str:
    """Names in a message, the first few if there are many."""
    shown = [shortened(name, 30) for name in names[:10]]
    return ", ".join(shown) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


class DelimitedTable(Table):
    """CSV, TSV and their kin."""

    def __init__(self, source: Source, head: bytes, given: DialectOptions) -> None:
        self.source = source
        self._above, given = directive(head, given)
        self._read_head(head[self._above.n_bytes :], given)
        sure = self.names is not None and len(self.names) > 1 and all(self.names)
        found = None if sure else titles_above(head, given)
        self._has_titles = found is not None
        if found is not None:
            self._above = found
            self._read_head(head[found.n_bytes :], given)
        self._head, self._given = head, given

    def _read_head(self, head: bytes, given: DialectOptions) -> None:
        """Tell the dialect, and whether the first row names the columns."""
        self.dialect = detect_dialect(head, given)
        self.form = str(self.dialect)
        sample = cut_sample(head, self.dialect)
        self.n_even = n_even(sample)
        if not len(sample.first) or sample.faults[0]:
            raise InputError(
                f"{self.source}: its first row cannot be read",
                Advice("{delimiter} and {quote} say how it is written"),
            )
        first, *others = (
            [value.strip() for value in sample.row(row)]
            for row in range(min(len(sample.first), _HEADER_ROWS))
        )
        self.first_row = [_unquoted(value, self.dialect) for value in first]
        names = [
            name
            for index, name in enumerate(self.first_row)
            if others and all(row[index] != name for row in others if len(row) == len(first))
        ]
        certain = are_column_names(self.first_row)
        self._has_data = has_data(self.first_row, others)
        likely = looks_like_header(self.first_row, others) or any(map(is_certain_name, names))
        self.names = self.first_row if certain or likely else None
        self._in_doubt = not certain and (likely or any(map(is_column_name, names)))

    def rows(self, columns: Sequence[str], faults: Faults, lists: str | None = None) -> Iterator[Rows]:  # noqa: ARG002 - text has none
        """See `Table.rows`; a column that is not there is told at once."""
        if not all(column.isascii() and column.isdecimal() for column in columns):
            self.names = self.first_row  # they must be: columns are called by them
        elif self._in_doubt or (self._has_data and self.names is not None):
            self.names = None if self._has_data else self.names
            self._say_what_the_first_row_is()
        self._in_doubt = False
        indices = [self._index(column) for column in columns]
        if self._has_titles:
            where = f"line {self._above.n_lines + 1} names the columns"
            notice(f"{self.source}: {where}, and what is above it is left out")
            self._has_titles = False  # told
        return self._rows(indices, faults)

    def _index(self, column: str) -> int:
        names = [""] * len(self.first_row) if self.names is None else self.names  # a value is no name
        return index_of(self.source, names, column)

    def decimal_mark(self, column: str) -> DecimalMark | None:
        """See `Table.decimal_mark`; where semicolons are used in place of commas, a point may be none."""
        index, width = self._index(column), len(self.first_row)
        sample = cut_sample(self._head[self._above.n_bytes :], self.dialect)
        rows = np.flatnonzero(sample.widths == width).tolist()
        default: DecimalMark | None = None if self.dialect.delimiter == ";" else "."
        return decimal_mark((sample.field(row, index) for row in rows), default)

    def _say_what_the_first_row_is(self) -> None:
        row = f"{self.source}: its first row ({joined_names(self.first_row)})"
        if self.names is None:
            notice(f"{row} is read as data; if it names the columns, give those names in place of numbers")
        else:
            notice(f"{row} is left out, as the names of columns; if it is data, put a line of names above it")

    def _rows(self, indices: Sequence[int], faults: Faults) -> Iterator[Rows]:
        header = None if self.names is None else [self.first_row[index] for index in indices]
        width = len(self.first_row)
        at_top = self.names is not None
        for cut in cut_rows(self.source, self.dialect, faults, self._above):
            good = self._whole_rows(cut, width, faults)
            if at_top and len(cut.first):
                at_top = False
                good = good[good > 0]
            by_index = {
                index: trimmed(unquoted(cut, cut.bounds[good] + index, self.dialect)) for index in indices
            }
            rows = Rows(cut.first[good], cut.last[good], [by_index[index] for index in indices])
            yield self._without_headers(rows, header, faults)

    @property
    def unnamed(self) -> tuple[str, str]:
        """See `Table.unnamed`."""
        if (first := first_even_line(self._head, self._given)) > 1:
            return (
                f"{self.source} has no header in its first line, and a table begins in line {first}",
                Advice(
                    "take away what is above its header, or name the columns by number: {user} 1 {item} 2"
                ),
            )
        if len(self.first_row) > 1 and not first:
            return (
                f"{self.source} names no columns, and its lines have different numbers of fields",
                Advice("{layout} baskets reads each line as a basket; user-items, as a user's id and items"),
            )
        if len(self.first_row) < 2:
            return (
                f"{self.source} is no table: its first line has no fields",
                Advice("text is for e2v vocab {}; {delimiter} says what separates fields", self.source),
            )
        return (
            f"{self.source} has no header: its first row is {joined_names(self.first_row)}",
            Advice("name the columns by number, as in {user} 1 {item} 2, or by the names in the first row"),
        )

    def _whole_rows(self, cut: Cut, width: int, faults: Faults) -> NDArray[np.int64]:
        """Which rows have as many fields as they should."""
        whole = cut.widths == width
        for row in np.flatnonzero(~whole & (cut.faults == 0)).tolist():
            what = f"{counted(int(cut.widths[row]), 'field')}, not {width:,}"
            faults.add(self.source, int(cut.first[row]), what, int(cut.last[row]), kind="fields")
        remark_on_spans(self.source, cut, self.dialect, faults, width)
        return np.flatnonzero(whole)

    def _without_headers(self, rows: Rows, header: list[str] | None, faults: Faults) -> Rows:
        """The rows without those that name the columns again, as in files that were put together."""
        if header is None:
            return rows
        called = [[_is_called(column, name) for name in header] for column in rows.columns]
        again = np.logical_and.reduce([same[place] for place, same in enumerate(called)])
        moved = np.logical_and.reduce([np.logical_or.reduce(same) for same in called]) & ~again
        for row in np.flatnonzero(moved).tolist():
            if len({next(place for place, same in enumerate(of) if same[row]) for of in called}) > 1:
                raise InputError(
                    f"{self.source}, line {rows.first[row]:,}: the columns have another order from here on",
                    "read each part as a file of its own",
                )
        if not again.any():
            return rows
        for row in np.flatnonzero(again).tolist():
            faults.add(
                self.source, int(rows.first[row]), "the names of the columns again", int(rows.last[row])
            )
        kept = np.flatnonzero(~again)
        return Rows(rows.first[kept], rows.last[kept], [column.take(kept) for column in rows.columns])


def _is_called(column: Column, name: str) -> NDArray[np.bool_]:
    """bool[n]: where a column has a name, whatever its case, and with a byte order mark before it or not."""
    from e2v.kernels.text import fields

    found = np.zeros(len(column), np.bool_)
    equal = np.empty(len(column), np.bool_)
    for spelt in {name, name.lower(), name.upper(), name.title(), name.capitalize()}:
        for mark in ("", "\ufeff"):
            word = np.frombuffer(f"{mark}{spelt}".encode("utf-8", "surrogateescape"), np.uint8)
            fields.find_equal(*column, word, equal)
            found |= equal
    return found


def _unquoted(value: str, dialect: Dialect) -> str:
    return value.replace(dialect.quote * 2, dialect.quote).strip() if dialect.quote else value
