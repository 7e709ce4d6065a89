"""JSON lines: an object for each key, with `key`, `vector` (an array of numbers), and `count` if it is known.

Items that are called something have a `title`, too, which is not read back. In UTF-8. A byte of a key that
is not UTF-8 is written as the escape of a lone surrogate, \\udc80 to \\udcff, as Python's surrogateescape has
it, and read back as that byte. What `e2v lookup --format json` prints can be read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import MOST_COUNTS, Batch, RowReader, batch_rows, location
from e2v.inputs.lines import lines_of_bytes

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ("counts", "titles")
TEXT = True
SEEKABLE = False


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return preview.head.lstrip().startswith(b"{")


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    first = _parsed(inputs, inputs.head().split(b"\n", 1)[0], 0)
    dim = len(first[1])
    return RowReader(dim, _batches(inputs, dim), first_line=1)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    out = to.stream()
    numbers = b"[" + b", ".join([b"%.9g"] * vectors.dim) + b"]"
    for row, (key, vector) in enumerate(vectors.records()):
        line = b'{"key": ' + _quoted(key)
        line += b', "vector": ' + numbers % tuple(vector.tolist())
        if vectors.counts is not None:
            line += b', "count": %d' % vectors.counts[row]
        if (
            vectors.titles is not None
            and row < len(vectors.titles)
            and (title := vectors.titles.bytes_at(row))
        ):
            line += b', "title": ' + _quoted(title)
        out.write(line + b"}\n")


def _quoted(text: bytes) -> bytes:
    return json.dumps(text.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def _batches(inputs: InputFiles, dim: int) -> Iterator[Batch]:
    step = batch_rows(dim)
    rows: list[tuple[bytes, list[float], int | None]] = []
    for number, line in enumerate(lines_of_bytes(inputs.stream(), str(inputs))):
        row = _parsed(inputs, line, number)
        if len(row[1]) != dim:
            raise InputError(f"{inputs}, {location(number, 1)}: {len(row[1]):,} numbers, not {dim:,}")
        rows.append(row)
        if len(rows) == step:
            yield _batch(rows)
            rows = []
    if rows:
        yield _batch(rows)


def _batch(rows: list[tuple[bytes, list[float], int | None]]) -> Batch:
    counts = [count for _, _, count in rows if count is not None]
    known = np.array(counts, np.int64) if len(counts) == len(rows) else None
    values = np.array([vector for _, vector, _ in rows], np.float64).astype(np.float32)
    return Batch([key for key, _, _ in rows], values, counts=known)


def _parse_int(number: str) -> int | float:
    """A number without a point: an integer, but for zero with a sign."""
    return -0.0 if number == "-0" else int(number)


def _parsed(inputs: InputFiles, line: bytes, row: int) -> tuple[bytes, list[float], int | None]:
    """Key, vector and count of a line.

    Raises:
        InputError: it has not all that it should.
    """
    try:
        found: Any = json.loads(line, parse_int=_parse_int)
        vector, count = found["vector"], found.get("count")
        if not isinstance(vector, list) or not vector or not all(type(x) in (int, float) for x in vector):
            raise ValueError("its vector is no array of numbers")
        if count is not None and (type(count) is not int or not 0 <= count <= MOST_COUNTS):
            raise ValueError("its count is no whole number from 0 on")
        return found["key"].encode("utf-8", "surrogateescape"), list(map(float, vector)), count
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"{inputs}, {location(row, 1)}: {what}", 'lines should be like {"key": "the", "vector": [0.5, 1]}'
        ) from error
