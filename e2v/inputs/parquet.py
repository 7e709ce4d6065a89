"""Columns of Parquet files, by PyArrow (the [io] extra)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        indices = [index_of(self.source, self.names, column) for column in columns]
        return self._rows(self.names, indices, None if lists is None else list(columns).index(lists))

    def _rows(self, there: list[str], indices: list[int], lists: int | None) -> Iterator[Rows]:
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
                    first += batch.num_rows
                    arrays = [batch.column(index) for index in found]
                    if lists is not None and _is_list(arrays[lists].type):
                        rows, elements = _unfolded(arrays[lists])
                        numbers, arrays = numbers[rows], [array.take(pyarrow.array(rows)) for array in arrays]
                        arrays[lists] = elements
                    named = zip(arrays, names, strict=True)
                    yield Rows(numbers, numbers, [self._column(array, name) for array, name in named])
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
        if types.is_decimal(array.type):  # 12 and 12.5, as other numbers that have been 12.00 and 12.50
            texts = array.cast(pyarrow.string())
            array = compute.replace_substring_regex(texts, r"\.0*$|(\.\d*[1-9])0+$", r"\1")
        if not (types.is_integer(array.type) or _is_text(types, array.type)):
            raise InputError(
                f"{self.source}: column {name} is {array.type}",
                "ids, numbers and times are read, and lists of items",
            )
        texts = compute.fill_null(array.cast(pyarrow.large_string()), "")
        texts = pyarrow.concat_arrays([texts])  # from offset 0
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        text = padded(memoryview(data)[: bounds[-1]] if data else b"")
        return trimmed(Column(text, bounds[:-1].copy(), bounds[1:].copy()))


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _unfolded(lists: Any) -> tuple[NDArray[np.int64], Any]:
    """A row for each element of a column of lists: which row of the column it is of, and the element.

    Of a list that is missing an element is.
    """
    import pyarrow
    from pyarrow import compute

    missing = np.flatnonzero(~lists.is_valid().to_numpy(zero_copy_only=False))
    rows = np.concatenate((compute.list_parent_indices(lists).to_numpy(), missing))
    nothing = pyarrow.nulls(len(missing), lists.type.value_type)
    order = np.argsort(rows, kind="stable")
    elements = pyarrow.concat_arrays([compute.list_flatten(lists), nothing])
    return rows[order], elements.take(pyarrow.array(order))


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _damaged(source: Source, error: Exception) -> InputError:
    return InputError(f"{source} cannot be read as Parquet: {str(error).partition(chr(10))[0]}")
