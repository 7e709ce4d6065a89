r"""Results on stdout: an aligned table for a terminal, TSV for a pipe, CSV or JSON lines on request.

Every command has one set of columns, whatever the format. In TSV there is no header line unless asked for;
within a field a tab, newline, carriage return and backslash are written `\t`, `\n`, `\r` and `\\`. CSV has
the quotes of RFC 4180, and a header line. A missing value is an empty field (null in JSON); a list is its
elements with spaces between them. Scores carry 6 significant digits, vectors 9, which restore a float32
exactly.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol, TypeAlias

import typer

from e2v.cli.shared.visible import visible
from e2v.inputs.tsv import escape
from e2v.json_text import json_text

OutputFormat: TypeAlias = Literal["auto", "table", "tsv", "csv", "json"]
Value: TypeAlias = str | int | float | Sequence[str] | Sequence[float] | None

#: A text column of a table that must be clipped keeps at least the first of these many cells; if the table
#: still does not fit, the second.
_NARROWEST = (12, 3)


class Output:
    """Writes a command's results; a context manager, flushed when it is left.

    columns: their names. query_columns: the first so many say what was asked; a table shows them
    once for all the rows that answer the same question. header: of TSV, whether the names come first.
    clipped: whether a table for a terminal cuts off what is too long for it; else it wraps. rounded: whether
    a table has four decimals of each number; else those of TSV. remarks: columns that a table cuts off
    before others, or leaves out.
    """

    def __init__(
        self,
        format: OutputFormat,
        columns: Sequence[str],
        query_columns: int = 0,
        *,
        header: bool = False,
        clipped: bool = True,
        rounded: bool = True,
        remarks: Sequence[str] = (),
    ) -> None:
        if format == "auto":
            format = "table" if sys.stdout.isatty() else "tsv"
        self._writer: _Writer
        if format == "table":
            self._writer = _Table(columns, query_columns, clipped, rounded, remarks)
        elif format == "tsv":
            self._writer = _Tsv(columns if header else None)
        elif format == "csv":
            self._writer = _Csv(columns)
        else:
            self._writer = _JsonLines(columns)

    def __enter__(self) -> Output:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is None:  # where nothing was found, too
            self._writer.begin()
        self.flush()

    def row(self, *values: Value) -> None:
        """Add a row, a value for each column."""
        self._writer.row(values)

    def caption(self, text: str) -> None:
        """Say above the next table what it answers; the other formats have no place for it."""
        if isinstance(self._writer, _Table):
            self._writer.caption = text

    def flush(self) -> None:
        """Send what has been added on its way: the end of an answer, for whoever waits for it."""
        self._writer.finish()
        sys.stdout.flush()


class _Writer(Protocol):
    def begin(self) -> None:
        """Write the names of the columns, if they come first and have not been written."""

    def row(self, values: Sequence[Value]) -> None: ...

    def finish(self) -> None: ...


class _Tsv:
    def __init__(self, header: Sequence[str] | None) -> None:
        #: A program is given every byte of a key, a terminal what it can show.
        self._field = _shown_field if sys.stdout.isatty() else _field
        self._header = header

    def begin(self) -> None:
        if (header := self._header) is not None:
            self._header = None
            self.row(header)

    def row(self, values: Sequence[Value]) -> None:
        if self._header is not None:
            self.begin()
        sys.stdout.write("\t".join(map(self._field, values)) + "\n")

    def finish(self) -> None:
        pass


class _Csv:
    """CSV by RFC 4180, but for line ends, which are those of all formats: a line feed."""

    def __init__(self, columns: Sequence[str]) -> None:
        import csv

        # Which characters need quotes depends on the line end in some versions of Python.
        self._write = csv.writer(self, lineterminator="\r\n").writerow
        self._shown: Callable[[str], str] = visible if sys.stdout.isatty() else str
        self._header: Sequence[str] | None = columns

    def write(self, line: str) -> None:
        """What the csv module calls with a line."""
        sys.stdout.write(line.removesuffix("\r\n") + "\n")

    def begin(self) -> None:
        if (header := self._header) is not None:
            self._header = None
            self._write(header)

    def row(self, values: Sequence[Value]) -> None:
        self.begin()
        self._write([self._shown(_text(value)) for value in values])

    def finish(self) -> None:
        pass


class _JsonLines:
    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def begin(self) -> None:
        pass

    def row(self, values: Sequence[Value]) -> None:
        sys.stdout.write(json_text(dict(zip(self._columns, values, strict=True))) + "\n")

    def finish(self) -> None:
        pass


class _Table:
    """Collects rows, because a column is as wide as its widest cell."""

    def __init__(
        self,
        columns: Sequence[str],
        query_columns: int,
        clipped: bool,
        rounded: bool,
        remarks: Sequence[str],
    ) -> None:
        self._columns = columns
        self._query_columns = query_columns
        self._clipped = clipped
        self._shown = _table_text if rounded else _exact_table_text
        self._remarks = remarks
        self._rows: list[Sequence[Value]] = []
        self.caption = ""

    def begin(self) -> None:
        pass

    def row(self, values: Sequence[Value]) -> None:
        self._rows.append(values)

    def finish(self) -> None:
        if self._rows:
            self._draw()
        self._rows.clear()
        self.caption = ""

    def _draw(self) -> None:
        from rich.cells import cell_len, set_cell_size

        terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        cells = [self._columns, *self._cells()]
        columns = list(zip(*self._rows, strict=True))
        filled = [any(value is not None for value in column) for column in columns]
        if terminal is not None and any(filled[self._query_columns :]):  # an empty column takes room
            columns = list(itertools.compress(columns, filled))
            cells = [list(itertools.compress(line, filled)) for line in cells]
        numeric = [all(isinstance(v, int | float | None) for v in column) for column in columns]
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        if terminal is not None and self._clipped:
            numbers = [
                max(map(cell_len, column)) if is_number else 0
                for column, is_number in zip(zip(*cells[1:], strict=True), numeric, strict=True)
            ]
            for column in [i for i, name in enumerate(cells[0]) if name in self._remarks]:
                widths[column] = _remark(widths, column, terminal)
            kept = [width > 0 for width in widths]
            cells = [list(itertools.compress(line, kept)) for line in cells]
            numeric = list(itertools.compress(numeric, kept))
            numbers = list(itertools.compress(numbers, kept))
            widths = list(itertools.compress(widths, kept))
            widths = _fitted(widths, numbers, terminal)
        if self.caption:
            sys.stdout.write(visible(self.caption) + "\n")
        for number, line in enumerate(cells):
            padded = []
            for text, width, right in zip(line, widths, numeric, strict=True):
                if cell_len(text) > width:
                    padded.append(set_cell_size(text, width - 1) + "…")
                else:
                    space = " " * (width - cell_len(text))
                    padded.append(space + text if right else text + space)
            drawn = "  ".join(padded).rstrip()
            bold = number == 0 and terminal is not None and "NO_COLOR" not in os.environ
            sys.stdout.write((typer.style(drawn, bold=True) if bold else drawn) + "\n")

    def _cells(self) -> Iterable[list[str]]:
        """The rows as text; query cells that repeat the row above are left blank."""
        previous: Sequence[Value] | None = None
        for row in self._rows:
            query = row[: self._query_columns]
            text = [self._shown(value) for value in row]
            if previous == query:
                text[: self._query_columns] = [""] * self._query_columns
            previous = query
            yield text


def _remark(widths: list[int], column: int, terminal: int) -> int:
    """The width of a column of remarks, which gives way alone; 0 where too little of it would be left."""
    excess = max(0, sum(widths) + 2 * (len(widths) - 1) - terminal)
    left = widths[column] - excess
    return left if left >= min(_NARROWEST[0], widths[column]) else 0


def _fitted(widths: list[int], numbers: list[int], terminal: int) -> list[int]:
    """Column widths that fit the terminal: the widest columns give way.

    numbers: the widths of numbers, which are never clipped, though the names of their columns are; 0 of text.
    """
    widths = list(widths)
    excess = sum(widths) + 2 * (len(widths) - 1) - terminal
    for narrowest in _NARROWEST:
        least = [number or narrowest for number in numbers]
        while excess > 0:
            wide = [i for i, width in enumerate(widths) if width > least[i]]
            if not wide:
                break
            widest = max(wide, key=lambda i: widths[i])
            others = max((widths[i] for i in wide if widths[i] < widths[widest]), default=0)
            target = max(widths[widest] - excess, others, least[widest])
            excess -= widths[widest] - target
            widths[widest] = target
    return widths


def _field(value: Value) -> str:
    """The value as a field of TSV."""
    return str(value) if type(value) is int else escape(_text(value))


def _shown_field(value: Value) -> str:
    return visible(_field(value))


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    return " ".join(element if isinstance(element, str) else f"{element:.9g}" for element in value)


def _exact_table_text(value: Value) -> str:
    return _table_text(_text(value) if isinstance(value, float) else value)


def _table_text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, str | int):
        return visible(str(value))
    return " ".join(map(_table_text, value))
