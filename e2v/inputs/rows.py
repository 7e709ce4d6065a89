"""Rows of delimited text, strictly: of what cannot be cut up the lines are told, and nothing is a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.inputs.dialect import Cut, Dialect, DialectOptions, detect_dialect_of_lines
from e2v.inputs.faults import Faults
from e2v.inputs.header import Above
from e2v.inputs.lines import LONGEST_LINE
from e2v.inputs.sources import Source
from e2v.inputs.values import Column, ids, padded, trimmed

_LEAST_ROOM = 1 << 10
#: Room is made for fields of this length; where they are shorter, a chunk is cut up in several steps.
_BYTES_A_FIELD = 8


class Lines(NamedTuple):
    """n lines of items: line i has the items bounds[i]:bounds[i + 1] of a column, and is line `numbers[i]`.

    bounds: int64[n + 1]. numbers: int64[n].
    """

    items: Column
    bounds: NDArray[np.int64]
    numbers: NDArray[np.int64]


def cut_rows(source: Source, dialect: Dialect, faults: Faults, above: Above | None = None) -> Iterator[Cut]:
    """The rows of a text as they come; those that cannot be cut up go to `faults`, and have no fields.

    above: what is passed over at its beginning.

    Raises:
        InputError, MissingExtraError: as `Source.chunks`.
    """
    from e2v.kernels.text import fields

    above = above or Above()
    line = 1 + above.n_lines
    pending = b""
    wanted = 0  # bytes that must be there before it is worth looking again
    for chunk, ended in _marked(source, above.n_bytes):
        pending += chunk
        if len(pending) < wanted and not ended:
            continue
        text = padded(pending)
        start, stop = 0, len(pending)
        room = stop // _BYTES_A_FIELD + _LEAST_ROOM
        full = True
        while full:
            cut = _room_for(text, room)
            n, start, line, full = fields.split_fields(text, start, stop, ended, dialect.form, line, *cut[1:])
            if n:
                cut = cut.rows(n)
                faulty = np.flatnonzero(cut.faults).tolist()
                if faulty and faults.strict:  # what is wrong with rows before it is told first
                    yield cut.rows(faulty[0])
                for row in faulty:
                    _note(faults, source, cut, row)
                yield cut
            elif full:
                room *= 2
        pending = pending[start:]
        wanted = 2 * len(pending) if start == 0 else 0
        if len(pending) > LONGEST_LINE:
            raise InputError(
                f"{source}, line {line:,}: a row of more than {LONGEST_LINE >> 20} MB begins here",
                Advice(
                    "is a quote never closed? {quote} none reads {} like any other character", dialect.quote
                )
                if dialect.quote
                else "is this a table?",
            )


def cut_lines(
    source: Source, given: DialectOptions, faults: Faults, *, user_first: bool = False
) -> Iterator[Lines]:
    """The ids on lines of items, a batch of lines at a time; a line has one at least.

    Empty fields are passed over. Other missing ones are, too, and are remarked on.

    user_first: the first field of a line is a user's id, without which the line cannot be read.

    Raises:
        InputError: the source is empty, unreadable or no lines of items.
    """
    head = source.peek()
    if not head.strip():
        raise InputError(f"{source} is empty")
    if head.lstrip().startswith(b"{"):
        raise InputError(
            f"{source} holds JSON, not lines of items", Advice("{layout} table reads its objects")
        )
    dialect = detect_dialect_of_lines(head, given)
    for cut in cut_rows(source, dialect, faults):
        remark_on_spans(source, cut, dialect, faults)
        last = int(cut.bounds[-1])
        column = trimmed(unquoted(cut, np.arange(last), dialect))
        empty = column.starts == column.stops
        column, missing = ids(column)
        owners = np.repeat(np.arange(len(cut.first)), cut.widths)
        if user_first:
            filled = np.flatnonzero(cut.widths)
            for row in filled[missing[cut.bounds[filled]]].tolist():
                faults.add(source, int(cut.first[row]), "it begins without a user's id", int(cut.last[row]))
                of_row = slice(cut.bounds[row], cut.bounds[row + 1])
                missing[of_row] = empty[of_row] = True
        for place in np.flatnonzero(missing & ~empty).tolist():
            line = int(cut.first[owners[place]])
            faults.remark(source, line, f"{column.shown(place)} is no id and left out", kind="no id")
        kept = np.flatnonzero(~missing)
        counts = np.bincount(owners[kept], minlength=len(cut.first))
        for row in np.flatnonzero((counts == 0) & (cut.widths > 1)).tolist():
            if not user_first:  # else it has been told
                faults.add(source, int(cut.first[row]), "it has no id", int(cut.last[row]))
        filled = np.flatnonzero(counts)
        bounds = np.zeros(len(filled) + 1, np.int64)
        np.cumsum(counts[filled], out=bounds[1:])
        yield Lines(column.take(kept), bounds, cut.first[filled])


def item_lines(
    source: Source, faults: Faults, given: DialectOptions | None = None
) -> Iterator[tuple[int, list[str]]]:
    """A user's id and those of items on each line that is not empty, with its number; see `cut_lines`."""
    for lines in cut_lines(source, given or DialectOptions(), faults, user_first=True):
        items = lines.items.strings()
        for row, number in enumerate(lines.numbers.tolist()):
            yield number, items[lines.bounds[row] : lines.bounds[row + 1]]


def remark_on_spans(
    source: Source, cut: Cut, dialect: Dialect, faults: Faults, width: int | None = None
) -> None:
    """Tell of rows on several lines, each of which would be a row by itself; see `Cut.suspicious`."""
    for row in cut.suspicious(dialect, width):
        what = "each of these lines would be a row, but a field between quotes spans them"
        faults.remark(source, int(cut.first[row]), what, int(cut.last[row]), quotes=True)


def unquoted(cut: Cut, places: NDArray[np.int64], dialect: Dialect) -> Column:
    """Fields of a cut, by their places, without quotes and escapes within; each can be asked for once."""
    from e2v.kernels.text import fields

    column = Column(cut.text, cut.starts[places], cut.stops[places])
    if dialect.quote and (quoted := cut.quoted[places]).any():
        quote, escape = dialect.form[2:]
        fields.unquote(*column, quoted, quote, escape)
    return column


def _marked(source: Source, n_above: int) -> Iterator[tuple[bytes, bool]]:
    """The chunks of a text after its first bytes, and whether it ends there."""
    for chunk in source.chunks():
        yield chunk[n_above:], False
        n_above = max(0, n_above - len(chunk))
    yield b"", True


def _room_for(text: NDArray[np.uint8], room: int) -> Cut:
    """A cut to be filled: for so many fields, and a third of that in rows."""
    rows = room // 3
    return Cut(
        text,
        starts=np.empty(room, np.int64),
        stops=np.empty(room, np.int64),
        quoted=np.empty(room, np.uint8),
        bounds=np.empty(rows + 1, np.int64),
        first=np.empty(rows, np.int64),
        last=np.empty(rows, np.int64),
        faults=np.empty(rows, np.uint8),
    )


def _note(faults: Faults, source: Source, cut: Cut, row: int) -> None:
    """Say why a row could not be cut up."""
    from e2v.kernels.text import fields

    first, last = int(cut.first[row]), int(cut.last[row])
    if cut.faults[row] == fields.UNCLOSED:
        what = f"a quote that is opened in line {first:,} is never closed"
    else:
        what = "there is text after a closing quote"
    faults.add(source, first, what, last, kind=f"quotes {cut.faults[row]}", quotes=True)
