"""Vectors of other programs become an .e2v file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError, SettingError
from e2v.formats import find_format, sniff
from e2v.formats.transfer.input_files import InputFiles
from e2v.formats.transfer.row_reader import MOST_COUNTS, Batch, RowReader, shown
from e2v.inputs.read_ahead import read_ahead
from e2v.progress import Progress, Report, silent
from e2v.store import ArtifactWriter, Keys, refuse_overwriting
from e2v.store.provenance import made_by

Duplicates = Literal["fail", "first"]


@dataclass(frozen=True)
class ImportSummary:
    """What was read, `bytes` in all; `dropped` rows repeated the key of an earlier one.

    notices: what else there is to say, a line each.
    """

    format: str
    keys: int
    dim: int
    dtype: str
    dropped: int
    bytes: int
    notices: tuple[str, ...] = ()


def import_vectors(
    inputs: InputFiles,
    output: Path,
    format_name: str | None = None,
    *,
    duplicates: Duplicates,
    report: Report = silent,
) -> ImportSummary:
    """Read vectors in a format, or in the one that the content shows, and write them as a vectors file.

    Two batches of rows are in memory at a time, one that is read and one that is written, besides the keys.
    duplicates: whether a key that occurs twice is an error, or only its first row counts. report: see
    `e2v.progress`.

    Raises:
        InputError: what is read is in no known format, damaged or empty, or a vector is not finite.
        UsageError: there is no such format, or it has no file of keys and one is named, or the output is
            one of the files that are read.
        OutputError: the output cannot be written.
    """
    provenance = made_by("import")
    report(Progress("reading", "rows"))
    if not inputs.folder and not inputs.head():
        raise InputError(f"{inputs} is empty")
    with ArtifactWriter(output, "vectors", provenance) as writer:
        name = format_name or sniff(inputs)
        with np.errstate(all="ignore"):
            reading = find_format(name).read(inputs)
            if not reading.dim:
                raise InputError(f"{inputs} holds no vectors: they have no dimensions")
        if inputs.keys and not inputs.keys_asked:
            raise SettingError("{keys} does not go with {}", name, hint="its keys stand with their vectors")
        stream = writer.stream("vectors", reading.dtype, (reading.dim,))
        rows = _Rows(inputs, reading, duplicates)
        with closing(read_ahead(_quiet(reading.batches), 1)) as batches:
            for batch in batches:
                stream.write(rows.accept(batch).values)
                report(Progress("reading", "rows", rows.read, _total(inputs, reading, rows.read)))
        report(Progress("writing"))
        rows.finish()
        writer.add_keys("keys", Keys.from_strings(rows.seen))
        if rows.scales:
            writer.add("scales", np.concatenate(rows.scales))
        if rows.counts:
            writer.add("counts", np.concatenate(rows.counts))
        records = inputs.record()
        refuse_overwriting([output], [str(file["name"]) for file in records])
        provenance.update(settings={"format": name, "duplicates": duplicates}, inputs=records)
    return ImportSummary(
        format=name,
        keys=len(rows.seen),
        dim=reading.dim,
        dtype=str(reading.dtype),
        dropped=rows.read - len(rows.seen),
        bytes=sum(file["bytes"] for file in records),
        notices=tuple(inputs.notices),
    )


def _quiet(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches, without NumPy's warnings: what overflows is refused as not finite, with its place."""
    iterator = iter(batches)
    while True:
        with np.errstate(all="ignore"):
            batch = next(iterator, None)
        if batch is None:
            return
        yield batch


def _total(inputs: InputFiles, reading: RowReader, read: int) -> int | None:
    """How many rows there are, or how many it seems, to judge by the size of the file."""
    if reading.expected is not None:
        return max(reading.expected, read)
    if reading.size is None and inputs.size and inputs.position:
        return round(read * inputs.size / inputs.position)
    return reading.size


class _Rows:
    """Checks rows as they come, and keeps what is written after the vectors.

    seen: the keys, in their order, and the row of each. read: rows so far.
    """

    def __init__(self, inputs: InputFiles, reading: RowReader, duplicates: Duplicates) -> None:
        self.seen: dict[bytes, int] = {}
        self.read = 0
        self.scales: list[NDArray[np.float32]] = []
        self.counts: list[NDArray[np.int64]] = []
        self._total = 0
        self._inputs = inputs
        self._reading = reading
        self._duplicates = duplicates

    def accept(self, batch: Batch) -> Batch:
        """The batch, or what remains of it without the rows of keys that were there before."""
        if batch.scales is not None:
            with np.errstate(over="ignore"):
                batch = batch._replace(scales=batch.scales.astype(np.float32))
        self._check_finite(batch)
        kept = self._new(batch.keys)
        self.read += len(batch.keys)
        if self._reading.size is not None and self.read > self._reading.size:
            raise InputError(f"{self._inputs}: more rows than the {self._reading.size:,} that it announces")
        if len(kept) < len(batch.keys):
            batch = Batch(
                [batch.keys[i] for i in kept],
                batch.values[kept],
                None if batch.scales is None else batch.scales[kept],
                None if batch.counts is None else batch.counts[kept],
            )
        if batch.values.dtype == np.int8:
            ones = np.ones(len(kept), np.float32)
            self.scales.append(ones if batch.scales is None else batch.scales)
        if batch.counts is not None:
            self._add_counts(batch.counts)
        return batch

    def finish(self) -> None:
        """Check that everything came."""
        if self._reading.size is not None and self.read < self._reading.size:
            announced = f"{self.read:,} of the {self._reading.size:,} rows that it announces"
            raise InputError(f"{self._inputs} is truncated: it holds {announced}")
        if not self.seen:
            raise InputError(f"{self._inputs} holds no vectors")

    def _add_counts(self, counts: NDArray[np.int64]) -> None:
        self.counts.append(counts)
        self._total += sum(counts.tolist())
        if len(counts) and counts.min() < 0:
            row = self.read - len(counts) + int(np.argmin(counts))
            raise InputError(f"{self._inputs}, {self._reading.location(row)}: {counts.min()} is no count")
        if self._total > MOST_COUNTS:
            raise InputError(f"{self._inputs}: its counts add up to 2^63 or more")

    def _new(self, keys: list[bytes]) -> Sequence[int]:
        """Positions of the keys that were not there before."""
        rows = dict(zip(keys, range(self.read, self.read + len(keys)), strict=True))
        if len(rows) == len(keys) and self.seen.keys().isdisjoint(rows):
            self.seen.update(rows)
            return range(len(keys))
        kept = []
        for i, key in enumerate(keys):
            row = self.seen.setdefault(key, self.read + i)
            if row == self.read + i:
                kept.append(i)
            elif self._duplicates == "fail":
                raise InputError(
                    f"{self._inputs}, {self._reading.location(self.read + i)}: the key {shown(key)} is in "
                    f"{self._reading.location(row)} already",
                    Advice("{duplicates} first keeps the first"),
                )
        return kept

    def _check_finite(self, batch: Batch) -> None:
        for values in (batch.values, batch.scales):
            if values is None or values.dtype.kind != "f" or np.isfinite(values).all():
                continue
            row = int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0])
            where = self._reading.location(self.read + row)
            raise InputError(
                f"{self._inputs}, {where}: the vector of {shown(batch.keys[row])} is not finite in 32 bits"
            )
