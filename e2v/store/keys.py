"""Keys (words, item ids) as one byte blob and offsets: compact, mappable, exact for any bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

_SCANS = 16  # look-ups answered by scanning before a dict pays: a scan costs a few ms a million keys
_FEW = 32  # candidates left at which comparing them one by one is cheaper than another filter
_DECODED_AT_ONCE = 1 << 16
_TAKEN_AT_ONCE = 1 << 20  # bytes, each of which takes 24 while keys are taken
_HASHED = 1 << 10  # bytes of the longest key, of which a run would take much memory


class Keys(Sequence[str]):
    """An immutable sequence of keys.

    Key i is `blob[offsets[i]:offsets[i + 1]]`, decoded from UTF-8 with surrogateescape, so that bytes
    that are not UTF-8 survive a round trip.

    Args:
        blob: uint8[B], the keys' bytes, one after the other.
        offsets: int64[n + 1], ascending from 0 to B.

    Raises:
        ValueError: the offsets do not describe the blob.
    """

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != len(blob):
            raise ValueError("key offsets do not run from 0 to the number of bytes")
        if not (offsets[1:] >= offsets[:-1]).all():
            raise ValueError("key offsets are not ascending")
        self.blob = blob
        self.offsets = offsets
        self._rows: dict[bytes, int] | None = None
        self._repeats: dict[bytes, list[int]] = {}
        self._scans = 0

    @classmethod
    def from_strings(cls, strings: Iterable[str | bytes]) -> Keys:
        """Pack strings; str is encoded as UTF-8 with surrogateescape, bytes are taken as they are."""
        encoded = [key if isinstance(key, bytes) else _encode(key) for key in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(key) for key in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Keys: ...
    def __getitem__(self, index: int | slice) -> str | Keys:
        if not isinstance(index, slice):
            return _decode(self.bytes_at(index))
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.take(np.arange(start, stop, step))
        offsets = self.offsets[start : max(start, stop) + 1]
        return Keys(self.blob[offsets[0] : offsets[-1]], offsets - offsets[0])

    def __add__(self, others: Keys) -> Keys:
        """These keys, and the others after them."""
        offsets = np.concatenate((self.offsets, self.offsets[-1] + others.offsets[1:]))
        return Keys(np.concatenate((self.blob, others.blob)), offsets)

    def __iter__(self) -> Iterator[str]:
        return map(_decode, self.all_bytes())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str | bytes) and self.find(key) >= 0

    def __repr__(self) -> str:
        shown = ", ".join(repr(key) for key in self[:3])
        return f"Keys([{shown}{', ...' if len(self) > 3 else ''}], n={len(self)})"

    @property
    def are_utf8(self) -> bool:
        """Whether every key is UTF-8."""
        try:
            "".join(self).encode()
        except UnicodeEncodeError:
            return False
        return True

    def bytes_at(self, index: SupportsIndex) -> bytes:
        """Bytes of one key; negative indices count from the end."""
        row = range(len(self))[index]
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes()

    def find(self, key: str | bytes) -> int:
        """Row of `key` (the first, should it occur twice), or -1.

        The first look-ups scan the offsets and the blob with NumPy; when there are more, a dict is
        built once. One query against a million mapped keys must not pay for a million strings.
        """
        return next(iter(self.rows_of(key)), -1)

    def rows_of(self, key: str | bytes) -> Iterable[int]:
        """Every row of `key`, ascending: labels, unlike keys of a vocabulary, may repeat. Costs as `find`."""
        if isinstance(key, str):
            try:
                key = _encode(key)
            except UnicodeEncodeError:  # a lone surrogate that stands for no byte
                return ()
        if self._rows is None:
            self._scans += 1
            if self._scans <= _SCANS:
                return self._scan(key)
            self._rows = {}
            for row, known in enumerate(self.all_bytes()):
                first = self._rows.setdefault(known, row)
                if first != row:
                    self._repeats.setdefault(known, [first]).append(row)
        row = self._rows.get(key, -1)
        return () if row < 0 else self._repeats.get(key, (row,))

    def find_all(self, others: Keys) -> NDArray[np.int32]:
        """int32[len(others)]: the row here of each of some other keys, -1 where there is none."""
        if np.array_equal(self.offsets, others.offsets) and np.array_equal(self.blob, others.blob):
            return np.arange(len(others), dtype=np.int32)
        return np.fromiter(map(self.find, others), np.int32, len(others))

    def take(self, rows: NDArray[np.int64]) -> Keys:
        """The keys of these rows, in their order."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        blob = np.empty(offsets[-1], np.uint8)
        shifts = self.offsets[rows] - offsets[:-1]
        for first, last in itertools.pairwise(_runs(offsets).tolist()):
            start, stop = offsets[first], offsets[last]
            if last - first == 1:  # which may be long
                blob[start:stop] = self.blob[start + shifts[first] : stop + shifts[first]]
            else:
                sources = np.arange(start, stop) + np.repeat(shifts[first:last], lengths[first:last])
                blob[start:stop] = self.blob[sources]
        return Keys(blob, offsets)

    def lower(self) -> Keys:
        """The keys in lower case (Unicode's, by `str.lower`); several may become equal."""
        blob = self.blob.copy()
        blob[(blob >= ord("A")) & (blob <= ord("Z"))] += ord("a") - ord("A")
        beyond_ascii = np.concatenate([[0], np.cumsum(self.blob >= 0x80)])[self.offsets]
        lengths = np.diff(self.offsets)
        pieces: list[bytes | memoryview] = []
        done = 0
        for row in np.flatnonzero(np.diff(beyond_ascii)).tolist():
            lowered = _encode(self[row].lower())
            pieces += [blob[done : self.offsets[row]].data, lowered]
            done = self.offsets[row + 1]
            lengths[row] = len(lowered)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        return Keys(np.frombuffer(b"".join([*pieces, blob[done:].data]), np.uint8), offsets)

    def repeated(self) -> int:
        """How many keys are the same as an earlier one."""
        if len(self) and np.diff(self.offsets).max() <= _HASHED:
            hashes = np.concatenate([self._hashes(row) for row in range(0, len(self), _DECODED_AT_ONCE)])
            hashes.sort()
            if (hashes[1:] != hashes[:-1]).all():
                return 0
        return len(self) - len(set(self.all_bytes()))

    def _hashes(self, first: int) -> NDArray[np.uint64]:
        """uint64[m]: a number for each key of a run, the same for the same bytes: their weighted sum."""
        offsets = self.offsets[first : first + _DECODED_AT_ONCE + 1]
        lengths = np.diff(offsets)
        blob = self.blob[offsets[0] : offsets[-1]].astype(np.uint64) + np.uint64(1)
        starts = offsets[:-1] - offsets[0]
        weights = np.random.default_rng(1).integers(0, 1 << 64, int(lengths.max()), np.uint64)
        sums = np.zeros(len(blob) + 1, np.uint64)
        np.cumsum(blob * weights[np.arange(len(blob)) - np.repeat(starts, lengths)], out=sums[1:])
        hashes: NDArray[np.uint64] = sums[starts + lengths] - sums[starts]
        return hashes

    def _scan(self, key: bytes) -> Iterator[int]:
        """Rows of the right length, then those that also have the right first byte, second byte, ..."""
        rows = np.flatnonzero(np.diff(self.offsets) == len(key))
        for position, byte in enumerate(key):
            if len(rows) <= _FEW:
                break
            rows = rows[self.blob[self.offsets[rows] + position] == byte]
        return (int(row) for row in rows if self.bytes_at(row) == key)

    def all_bytes(self) -> Iterator[bytes]:
        """Every key's bytes in order, a run of keys at a time."""
        for first in range(0, len(self), _DECODED_AT_ONCE):
            bounds: list[int] = self.offsets[first : first + _DECODED_AT_ONCE + 1].tolist()
            start = bounds[0]
            run = self.blob[start : bounds[-1]].tobytes()
            for left, right in itertools.pairwise(bounds):
                yield run[left - start : right - start]


def _runs(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bounds of runs of keys of less than `_TAKEN_AT_ONCE` bytes together; a longer key is one by itself."""
    long = np.flatnonzero(np.diff(offsets) >= _TAKEN_AT_ONCE)
    marks = np.searchsorted(offsets, np.arange(0, offsets[-1], _TAKEN_AT_ONCE), side="right") - 1
    return np.unique(np.concatenate((marks, long, long + 1, [len(offsets) - 1])))


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape")


def _decode(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
