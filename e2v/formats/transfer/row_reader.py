"""Vectors on their way in, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats.transfer.input_files import InputFiles
from e2v.vectors.matrix import Floats

Counts: TypeAlias = NDArray[np.int64]

#: What counts may add up to.
MOST_COUNTS = (1 << 63) - 1

#: Numbers in a batch: 8 MB of float32.
_BATCH_SIZE = 1 << 21


class Batch(NamedTuple):
    """Some rows, in the order of the file.

    keys: m of them. values: float32, float16 or int8 [m, d]. scales: float32[m], what each row is to be
    multiplied by; None for 1. counts: int64[m], or None if unknown. Batches share no memory: one is
    read while another is written.
    """

    keys: list[bytes]
    values: NDArray[Any]
    scales: Floats | None = None
    counts: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class RowReader:
    """What a format's reader found: the shape, and the rows, which are read as they are asked for.

    dtype: of the batches' values. first_line: in a text file, the number of the line of the first row.
    size: how many rows there should be, if the file says so. expected: about how many there will be, if it
    does not, and is not read as a stream.
    """

    dim: int
    batches: Iterable[Batch]
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    first_line: int | None = None
    size: int | None = None
    expected: int | None = None

    def location(self, row: int) -> str:
        """Where row number `row`, counted from 0, is in the file."""
        return location(row, self.first_line)


def location(row: int, first_line: int | None = None) -> str:
    """Where row number `row`, counted from 0, is: its line in a text file, else its number from 1."""
    return f"row {row + 1}" if first_line is None else f"line {row + first_line}"


def shown(key: bytes) -> str:
    """A key in a message, in quotes and cut if it is long."""
    text = repr(key.decode("utf-8", "surrogateescape"))
    return text if len(text) <= 80 else f"{text[:60]}...{text[-10:]}"


def batch_rows(dim: int) -> int:
    """How many rows a batch has."""
    return max(1, _BATCH_SIZE // max(dim, 1))


def stored_dtype(dtype: np.dtype[Any], inputs: InputFiles) -> np.dtype[Any]:
    """The dtype that values of another one are stored in: float64 becomes float32.

    Raises:
        InputError: they are no vectors.
    """
    if dtype.kind == "f" and dtype.itemsize in (2, 4, 8):
        return np.dtype(np.float16 if dtype.itemsize == 2 else np.float32)
    if dtype == np.int8:
        return dtype
    raise InputError(f"{inputs}: vectors of {dtype}", "float32, float16, float64 and int8 are read")


def checked_counts(
    inputs: InputFiles, counts: Sequence[Any] | NDArray[Any], where: Callable[[int], str]
) -> Counts:
    """int64[m]: counts as a file has them, each a whole number from 0 to 2^63 - 1.

    where: says where the one of a row of the batch is.

    Raises:
        InputError: one is something else.
    """
    values = np.asarray(counts) if isinstance(counts, np.ndarray) else None
    if values is not None and values.dtype.kind in "iu" and (not values.size or _within(values)):
        return values.astype(np.int64)
    for row, count in enumerate(counts if values is None else values.tolist()):
        if type(count) is not int or not 0 <= count <= MOST_COUNTS:
            raise InputError(f"{inputs}, {where(row)}: {str(count)[:40]} is no count")
    return np.array(counts, np.int64)


def _within(counts: NDArray[Any]) -> bool:
    return int(counts.min()) >= 0 and int(counts.max()) <= MOST_COUNTS


def matrix_batches(
    inputs: InputFiles,
    keys: Sequence[bytes],
    rows: Callable[[slice], NDArray[Any]],
    dim: int,
    scales: Floats | None = None,
    counts: NDArray[np.int64] | None = None,
) -> Iterator[Batch]:
    """A matrix of floats or int8, a batch at a time: `rows` gives those of a slice."""
    for first in range(0, len(keys), batch_rows(dim)):
        part = slice(first, min(first + batch_rows(dim), len(keys)))
        values = rows(part)
        yield Batch(
            list(keys[part]),
            values.astype(stored_dtype(values.dtype, inputs), copy=False),
            None if scales is None else scales[part],
            None if counts is None else counts[part],
        )


def check_sizes(inputs: InputFiles, keys: int, rows: int, of: str) -> None:
    """Refuse a matrix that has not a row for each key.

    Raises:
        InputError: saying how many there are of each.
    """
    if keys != rows:
        raise InputError(f"{inputs}: {rows:,} vectors, but {keys:,} keys in {of}")
