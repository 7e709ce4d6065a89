"""Columns of Parquet files, by PyArrow (the [io] extra)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from e2v.errors import InputError, MissingExtraError
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import Rows, Table, index_of
from e2v.inputs.values import Column, id_text, padded, trimmed

_ROWS_AT_ONCE = 1 << 16


class ParquetTable(Table):
    """A Parquet file; its rows are counted from 1."""

    form = "Parquet"

    def __init__(self, source: Source) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtraError("reading Parquet", "pyarrow") from error
        self.source = source
        try:
            self._file = pyarrow.parquet.ParquetFile(source.name)
        except (pyarrow.ArrowException, OSError) as error:
            raise _damaged(source, error) from error
        self.names = list(self._file.schema_arrow.names)

    def rows(self, columns: Sequence[str], faults: Faults, lists: str | None = None) -> Iterator[Rows]:  # noqa: ARG002 - what is missing is empty
        """See `Table.rows`."""
        assert self.names is not None
        return self._rows(self.names, [index_of(self.source, self.names, column) for column in columns])

    def _rows(self, there: list[str], indices: list[int]) -> Iterator[Rows]:
        import pyarrow

        names = [there[index] for index in indices]
        nth = [there[:index].count(name) for index, name in zip(indices, names, strict=True)]
        for _ in self.source.chunks(text=False):  # for its digest
            pass
        first = 1
        try:
            with self._file as file:  # unless it is closed here, Arrow has words of its own for a failure
                for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(dict.fromkeys(names))):
                    numbers = np.arange(first, first + batch.num_rows)
                    has = batch.schema.get_all_field_indices
                    found = [has(name)[n] for name, n in zip(names, nth, strict=True)]
                    arrays = zip(map(batch.column, found), names, strict=True)
                    yield Rows(numbers, numbers, [self._column(array, name) for array, name in arrays])
                    first += batch.num_rows
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _damaged(self.source, error) from error

    def _column(self, array: Any, name: str) -> Column:
        """Values as text; missing ones are empty."""
        import pyarrow
        from pyarrow import compute, types

        if types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if types.is_date(array.type):
            array = array.cast(pyarrow.string())
        elif types.is_timestamp(array.type):
            micros = pyarrow.timestamp("us", array.type.tz)
            options = compute.CastOptions(micros, allow_time_truncate=True)  # pandas writes nanoseconds
            array = array.cast(options=options).cast(pyarrow.int64())
        if types.is_floating(array.type):
            exact = array.type == pyarrow.float64()
            # A float32 is shown by its own digits: 0.1, not 0.10000000149011612.
            shown = [v if v is None or exact else float(str(np.float32(v))) for v in array.to_pylist()]
            array = pyarrow.array([id_text(value) for value in shown], pyarrow.string())
        if not (types.is_integer(array.type) or _is_text(types, array.type)):
            raise InputError(
                f"{self.source}: column {name} is {array.type}", "ids, numbers and times are read"
            )
        texts = compute.fill_null(array.cast(pyarrow.large_string()), "")
        texts = pyarrow.concat_arrays([texts])  # from offset 0
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        text = padded(memoryview(data)[: bounds[-1]] if data else b"")
        return trimmed(Column(text, bounds[:-1].copy(), bounds[1:].copy()))


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _damaged(source: Source, error: Exception) -> InputError:
    return InputError(f"{source} cannot be read as Parquet: {str(error).partition(chr(10))[0]}")
