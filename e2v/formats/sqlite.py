"""An SQLite database with a table `vectors`: key, vector and, where they are known, count and scale.

    CREATE TABLE vectors (key TEXT NOT NULL, vector BLOB NOT NULL, count INTEGER, scale REAL)
    CREATE UNIQUE INDEX vectors_key ON vectors (key)

Row i of the matrix is rowid i + 1. A key that is not UTF-8 is stored as a blob. A vector is a blob of its
numbers, little-endian float32 or int8, as sqlite-vec takes them (`vec_distance_cosine(vector, ?)`, for int8
`vec_int8(vector)`); where scales are given, a vector is scale times those numbers. It is a plain table, which
any SQLite opens; sqlite-vec makes one of its own of it:

    CREATE VIRTUAL TABLE neighbours USING vec0(vector float[300] distance_metric=cosine);
    INSERT INTO neighbours(rowid, vector) SELECT rowid, vector FROM vectors;

Read: such tables, and sqlite-vec's own (keys are a text primary key, or an auxiliary text, or the rowid).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np

from e2v.errors import InputError
from e2v.formats.transfer import vec0
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import Dtype, ExportedVectors
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import Batch, RowReader, batch_rows, checked_counts, location

FILES = ()
DTYPES: tuple[Dtype, ...] = ("float32", "int8")
KEEPS: tuple[Part, ...] = ("counts",)
TEXT = False
SEEKABLE = True

_MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 1 << 27  # bytes: sqlite-vec keeps some thousand vectors in a blob
_TABLE = (
    "CREATE TABLE vectors (key TEXT NOT NULL, vector BLOB NOT NULL, count INTEGER, scale REAL)",
    "CREATE UNIQUE INDEX vectors_key ON vectors (key)",
)


class _Table(NamedTuple):
    """What to select, for key, vector, count and scale, and what the vectors are."""

    query: str
    dtype: np.dtype[Any]
    dim: int
    scaled: bool


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return preview.head.startswith(_MAGIC)


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    path = inputs.file()
    with _explained(inputs), closing(_connect(path)) as database:
        _refuse_truncated(inputs, path, database)
        tables = vec0.find_tables(database)
        if len(tables) > 1:
            names = ", ".join(table.name for table in tables)
            raise InputError(
                f"{inputs} has {len(tables)} tables of vectors: {names}",
                "copy the one that is wanted to a database of its own (CREATE VIRTUAL TABLE ... USING vec0)",
            )
        table = tables[0] if tables else _plain_table(inputs, database)
        if isinstance(table, vec0.Vec0Table):
            if not vec0.parts(table) <= _table_names(database):
                raise InputError(f"{inputs}: tables are missing in which sqlite-vec keeps {table.name}")
            expected = vec0.count(database, table)
        else:  # counting would take reading it
            (expected,) = database.execute("SELECT max(rowid) FROM vectors").fetchone()
    return RowReader(table.dim, _batches(inputs, path, table), table.dtype, expected=expected)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    with _failing(), closing(sqlite3.connect(to.file(), isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")  # the file is new, and thrown away should this fail
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute(_TABLE[0])
        database.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?)", _rows(vectors))
        database.execute(_TABLE[1])
        database.execute("COMMIT")


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """What SQLite says of a disk, as the system would."""
    try:
        yield
    except sqlite3.DatabaseError as error:  # which a file is "malformed" for that could not be read back, too
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise OSError(errno.EIO, f"SQLite says {error}") from error


def _rows(vectors: ExportedVectors) -> Iterator[tuple[str | bytes, bytes, int | None, float | None]]:
    row = 0
    for block in vectors.blocks():
        dtype = block.values.dtype.newbyteorder("<")
        for i, values in enumerate(block.values.astype(dtype, copy=False)):
            key = vectors.keys.bytes_at(row)
            count = None if vectors.counts is None else int(vectors.counts[row])
            scale = None if block.scales is None else float(block.scales[i])
            yield _as_text(key), values.tobytes(), count, scale
            row += 1


def _as_text(key: bytes) -> str | bytes:
    try:
        return key.decode()
    except UnicodeDecodeError:
        return key


def _connect(path: Path) -> sqlite3.Connection:
    name = f"file:{quote(str(path.resolve()))}?mode=ro"
    database = sqlite3.connect(name, uri=True, check_same_thread=False)  # used by one thread after another
    database.text_factory = bytes
    database.execute("PRAGMA trusted_schema = OFF")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)  # a column may be computed, and endless
    return database


def _refuse_truncated(inputs: InputFiles, path: Path, database: sqlite3.Connection) -> None:
    """SQLite takes the missing part of its last page for zeros."""
    (pages,), (page,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    if path.stat().st_size < pages * page:
        raise InputError(f"{inputs} is truncated: it holds {pages:,} pages of {page:,} bytes")


def _table_names(database: sqlite3.Connection) -> set[str]:
    """The names of the tables that hold what they show, in lower case: those of views are none."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name.decode("utf-8", "replace").lower() for (name,) in found}


def _plain_table(inputs: InputFiles, database: sqlite3.Connection) -> _Table:
    if "vectors" not in _table_names(database):  # a view may have no end
        raise InputError(f"{inputs} has no table vectors with the columns key and vector")
    columns = [name.decode() for _, name, *_ in database.execute("PRAGMA table_info(vectors)")]
    if not {"key", "vector"} <= set(columns):
        raise InputError(f"{inputs} has no table vectors with the columns key and vector")
    count, scale = (name if name in columns else "NULL" for name in ("count", "scale"))
    query = f"SELECT key, vector, {count}, {scale} FROM vectors ORDER BY rowid"
    first = database.execute(query).fetchone()
    if not first:
        raise InputError(f"{inputs} holds no vectors")
    dtype = np.dtype("<f4" if first[3] is None else np.int8)
    size = len(first[1]) if isinstance(first[1], bytes) else 0
    return _Table(query, dtype, size // dtype.itemsize, first[3] is not None)


def _batches(inputs: InputFiles, path: Path, table: _Table | vec0.Vec0Table) -> Iterator[Batch]:
    with _explained(inputs), closing(_connect(path)) as database:
        if isinstance(table, vec0.Vec0Table):
            yield from vec0.batches(database, table)
            return
        done = 0
        cursor = database.execute(table.query)
        while rows := cursor.fetchmany(batch_rows(table.dim)):
            yield _batch(inputs, table, rows, done)
            done += len(rows)


@contextlib.contextmanager
def _explained(inputs: InputFiles) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        raise InputError(f"{inputs} is damaged or no SQLite database: {error}") from error


def _batch(inputs: InputFiles, table: _Table, rows: list[tuple[Any, ...]], done: int) -> Batch:
    width = table.dim * table.dtype.itemsize
    for i, (key, vector, _, _) in enumerate(rows):
        if not isinstance(vector, bytes) or len(vector) != width or key is None:
            raise InputError(
                f"{inputs}, {location(done + i)}: no key, or no vector of {table.dim:,} {table.dtype}"
            )
    keys, vectors, counts, scales = zip(*rows, strict=True)
    if any((scale is not None) != table.scaled for scale in scales):
        raise InputError(f"{inputs}: some vectors have a scale, and some have none")
    values = np.frombuffer(b"".join(vectors), table.dtype).reshape(len(rows), table.dim)
    return Batch(
        [key if isinstance(key, bytes) else str(key).encode() for key in keys],
        values,
        None if None in scales else np.array(scales, np.float64),
        None if None in counts else checked_counts(inputs, counts, lambda row: location(done + row)),
    )
