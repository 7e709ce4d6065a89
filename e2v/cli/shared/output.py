r"""Results on stdout: an aligned table for a terminal, TSV for a pipe, JSON lines on request.

Every command has one set of columns, whatever the format. In TSV there is no header line; within a
field a tab, newline, carriage return and backslash are written `\t`, `\n`, `\r` and `\\`; a missing
value is an empty field (null in JSON); a list is its elements with spaces between them. Scores carry
6 significant digits, vectors 9, which restore a float32 exactly.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol, TypeAlias

import typer

from e2v.cli.shared.tsv import escape
from e2v.cli.shared.visible import visible
from e2v.json_text import json_text

OutputFormat: TypeAlias = Literal["auto", "table", "tsv", "json"]
Value: TypeAlias = str | int | float | Sequence[str] | Sequence[float] | None

#: A text column of a table that must be clipped keeps at least this many cells.
_NARROWEST = 12


class Output:
    """Writes a command's results; a context manager, flushed when it is left.

    columns: their names. query_columns: the first so many say what was asked; a table shows them
    once for all the rows that answer the same question.
    """

    def __init__(self, format: OutputFormat, columns: Sequence[str], query_columns: int = 0) -> None:
        if format == "auto":
            format = "table" if sys.stdout.isatty() else "tsv"
        self._writer: _Writer
        if format == "table":
            self._writer = _Table(columns, query_columns)
        elif format == "tsv":
            self._writer = _Tsv()
        else:
            self._writer = _JsonLines(columns)

    def __enter__(self) -> Output:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def row(self, *values: Value) -> None:
        """Add a row, a value for each column."""
        self._writer.row(values)

    def flush(self) -> None:
        """Send what has been added on its way: the end of an answer, for whoever waits for it."""
        self._writer.finish()
        sys.stdout.flush()


class _Writer(Protocol):
    def row(self, values: Sequence[Value]) -> None: ...

    def finish(self) -> None: ...


class _Tsv:
    def __init__(self) -> None:
        #: A program is given every byte of a key, a terminal what it can show.
        self._shown: Callable[[str], str] = visible if sys.stdout.isatty() else str

    def row(self, values: Sequence[Value]) -> None:
        fields = (self._shown(escape(_text(value))) for value in values)
        sys.stdout.write("\t".join(fields) + "\n")

    def finish(self) -> None:
        pass


class _JsonLines:
    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def row(self, values: Sequence[Value]) -> None:
        sys.stdout.write(json_text(dict(zip(self._columns, values, strict=True))) + "\n")

    def finish(self) -> None:
        pass


class _Table:
    """Collects rows, because a column is as wide as its widest cell."""

    def __init__(self, columns: Sequence[str], query_columns: int) -> None:
        self._columns = columns
        self._query_columns = query_columns
        self._rows: list[Sequence[Value]] = []

    def row(self, values: Sequence[Value]) -> None:
        self._rows.append(values)

    def finish(self) -> None:
        if self._rows:
            self._draw()
        self._rows.clear()

    def _draw(self) -> None:
        from rich.cells import cell_len, set_cell_size

        terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        cells = [self._columns, *self._cells()]
        numeric = [
            all(isinstance(v, int | float | None) for v in column) for column in zip(*self._rows, strict=True)
        ]
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        if terminal is not None:
            widths = _fitted(widths, numeric, terminal)
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
            text = [_table_text(value) for value in row]
            if previous == query:
                text[: self._query_columns] = [""] * self._query_columns
            previous = query
            yield text


def _fitted(widths: list[int], numeric: list[bool], terminal: int) -> list[int]:
    """Column widths that fit the terminal: the widest text columns give way, numbers do not."""
    widths = list(widths)
    texts = [i for i, is_number in enumerate(numeric) if not is_number]
    excess = sum(widths) + 2 * (len(widths) - 1) - terminal
    while excess > 0 and texts:
        widest = max(texts, key=lambda i: widths[i])
        others = max((widths[i] for i in texts if widths[i] < widths[widest]), default=0)
        target = max(widths[widest] - excess, others, _NARROWEST)
        if target >= widths[widest]:
            break
        excess -= widths[widest] - target
        widths[widest] = target
    return widths


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


def _table_text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, str | int):
        return visible(str(value))
    return " ".join(map(_table_text, value))
