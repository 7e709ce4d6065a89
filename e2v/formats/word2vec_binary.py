"""word2vec's binary format.

A line with the number of keys and the dimension, then a record for each key: the key, a space, the numbers
as little-endian float32, and a newline. As `word2vec -binary 1` writes it (word2vec.c, TrainModel). The
newline may be missing, for some programs write none; newlines before a key are skipped.

A key with a space puts all that follows out of step; see `e2v.formats.transfer.steps`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors, refuse_keys
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import Batch, RowReader, batch_rows
from e2v.formats.transfer.steps import HINT, Steps
from e2v.formats.transfer.text import cut_keys, header_length, looks_like_rows, read_header
from e2v.inputs.lines import LONGEST_LINE
from e2v.inputs.window import Window

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ()
TEXT = False
SEEKABLE = False

#: The space ends a key; word2vec's own reader drops newlines in it, and NUL ends a C string.
FORBIDDEN = {b" ": "a space", b"\n": "a newline", b"\0": "a NUL byte"}


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    length = header_length(preview.head)
    return length > 0 and not looks_like_rows(preview.head[length:])


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    stream = inputs.stream()
    size, dim = read_header(inputs, stream)
    return RowReader(dim, _batches(inputs, stream, size, dim), size=size)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    write_records(vectors, to, "word2vec-binary", end=b"\n")


def write_records(vectors: ExportedVectors, to: Destination, format_name: str, end: bytes) -> None:
    """The header and the records, with `end` after each.

    Raises:
        OutputError: before anything is written, a key that other programs would cut.
    """
    refuse_keys(vectors.keys, FORBIDDEN, format_name)
    out = to.stream()
    out.write(b"%d %d\n" % (len(vectors), vectors.dim))
    for key, vector in vectors.records():
        out.write(b"%s %s%s" % (key, vector.astype("<f4", copy=False).tobytes(), end))


def _batches(inputs: InputFiles, stream: io.BufferedReader, size: int, dim: int) -> Iterator[Batch]:
    from e2v.kernels.text.parsing import parse_records

    most = batch_rows(dim)
    starts, stops = np.empty((2, min(most, size)), np.int64)
    window = Window(stream, str(inputs), most=LONGEST_LINE + 4 * dim)
    steps = Steps(inputs)
    left = size
    while left:
        window.refill()
        n = -1
        while n and left:
            rows = np.empty((min(most, left), dim), np.dtype("<f4"))
            part = rows.view(np.uint8)
            n, window.start = parse_records(window.text, window.start, window.stop, part, starts, stops)
            if n:
                keys = cut_keys(window.text, starts[:n], stops[:n])
                steps.check(keys, rows[:n])
                yield Batch(keys, rows[:n])
                left -= n
        if left and window.ended:
            row = size - left + 1
            raise InputError(
                f"{inputs} is truncated: it ends within row {row:,} of {size:,}", _out_of_step(row)
            )
    while not window.rest().strip(b"\n") and not window.ended:
        window.start = window.stop
        window.refill()
    if window.rest().strip(b"\n"):
        raise InputError(
            f"{inputs}: more follows after the {size:,} rows that the first line announces", HINT
        )


def _out_of_step(row: int) -> str | None:
    """What to try where a file ends too early: only rows before can have taken too many bytes."""
    return HINT if row > 1 else None
