"""Writing an .e2v file: arrays are streamed straight to their place, the header is filled in last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from io import FileIO
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from e2v import __version__
from e2v.store.atomic import atomic_path
from e2v.store.header import PADDING, Header, aligned, encode_header
from e2v.store.keys import Keys
from e2v.store.schema import DTYPES, KINDS, ArraySpec, schema_problems

_CODES = {dtype: code for code, dtype in DTYPES.items()}
_BLOCK = 1 << 20  # bytes hashed, then written: they stay in the cache in between
_ROOM = 4096  # bytes kept for the header, provenance apart
_SHIFT = 1 << 24  # bytes moved at a time, should the header outgrow its room


class ArtifactWriter:
    """Writes one file, which appears whole when the `with` block ends well, and not at all otherwise.

    Every array is written once, in the order of the calls, and hashed on the way. `provenance` may be
    added to until the block ends; it must be JSON and the same for the same inputs and settings (no
    times, no machine names), for equal runs make equal files.

        with ArtifactWriter("model.e2v", "model", {"seed": 1}) as writer:
            writer.add_keys("keys", keys)
            writer.add("counts", counts)
            ...

    Raises:
        OutputError: as `e2v.store.atomic_path`.
        ValueError: at the end of the block, if the arrays are not those of the kind.
    """

    def __init__(self, path: str | os.PathLike[str], kind: str, provenance: dict[str, Any]) -> None:
        self.provenance = provenance
        self.digest = ""  # of the content, known when the block has ended
        self._path = path
        self._kind = kind
        self._schema = KINDS[kind]
        self._streams: list[Stream] = []
        self._padding: list[ArraySpec] = []
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._cleanup:
            temporary = self._cleanup.enter_context(atomic_path(self._path))
            self._file = self._cleanup.enter_context(FileIO(temporary, "r+"))
            self._data_start = _room_for_header(self.provenance)
            self._file.seek(self._data_start)
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is not None:
            self._cleanup.__exit__(exc_type, exc, traceback)
            return
        with self._cleanup:
            self._finish()

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Write an array whole."""
        self.stream(name, array.dtype, array.shape[1:]).write(array)

    def add_keys(self, name: str, keys: Keys) -> None:
        """Write strings as `name`.bytes and `name`.offsets; the vocabulary's are called 'keys'."""
        self.add(f"{name}.bytes", keys.blob)
        self.add(f"{name}.offsets", keys.offsets)

    def stream(
        self, name: str, dtype: DTypeLike, row_shape: tuple[int, ...] = (), *, draft: bool = False
    ) -> Stream:
        """Begin an array that is written row by row; the next `add` or `stream` ends it.

        Args:
            name: as the kind's schema has it.
            dtype: of the array.
            row_shape: of one row, so that the array's shape is (rows written, *row_shape).
            draft: what is written will be rewritten (`Stream.rewrite`), so it need not be hashed yet.
        """
        if any(name == stream.name for stream in self._streams):
            raise ValueError(f"{name} has been written already")
        if self._streams:
            self._streams[-1].close()
        end = self._file.tell() - self._data_start
        if gap := aligned(end) - end:
            padding = ArraySpec(f"{PADDING}{len(self._padding)}", "U8", (gap,), end, end + gap, "")
            self._padding.append(padding)
            _write_all(self._file, memoryview(bytes(gap)))
        self._streams.append(Stream(self._file, name, np.dtype(dtype), row_shape, draft))
        return self._streams[-1]

    def _finish(self) -> None:
        """Check the arrays against the schema and put the header in its place."""
        if self._streams:
            self._streams[-1].close()
        arrays = {stream.name: stream.spec(self._data_start) for stream in self._streams}
        if problems := schema_problems(self._schema, arrays):
            raise ValueError(f"not a {self._kind}: {'; '.join(map(str, problems))}")
        header = Header(
            kind=self._kind,
            schema=self._schema.schema,
            version=__version__,
            provenance=self.provenance,
            arrays=arrays,
            padding=self._padding,
            data_start=self._data_start,
        )
        raw = encode_header(header)
        if len(raw) > self._data_start:
            self._shift_data(len(raw) - self._data_start)
        self._file.seek(0)
        _write_all(self._file, memoryview(raw))
        self.digest = header.digest

    def _shift_data(self, distance: int) -> None:
        """Move the data up, last block first, to make room for a header that outgrew its own."""
        stop = self._file.seek(0, os.SEEK_END)
        while stop > self._data_start:
            start = max(self._data_start, stop - _SHIFT)
            self._file.seek(start)
            block = _read_all(self._file, stop - start)
            self._file.seek(start + distance)
            _write_all(self._file, memoryview(block))
            stop = start


def file_size(provenance: dict[str, Any], arrays: Iterable[int]) -> int:
    """Bytes of a file with this provenance and arrays of so many bytes, in their order."""
    end = 0
    for size in arrays:
        end = aligned(end) + size
    return _room_for_header(provenance) + end


def _room_for_header(provenance: dict[str, Any]) -> int:
    """Where the data start: provenance is quoted twice, an array takes some 300 bytes."""
    return aligned(_ROOM + 2 * len(json.dumps(provenance)))


class Stream:
    """An array being written at the end of the file; made by `ArtifactWriter.stream`."""

    def __init__(
        self, file: FileIO, name: str, dtype: np.dtype[Any], row_shape: tuple[int, ...], draft: bool
    ) -> None:
        if dtype not in _CODES:
            raise TypeError(f"{name}: arrays of dtype {dtype} are not stored")
        self.name = name
        self.rows = 0  # written so far
        self._file = file
        self._start = file.tell()
        self._dtype = dtype
        self._row_shape = row_shape
        self._row_bytes = dtype.itemsize * int(np.prod(row_shape, dtype=np.int64))
        self._draft = draft
        self._open = True
        self._hash = hashlib.sha256()

    def write(self, chunk: NDArray[Any]) -> None:
        """Append rows: an array of the stream's dtype and shape (rows, *row_shape)."""
        if not self._open:
            raise ValueError(f"{self.name} is closed")
        if chunk.dtype != self._dtype or chunk.ndim == 0 or chunk.shape[1:] != self._row_shape:
            expected = f"rows of {self._dtype} {self._row_shape}"
            raise TypeError(f"{self.name}: {expected} expected, got {chunk.dtype} {chunk.shape}")
        rows_at_once = max(1, _BLOCK // max(1, self._row_bytes))
        for first in range(0, len(chunk), rows_at_once):
            rows = np.ascontiguousarray(chunk[first : first + rows_at_once])
            raw = rows.reshape(-1).view(np.uint8).data
            if not self._draft:
                self._hash.update(raw)
            _write_all(self._file, raw)
        self.rows += len(chunk)

    def rewrite(
        self,
        function: Callable[[Iterator[NDArray[Any]]], Iterable[NDArray[Any]]],
        chunk_rows: int = 1 << 20,
    ) -> None:
        """Replace what was written by `function(chunks)`, in place.

        `function` gets what was written, in order, as writable arrays of at most `chunk_rows` rows, and
        yields the new rows in order, of the same dtype and row shape; never more than it has taken. The file
        is cut where they end.
        """
        total, self.rows = self.rows, 0
        self._draft = False
        self._hash = hashlib.sha256()
        taken = 0

        def chunks() -> Iterator[NDArray[Any]]:
            nonlocal taken
            while taken < total:
                count = min(chunk_rows, total - taken)
                self._file.seek(self._start + taken * self._row_bytes)
                raw = _read_all(self._file, count * self._row_bytes)
                taken += count
                yield np.frombuffer(raw, self._dtype).reshape(count, *self._row_shape)

        for rows in function(chunks()):
            if self.rows + len(rows) > taken:
                raise ValueError(f"{self.name}: {taken} rows cannot become {self.rows + len(rows)} in place")
            self._file.seek(self._start + self.rows * self._row_bytes)
            self.write(rows)
        self._file.seek(self._start + self.rows * self._row_bytes)
        self._file.truncate()

    def close(self) -> None:
        """No more rows: the next array begins, or the file ends."""
        if self._draft:
            raise ValueError(f"{self.name} is a draft that was never rewritten")
        self._open = False

    def spec(self, data_start: int) -> ArraySpec:
        """The array's entry in the header."""
        start = self._start - data_start
        stop = start + self.rows * self._row_bytes
        shape = (self.rows, *self._row_shape)
        return ArraySpec(self.name, _CODES[self._dtype], shape, start, stop, self._hash.hexdigest())


def _write_all(file: FileIO, raw: memoryview) -> None:
    """FileIO writes what the system takes at once (on Linux at most 2 GiB): go on until all is written."""
    while raw:
        raw = raw[file.write(raw) :]


def _read_all(file: FileIO, size: int) -> bytearray:
    """Read exactly `size` bytes that are known to be there."""
    block = bytearray(size)
    view = memoryview(block)
    while view:
        count = file.readinto(view)
        if not count:
            raise OSError(f"{file.name!r} became shorter while it was being written")
        view = view[count:]
    return block
