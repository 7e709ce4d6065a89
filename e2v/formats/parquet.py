"""A Parquet file with the columns word (string), vector (list of floats) and, if it is known, count.

These are the names and types in which Spark ML saves a Word2VecModel's data; embedding-atlas reads it with
`embedding-atlas FILE --text word --vector vector`. Needs PyArrow, of the [io] extra.

Read: a file, or the part files in a folder (of a Spark ML model: in data/), with such columns, or with one
column of strings and one of lists of numbers by whatever names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import InputError, MissingExtraError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.origin import Appearance, Origin
from e2v.formats.transfer.outgoing import FLOATS, Outgoing, refuse_invalid_text
from e2v.formats.transfer.reading import Batch, Reading, batch_rows, place, stored_dtype

FILES = ()
DTYPES = FLOATS
TEXT = False
SEEKABLE = False

_MAGIC = b"PAR1"
_KEY, _VECTOR, _COUNT = "word", "vector", "count"
_SPARK_MODEL = {"data", "metadata"}
_ROW_GROUP = 1 << 16


def recognises(seen: Appearance) -> bool:
    """See `Format.recognises`."""
    parts = any(file.endswith(".parquet") for file in seen.files)
    return seen.head.startswith(_MAGIC) or parts or seen.files >= _SPARK_MODEL


def read(origin: Origin) -> Reading:
    """See `Format.read`."""
    paths = _parts(origin) if origin.folder else [origin.file()]
    files = [_open(origin, path) for path in paths]
    size = sum(file.metadata.num_rows for file in files)
    if not size:
        raise InputError(f"{origin} holds no vectors")
    columns = _columns(origin, files[0].schema_arrow)
    dtype = np.dtype(files[0].schema_arrow.field(columns[1]).type.value_type.to_pandas_dtype())
    with _explained(origin):
        dim = _dim(files, columns)
    if not dim:
        raise InputError(f"{origin}, {place(0)}: no vector")
    return Reading(dim, _batches(origin, files, columns, dim), stored_dtype(dtype, origin), size=size)


def write(vectors: Outgoing, to: Destination) -> None:
    """See `Format.write`."""
    arrow, parquet = _pyarrow("writing")
    refuse_invalid_text(vectors.keys, "parquet")
    number = arrow.float16() if vectors.dtype == "float16" else arrow.float32()
    columns = {_KEY: arrow.string(), _VECTOR: arrow.list_(arrow.field("element", number, nullable=False))}
    if vectors.counts is not None:
        columns[_COUNT] = arrow.int64()
    schema = arrow.schema(columns)
    first = 0
    with parquet.ParquetWriter(to.stream(), schema, use_dictionary=False, write_statistics=False) as writer:
        for block in vectors.blocks():
            last = first + len(block.values)
            ends = np.arange(0, block.values.size + 1, vectors.dim, dtype=np.int32)
            arrays = [
                arrow.array(list(vectors.keys[first:last]), arrow.string()),
                arrow.ListArray.from_arrays(ends, arrow.array(block.values.reshape(-1)), columns[_VECTOR]),
            ]
            if vectors.counts is not None:
                arrays.append(arrow.array(vectors.counts[first:last]))
            writer.write_batch(arrow.record_batch(arrays, schema=schema), row_group_size=_ROW_GROUP)
            first = last


def _pyarrow(doing: str) -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(f"{doing} Parquet", "io") from error
    return pyarrow, pyarrow.parquet


def _parts(origin: Origin) -> list[Path]:
    """The files that Spark splits a table into, in the order of their names."""
    assert origin.folder
    folder = origin.folder / "data" if (origin.folder / "data").is_dir() else origin.folder
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(f"{folder} holds no Parquet files")
    return [origin.note(path) for path in paths]


def _open(origin: Origin, path: Path) -> Any:
    _, parquet = _pyarrow("reading")
    with _explained(path if origin.folder else origin):
        return parquet.ParquetFile(path)


@contextlib.contextmanager
def _explained(what: object) -> Iterator[None]:
    """Turn what PyArrow says of a damaged file into one line."""
    arrow, _ = _pyarrow("reading")
    try:
        yield
    except (arrow.ArrowException, OSError, ValueError, KeyError) as error:
        said = str(error).partition("\n")[0]
        raise InputError(f"{what} is no whole Parquet file: {said}") from error


def _columns(origin: Origin, schema: Any) -> list[str]:
    """The names of the columns of keys and vectors, and of counts if there are any."""
    arrow, _ = _pyarrow("reading")
    types = {field.name: field.type for field in schema}
    texts = [name for name, kind in types.items() if _is_text(arrow.types, kind)]
    lists = [name for name, kind in types.items() if _is_list(arrow.types, kind)]
    key = [_KEY] if _KEY in texts else texts
    vector = [_VECTOR] if _VECTOR in lists else lists
    if len(key) != 1 or len(vector) != 1:
        raise InputError(
            f"{origin} has {len(key)} columns of keys and {len(vector)} of vectors: {', '.join(types)}",
            f"name them {_KEY} and {_VECTOR}",
        )
    counts = [_COUNT] if _COUNT in types and arrow.types.is_integer(types[_COUNT]) else []
    return [*key, *vector, *counts]


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _is_list(types: Any, kind: Any) -> bool:
    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(is_list and types.is_floating(kind.value_type))


def _rows(files: list[Any], columns: list[str], step: int) -> Iterator[Any]:
    for file in files:
        for rows in file.iter_batches(step, columns=columns):
            yield rows.select(columns)


def _dim(files: list[Any], columns: list[str]) -> int:
    """Numbers in the first vector."""
    first = next(_rows(files, columns, 1), None)
    return 0 if first is None else len(first.column(1)[0].as_py() or ())


def _batches(origin: Origin, files: list[Any], columns: list[str], dim: int) -> Iterator[Batch]:
    done = 0
    with _explained(origin):
        for rows in _rows(files, columns, batch_rows(dim)):
            yield _batch(origin, rows, dim, done)
            done += rows.num_rows


def _batch(origin: Origin, rows: Any, dim: int, done: int) -> Batch:
    """A batch of the columns of keys, vectors and perhaps counts, after `done` rows."""
    arrow, _ = _pyarrow("reading")
    keys, vectors = rows.column(0).to_pylist(), rows.column(1)
    lengths = arrow.compute.list_value_length(vectors).fill_null(0).to_numpy(zero_copy_only=False)
    if len(odd := np.flatnonzero(lengths != dim)):
        what = f"{lengths[odd[0]]:,} numbers, not {dim:,}"
        raise InputError(f"{origin}, {place(done + int(odd[0]))}: {what}")
    if None in keys:
        raise InputError(f"{origin}, {place(done + keys.index(None))}: no key")
    values = vectors.flatten().to_numpy(zero_copy_only=False).reshape(len(keys), dim)
    counts = rows.column(2).fill_null(0).to_numpy().astype(np.int64) if rows.num_columns > 2 else None
    return Batch(
        [key.encode() for key in keys],
        values.astype(stored_dtype(values.dtype, origin), copy=False),
        counts=counts,
    )
