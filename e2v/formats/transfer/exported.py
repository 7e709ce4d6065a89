"""Vectors on their way out, a block at a time, in the type of numbers that was asked for."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.errors import OutputError
from e2v.formats.transfer.row_reader import shown
from e2v.progress import Report, reported, silent
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, blocks

Dtype: TypeAlias = Literal["float32", "float16", "int8"]

FLOAT32: tuple[Dtype, ...] = ("float32",)
FLOATS: tuple[Dtype, ...] = ("float32", "float16")
ALL_DTYPES: tuple[Dtype, ...] = ("float32", "float16", "int8")

_LARGEST_INT8 = 127


class Block(NamedTuple):
    """Some rows: values [m, d] of the type asked for; with int8, row i stands for scales[i] * values[i]."""

    values: NDArray[Any]
    scales: Floats | None


@dataclass
class Loss:
    """What smaller numbers cost: 1 less the cosine of each vector and what becomes of it."""

    rows: int = 0
    total: float = 0.0
    worst: float = 0.0

    @property
    def mean(self) -> float:
        """Of all rows."""
        return self.total / max(self.rows, 1)

    def add(self, before: Floats, after: Floats) -> None:
        """Compare rows float32[m, d] with what became of them; rows of zeros lose nothing."""
        a, b = before.astype(np.float64), after.astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
        products = np.einsum("ij,ij->i", a, b)
        zero = ~a.any(axis=1)
        errors = 1 - np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
        errors = np.where(zero, 0, np.maximum(errors, 0))
        self.rows += len(a)
        self.total += float(errors.sum())
        self.worst = max(self.worst, float(errors.max(initial=0)))


@dataclass
class ExportedVectors:
    """Vectors to be written.

    categories: those of some keys, and titles: what the first keys are called, for formats that show them.
    provenance: how the vectors were made, for formats that say so. loss: of the blocks made so far.
    report: see `e2v.progress`.
    """

    vectors: KeyedVectors
    dtype: Dtype = "float32"
    categories: Mapping[str, Sequence[str]] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    titles: Keys | None = None
    loss: Loss = field(default_factory=Loss)
    report: Report = silent

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def keys(self) -> Keys:
        """The rows' keys."""
        return self.vectors.keys

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self.vectors.dim

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each key occurred, if that is known."""
        return self.vectors.counts

    def rows(self) -> Iterator[Floats]:
        """All rows in order, in blocks of float32.

        Raises:
            OutputError: a vector is not finite, which no reader would take.
        """
        first = 0
        every = blocks(self.vectors.matrix, len(self))
        for block in reported(every, self.report, "writing", "keys", len(self)):
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                key = shown(self.keys.bytes_at(first + int(finite.argmin())))
                raise OutputError(f"the vector of {key} is not finite", "e2v verify checks the whole file")
            yield block
            first += len(block)

    def blocks(self) -> Iterator[Block]:
        """All rows in order, in blocks of `dtype`.

        Raises:
            OutputError: a vector does not fit.
        """
        first = 0
        for rows in self.rows():
            block = self._converted(rows, first)
            if self.dtype != "float32":
                after = block.values.astype(np.float32)
                self.loss.add(rows, after if block.scales is None else after * block.scales[:, np.newaxis])
            yield block
            first += len(rows)

    def records(self) -> Iterator[tuple[bytes, Floats]]:
        """Each key's bytes and its vector, float32[d], in order."""
        row = 0
        for block in self.rows():
            for vector in block:
                yield self.keys.bytes_at(row), vector
                row += 1

    def _converted(self, rows: Floats, first: int) -> Block:
        if self.dtype == "float32":
            return Block(rows, None)
        if self.dtype == "int8":
            scales = np.abs(rows).max(axis=1, initial=0) / np.float32(_LARGEST_INT8)
            divisors = np.where(scales > 0, scales, 1)[:, np.newaxis]
            return Block(np.rint(rows / divisors).astype(np.int8), scales)
        with np.errstate(over="ignore"):
            values = rows.astype(np.float16)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            key = shown(self.keys.bytes_at(first + row))
            raise OutputError(f"float16 cannot hold the vector of {key}", "it ends at 65504: use float32")
        return Block(values, None)


def joined(scales: Iterable[Floats | None]) -> Floats:
    """The scales of all blocks."""
    return np.concatenate([part for part in scales if part is not None])


def refuse_keys(
    keys: Keys, forbidden: Mapping[bytes, str], format_name: str, *, empty: bool = False, begins: bool = False
) -> None:
    """Refuse keys that a format cannot hold.

    forbidden: single bytes that end or break a key, and what to call them. empty: it can hold an empty key.
    begins: its file begins with the first key, where a byte order mark would be taken for the file's.

    Raises:
        OutputError: naming the first such key.
    """
    if begins and len(keys) and keys.bytes_at(0).startswith(codecs.BOM_UTF8):
        raise cannot_hold(keys.bytes_at(0), "it begins with a byte order mark, as files do", format_name)
    unfit = np.isin(keys.blob, np.frombuffer(b"".join(forbidden), np.uint8))
    rows = np.searchsorted(keys.offsets, np.flatnonzero(unfit)[:1], side="right") - 1
    if not empty:
        rows = np.concatenate((np.flatnonzero(np.diff(keys.offsets) == 0)[:1], rows))
    if len(rows):
        key = keys.bytes_at(int(rows.min()))
        held = next((name for byte, name in forbidden.items() if byte in key), "no character")
        raise cannot_hold(key, f"it has {held}", format_name)


def refuse_invalid_text(keys: Keys, format_name: str) -> None:
    """Refuse keys that are not UTF-8.

    Raises:
        OutputError: naming the first such key.
    """
    for row in range(len(keys)):
        key = keys.bytes_at(row)
        try:
            key.decode()
        except UnicodeDecodeError:
            raise cannot_hold(key, "it is not UTF-8", format_name) from None


def cannot_hold(key: bytes, why: str, format_name: str) -> OutputError:
    """The error for a key that a format cannot hold."""
    return OutputError(f"{format_name} cannot hold the key {shown(key)}: {why}")
