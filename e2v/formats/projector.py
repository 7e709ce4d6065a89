"""The TensorFlow Embedding Projector's files: a folder with tensors.tsv and metadata.tsv.

tensors.tsv has a row of numbers for each key, with tabs between them, and no header. metadata.tsv has the
keys in the same order; where there are counts, titles or categories, they are further columns, and the first
line names the columns. As parseTensors and parseMetadata read them (TensorBoard,
vz_projector/data-provider.ts), for which the first line is a header if it has a tab. Several categories
of a key are joined by |.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors, cannot_hold, refuse_keys
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import MOST_COUNTS, Batch, RowReader
from e2v.formats.transfer.text import fields, is_number, read_rows
from e2v.inputs.lines import byte_lines
from e2v.inputs.sources import Source
from e2v.store import Keys

TENSORS, METADATA = FILES = ("tensors.tsv", "metadata.tsv")
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ("counts", "titles")
TEXT = False
SEEKABLE = False

_FORBIDDEN = {b"\n": "a newline", b"\r": "a carriage return", b"\t": "a tab"}
_KEY, _COUNT, _TITLE, _CATEGORIES = b"key", b"count", b"title", b"categories"


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    first = preview.head.split(b"\n", 1)[0]
    return TENSORS in preview.files or (b"\t" in first and all(map(is_number, fields(first))))


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    if inputs.folder:
        with InputFiles(str(inputs.member(TENSORS)), inputs.key_file(METADATA)) as tensors:
            return read(tensors)
    dim = len(fields(inputs.head().split(b"\n", 1)[0]))
    if not dim:
        raise InputError(f"{inputs}, line 1: no numbers")
    metadata = inputs.key_file(METADATA)
    batches = _named(inputs, read_rows(inputs, inputs.stream(), dim, first_line=1, keyed=False), metadata)
    return RowReader(dim, batches, first_line=1)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    columns = _columns(vectors)
    refuse_keys(vectors.keys, _FORBIDDEN, "projector", begins=len(columns) == 1)
    _refuse_blank_keys(vectors.keys)
    line = b"\t".join([b"%.9g"] * vectors.dim) + b"\n"
    with to.member(TENSORS).open("wb") as out:
        for _, vector in vectors.records():
            out.write(line % tuple(vector.tolist()))
    with to.member(METADATA).open("wb") as out:
        if len(columns) > 1:
            out.write(b"\t".join(columns) + b"\n")
        for row in range(len(vectors)):
            out.write(b"\t".join(value(row) for value in columns.values()) + b"\n")


def _columns(vectors: ExportedVectors) -> dict[bytes, Callable[[int], bytes]]:
    """The columns of the metadata: their names, and what they hold of a row."""
    columns: dict[bytes, Callable[[int], bytes]] = {_KEY: vectors.keys.bytes_at}
    if (counts := vectors.counts) is not None:
        columns[_COUNT] = lambda row: b"%d" % counts[row]
    if (titles := vectors.titles) is not None:
        columns[_TITLE] = lambda row: b" ".join(titles.bytes_at(row).split()) if row < len(titles) else b""
    if (categories := vectors.categories) is not None:
        columns[_CATEGORIES] = lambda row: "|".join(categories.get(vectors.keys[row], ())).encode(
            "utf-8", "surrogateescape"
        )
    return columns


def _refuse_blank_keys(keys: Keys) -> None:
    """The Projector skips lines without anything to see, and would show the vectors of the keys before."""
    for row, key in enumerate(keys):
        if not key.strip().strip("\ufeff"):
            raise cannot_hold(keys.bytes_at(row), "there is nothing to see in it", "projector")


def _named(inputs: InputFiles, rows: Iterator[Batch], path: Path) -> Iterator[Batch]:
    """The rows with their keys, and with counts if all have one."""
    metadata = _metadata(path)
    for batch in rows:
        found = list(islice(metadata, len(batch.values)))
        if len(found) < len(batch.values):
            raise InputError(f"{inputs}: more rows than keys in {path}")
        counts = [count for _, count in found if count is not None]
        known = np.array(counts, np.int64) if len(counts) == len(found) else None
        yield Batch([key for key, _ in found], batch.values, counts=known)
    if next(metadata, None) is not None:
        raise InputError(f"{inputs} is truncated: it has fewer rows than {path} has keys")


def _metadata(path: Path) -> Iterator[tuple[bytes, int | None]]:
    """Each key and its count, if that is known."""
    key_column, count_column = 0, None
    for number, line in enumerate(byte_lines(Source(str(path)))):
        values = line.split(b"\t")
        if number == 0 and len(values) > 1:
            for name in (_KEY, _COUNT):
                if values.count(name) > 1:
                    raise InputError(f"{path}: {values.count(name)} columns are called {name.decode()}")
            key_column = values.index(_KEY) if _KEY in values else 0
            count_column = values.index(_COUNT) if _COUNT in values else None
            continue
        try:
            count = None if count_column is None else _count(values[count_column])
            yield values[key_column], count
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}, line {number + 1}: {error}") from error


def _count(text: bytes) -> int:
    """A count in digits.

    Raises:
        ValueError: it is something else, or too large.
    """
    if not re.fullmatch(rb"[0-9]{1,19}", text) or int(text) > MOST_COUNTS:
        raise ValueError(f"{text[:40].decode('utf-8', 'replace')!r} is no count")
    return int(text)
