"""A Parquet file with the columns word (string), vector (list of floats) and, if it is known, count.

These are the names and types in which Spark ML saves a Word2VecModel's data; embedding-atlas reads it with
`embedding-atlas FILE --text word --vector vector`. Needs PyArrow, of the [io] extra.

Read: a file, or the part files in a folder (of a Spark ML model: in data/), with such columns, or with one
column of keys and one of lists of numbers by whatever names. Keys are strings, also as a dictionary
(categories), or bytes; where no column holds such, whole numbers, of which 12.0 is one.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import InputError, MissingExtraError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOATS, ExportedVectors, refuse_invalid_text
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import (
    Batch,
    RowReader,
    batch_rows,
    checked_counts,
    location,
    stored_dtype,
)

FILES = ()
DTYPES = FLOATS
KEEPS: tuple[Part, ...] = ("counts",)
TEXT = False
SEEKABLE = False

_MAGIC = b"PAR1"
_KEY, _VECTOR, _COUNT = "word", "vector", "count"
_SPARK_MODEL = {"data", "metadata"}
_ROW_GROUP = 1 << 16


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    parts = any(file.endswith(".parquet") for file in preview.files)
    return preview.head.startswith(_MAGIC) or parts or preview.files >= _SPARK_MODEL


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    paths = _parts(inputs) if inputs.folder else [inputs.file()]
    files = [_open(inputs, path) for path in paths]
    size = sum(file.metadata.num_rows for file in files)
    if not size:
        raise InputError(f"{inputs} holds no vectors")
    columns = _columns(inputs, files[0].schema_arrow)
    dtype = _vector_dtype(files[0].schema_arrow.field(columns[1]).type.value_type)
    with _explained(inputs):
        dim = _dim(files, columns)
    if not dim:
        raise InputError(f"{inputs}, {location(0)}: no vector")
    return RowReader(dim, _batches(inputs, files, columns, dim), stored_dtype(dtype, inputs), size=size)


def write(vectors: ExportedVectors, to: Destination) -> None:
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
        raise MissingExtraError(f"{doing} Parquet", "pyarrow") from error
    return pyarrow, pyarrow.parquet


def _parts(inputs: InputFiles) -> list[Path]:
    """The files that Spark splits a table into, in the order of their names."""
    assert inputs.folder
    folder = inputs.folder / "data" if (inputs.folder / "data").is_dir() else inputs.folder
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(f"{folder} holds no Parquet files")
    return [inputs.note(path) for path in paths]


def _open(inputs: InputFiles, path: Path) -> Any:
    _, parquet = _pyarrow("reading")
    with _explained(path if inputs.folder else inputs):
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


def _columns(inputs: InputFiles, schema: Any) -> list[str]:
    """The names of the columns of keys and vectors, and of counts if there are any."""
    arrow, _ = _pyarrow("reading")
    types = {field.name: field.type for field in schema}
    _refuse_repeated(inputs, schema.names)
    texts = [name for name, kind in types.items() if _is_text(arrow.types, kind)]
    if not texts or _is_number(arrow.types, types.get(_KEY)):
        texts += [name for name, kind in types.items() if _is_number(arrow.types, kind) and name != _COUNT]
    lists = [name for name, kind in types.items() if _is_list(arrow.types, kind)]
    key = [_KEY] if _KEY in texts else texts
    vector = [_VECTOR] if _VECTOR in lists else lists
    if len(key) != 1 or len(vector) != 1:
        raise InputError(
            f"{inputs} has {len(key)} columns of keys and {len(vector)} of vectors: {', '.join(types)}",
            f"name them {_KEY} and {_VECTOR}",
        )
    counts = [_COUNT] if _COUNT in types and arrow.types.is_integer(types[_COUNT]) else []
    return [*key, *vector, *counts]


def _refuse_repeated(inputs: InputFiles, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{inputs} has {names.count(name)} columns called {name}")


def _is_text(types: Any, kind: Any) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        types.is_string, types.is_large_string, types.is_string_view,
        types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _is_number(types: Any, kind: Any) -> bool:
    if kind is not None and types.is_dictionary(kind):
        kind = kind.value_type
    return kind is not None and bool(types.is_integer(kind) or types.is_floating(kind))


def _is_list(types: Any, kind: Any) -> bool:
    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(is_list and _is_number(types, kind.value_type) and not types.is_dictionary(kind.value_type))


def _vector_dtype(kind: Any) -> np.dtype[Any]:
    """Of vectors in a file, integers as float64, which holds those that float32 holds."""
    floats = {"halffloat": np.float16, "float": np.float32}
    return np.dtype(floats.get(str(kind), np.float64))


def _rows(files: list[Any], columns: list[str], step: int) -> Iterator[Any]:
    for file in files:
        for rows in file.iter_batches(step, columns=columns):
            yield rows.select(columns)


def _dim(files: list[Any], columns: list[str]) -> int:
    """Numbers in the first vector."""
    first = next(_rows(files, columns, 1), None)
    return 0 if first is None else len(first.column(1)[0].as_py() or ())


def _batches(inputs: InputFiles, files: list[Any], columns: list[str], dim: int) -> Iterator[Batch]:
    done = 0
    with _explained(inputs), contextlib.ExitStack() as opened:
        for file in files:  # unless it is closed here, Arrow has words of its own for a failure
            opened.enter_context(file)
        for rows in _rows(files, columns, batch_rows(dim)):
            yield _batch(inputs, rows, dim, done)
            done += rows.num_rows


def _batch(inputs: InputFiles, rows: Any, dim: int, done: int) -> Batch:
    """A batch of the columns of keys, vectors and perhaps counts, after `done` rows."""
    arrow, _ = _pyarrow("reading")
    keys, vectors = _keys(inputs, rows.column(0), done), rows.column(1)
    lengths = arrow.compute.list_value_length(vectors).fill_null(0).to_numpy(zero_copy_only=False)
    if len(odd := np.flatnonzero(lengths != dim)):
        what = f"{lengths[odd[0]]:,} numbers, not {dim:,}"
        raise InputError(f"{inputs}, {location(done + int(odd[0]))}: {what}")
    flat = vectors.flatten()
    if flat.null_count:
        first = int(np.flatnonzero(flat.is_null().to_numpy(zero_copy_only=False))[0]) // dim
        raise InputError(f"{inputs}, {location(done + first)}: a number is missing")
    values = flat.to_numpy(zero_copy_only=False).reshape(len(keys), dim)
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    counts = None
    if rows.num_columns > 2:
        counts = checked_counts(
            inputs,
            rows.column(2).fill_null(0).to_numpy(zero_copy_only=False),
            lambda row: location(done + row),
        )
    return Batch(keys, values.astype(stored_dtype(values.dtype, inputs), copy=False), counts=counts)


def _keys(inputs: InputFiles, column: Any, done: int) -> list[bytes]:
    """The keys of a batch, which comes after `done` rows."""
    arrow, _ = _pyarrow("reading")
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if arrow.types.is_string_view(column.type):
        column = column.cast(arrow.string())
    if arrow.types.is_string(column.type):  # as bytes: what should be UTF-8 may be something else
        column = column.view(arrow.binary())
    elif arrow.types.is_large_string(column.type):
        column = column.view(arrow.large_binary())
    keys = []
    for row, value in enumerate(column.to_pylist()):
        key = _key(value)
        if key is None:
            what = "no key" if value is None else f"{value} is no key"
            raise InputError(f"{inputs}, {location(done + row)}: {what}")
        keys.append(key)
    return keys


def _key(value: Any) -> bytes | None:
    """A key of Parquet's values; None for what is none. A number that is whole is written as one."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    return str(value).encode() if type(value) is int else None
