"""Rows of decimal numbers, as text formats have them.

Numbers are written with 9 significant digits, which restore a float32 exactly, and read to the last bit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats.transfer.exported import ExportedVectors, refuse_keys
from e2v.formats.transfer.input_files import InputFiles
from e2v.formats.transfer.row_reader import Batch, batch_rows, location, shown
from e2v.inputs.lines import LONGEST_LINE
from e2v.inputs.window import Window

#: What separates words for C's isspace, and what ends a C string.
_FORBIDDEN = {
    b" ": "a space",
    b"\n": "a newline",
    b"\t": "a tab",
    b"\r": "a carriage return",
    b"\v": "a vertical tab",
    b"\f": "a form feed",
    b"\0": "a NUL byte",
}

_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,9})[ \t]*(\r?\n|\Z)")
_LONGEST_HEADER = 64
_MOST_DIMENSIONS = 1 << 20  # memory is taken for some rows before one is read
_NUMBER_BYTES = 32  # of a number, of which a row may have millions
_FEED = 10
_NOTES = 4096
_NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BLANKS = re.compile(rb"[ \t]+")
_CONTROL = re.compile(rb"[\0-\x08\x0a-\x0c\x0e-\x1f]")
_PRINTABLE = re.compile(rb"[ -~\t]+\r?")


def read_rows(
    inputs: InputFiles, stream: io.BufferedReader, dim: int, *, first_line: int, keyed: bool = True
) -> Iterator[Batch]:
    """The rest of a stream: lines of `dim` numbers with blanks between them, after a key if `keyed`.

    A key may hold blanks if it does not end in a number. Batches have no keys unless `keyed`.

    Raises:
        InputError: a line is not like that.
    """
    from e2v.kernels.text.parsing import MALFORMED, parse_rows

    most = batch_rows(dim)
    starts, stops = np.empty((2, most), np.int64)
    notes = np.empty((max(_NOTES, dim), 4), np.int64)
    window = Window(stream, str(inputs), most=LONGEST_LINE + _NUMBER_BYTES * dim)
    done = 0
    while not window.ended or window.start < window.stop:
        window.refill()
        text = window.text
        if window.ended and window.stop > window.start and text[window.stop - 1] != _FEED:
            text[window.stop] = _FEED
            window.stop += 1
        text[window.stop] = _FEED
        n = -1
        while n:
            rows = np.empty((most, dim), np.float32)
            n, window.start, noted = parse_rows(
                text, window.words, window.start, window.stop, keyed, rows, starts, stops, notes
            )
            if noted == MALFORMED:
                _refuse(inputs, window, dim, keyed, location(done, first_line))
                return
            for row, column, start, stop in notes[:noted]:
                rows[row, column] = _float32(text[start:stop].tobytes())
            if n:
                keys = cut_keys(text, starts[:n], stops[:n]) if keyed else []
                _refuse_line_ends(inputs, keys, done, first_line)
                yield Batch(keys, rows[:n])
                done += n


def _refuse_line_ends(inputs: InputFiles, keys: list[bytes], done: int, first_line: int) -> None:
    """A carriage return within a key is the end of a line of a file whose lines end so."""
    for row, key in enumerate(keys):
        if b"\r" in key:
            raise InputError(
                f"{inputs}, {location(done + row, first_line)}: a key holds a carriage return",
                "do its lines end with these alone? tr '\\r' '\\n' makes them line feeds",
            )


def write_rows(
    vectors: ExportedVectors, out: BinaryIO, format_name: str, *, header: bool, end: bytes
) -> None:
    """Lines of a key and its numbers, after a line with how many there are of both if `header`.

    Raises:
        OutputError: before anything is written, a key that other programs would cut.
    """
    refuse_keys(vectors.keys, _FORBIDDEN, format_name, begins=not header)
    if header:
        out.write(b"%d %d\n" % (len(vectors), vectors.dim))
    line = b"%s" + b" %.9g" * vectors.dim + end
    for key, vector in vectors.records():
        out.write(line % (key, *vector.tolist()))


def read_header(inputs: InputFiles, stream: io.BufferedReader) -> tuple[int, int]:
    """The number of keys and the dimension, which the first line of word2vec's formats says.

    Raises:
        InputError: it does not, or there are none.
    """
    found = _HEADER.fullmatch(stream.readline(_LONGEST_HEADER))
    if not found:
        raise InputError(f"{inputs}: the first line should be the number of keys and the dimension")
    size, dim = int(found[1]), int(found[2])
    if not size or not dim:
        raise InputError(f"{inputs} holds no vectors: {size} keys, {dim} dimensions")
    if dim > _MOST_DIMENSIONS:
        raise InputError(f"{inputs}: {dim:,} dimensions, and so a damaged first line")
    return size, dim


def header_length(head: bytes) -> int:
    """How long the header is that a content begins with; 0 if there is none."""
    found = _HEADER.match(head)
    return found.end() if found else 0


def looks_like_rows(head: bytes) -> bool:
    """Whether a content may be rows of text: characters follow the first word, not numbers' bytes.

    A key may have several words, of any script: then at least the line ends in a number.
    """
    line = head.split(b"\n", 1)[0]
    after = _BLANKS.split(line, maxsplit=1)[1:]
    if not after:
        return False
    return _PRINTABLE.fullmatch(after[0]) is not None or (
        _CONTROL.search(line) is None and is_number(fields(line)[-1])
    )


def is_number(field: bytes) -> bool:
    """Whether a field is a decimal number, finite and with no surprises."""
    return _NUMBER.fullmatch(field) is not None


def fields(line: bytes) -> list[bytes]:
    """What blanks separate on a line."""
    return [field for field in _BLANKS.split(line.rstrip(b"\r\n")) if field]


def cut_keys(text: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> list[bytes]:
    """The keys text[starts[i]:stops[i]], at least one, ascending."""
    first = int(starts[0])
    run = text[first : int(stops[-1])].tobytes()
    bounds = zip((starts - first).tolist(), (stops - first).tolist(), strict=True)
    return [run[start:stop] for start, stop in bounds]


def _float32(number: bytes) -> np.float32:
    with np.errstate(over="ignore"):  # infinity is refused with all else that is not finite
        return np.float32(float(number))


def _refuse(inputs: InputFiles, window: Window, dim: int, keyed: bool, where: str) -> None:
    """Say what is wrong with the line that comes next; that it is empty is no fault at the end."""
    line = window.rest().split(b"\n", 1)[0].rstrip(b"\r")
    found = fields(line)
    if not found and _nothing_follows(window):
        return
    numbers = found[keyed:]
    odd = next((number for number in numbers if not is_number(number)), None)
    if not found:
        what = "empty"
    elif keyed and line[:1] in (b" ", b"\t"):
        what = "begins with a blank, not with a key"
    elif len(numbers) != dim:
        what = f"{len(numbers):,} numbers, not {dim:,}"
    else:
        what = f"{shown(odd or b'')} is not a finite number"
    raise InputError(f"{inputs}, {where}: {what}")


def _nothing_follows(window: Window) -> bool:
    while not window.rest().strip():
        if window.ended:
            return True
        window.start = window.stop
        window.refill()
    return False
