"""The set of different keys met so far, with their counts: the kernels' hash table, and its growth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.inputs.values import Column
from e2v.kernels.text import counting
from e2v.store import Keys

LINE_END = counting.LINE_END

_FIRST_KEYS = 1 << 16
_FIRST_BYTES = 1 << 20
_WORDS_AT_ONCE = 1 << 14  # their heads and places stay in the second-level cache
_SPARE = 16  # bytes after a text, so that the kernels may read eight at a time
_SPACE = ord(" ")
_MOST_IDS = 2**31


class Lexicon:
    """Keys numbered in the order of arrival; memory grows with their number and length, not with the text.

    Key i is called `base + step * i` in what `encode` returns, so that the ids of several lexicons can
    be told apart in one stream. Not to be used by two threads at once; the kernels release the GIL.
    """

    def __init__(self, base: int = 0, step: int = 1) -> None:
        self._base = base
        self._step = step
        self._table = counting.Table(
            slots=np.zeros(2 * _FIRST_KEYS, np.uint64),
            heads=np.empty(_FIRST_KEYS, np.uint64),
            starts=np.zeros(_FIRST_KEYS + 1, np.int64),
            text=np.empty(_FIRST_BYTES, np.uint8),
            counts=np.zeros(_FIRST_KEYS, np.int64),
            size=np.zeros(1, np.int64),
        )
        self._text, self._words = _room_for(0)
        self._heads = np.empty(_WORDS_AT_ONCE, np.uint64)
        self._starts = np.empty(_WORDS_AT_ONCE, np.int64)
        self._stops = np.empty(_WORDS_AT_ONCE, np.int64)

    def __len__(self) -> int:
        return int(self._table.size[0])

    @property
    def keys(self) -> Keys:
        """A view of the keys, good until the next one is added."""
        offsets = self._table.starts[: len(self) + 1]
        return Keys(self._table.text[: offsets[-1]], offsets)

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64[n]: how often each key was met by `encode`, and what `intern` was told; a view."""
        return self._table.counts[: len(self)]

    def encode(self, block: bytes) -> NDArray[np.int32]:
        """The ids of the words in `block`, whole words between ASCII blanks, with LINE_END after each line.

        Blank lines may leave LINE_ENDs of their own.
        """
        if len(block) + _SPARE > len(self._text):
            self._text, self._words = _room_for(len(block) + len(block) // 8)
        text, words = self._text, self._words
        text[: len(block)] = np.frombuffer(block, np.uint8)
        text[len(block) : len(block) + _SPARE] = _SPACE
        parts = []
        position = 0
        with np.errstate(over="ignore"):  # hashing wraps around; NumPy warns of it when the JIT is off
            while position < len(block):
                position, n_words = counting.split(
                    text, words, position, len(block), self._heads, self._starts, self._stops
                )
                ids = np.empty(n_words, np.int32)
                self._look_up(text, self._heads, self._starts, self._stops, 1, self._base, self._step, ids)
                parts.append(ids)
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def intern(self, keys: Keys, counts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Add the keys that are new and `counts`, int64[n], to all their counts.

        Returns each key's number, int64[n].
        """
        text, words = _room_for(len(keys.blob))
        text[: len(keys.blob)] = keys.blob
        offsets = keys.offsets.copy()  # theirs may be read-only, which would be another type to the kernels
        rows = self._ids_of(text, words, offsets[:-1], offsets[1:]).astype(np.int64)
        if counts is not None:
            np.add.at(self._table.counts, rows, counts)
        return rows

    def number(self, fields: Column) -> NDArray[np.int32]:
        """Add the fields that are new; returns each one's number, int32[n]."""
        return self._ids_of(fields.text, fields.text.view(np.uint64), fields.starts, fields.stops)

    def _ids_of(
        self,
        text: NDArray[np.uint8],
        words: NDArray[np.uint64],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
    ) -> NDArray[np.int32]:
        """Each key's number, new ones added."""
        heads, ids = np.empty(len(starts), np.uint64), np.empty(len(starts), np.int32)
        with np.errstate(over="ignore"):  # hashing wraps around; NumPy warns of it when the JIT is off
            counting.measure(words, starts, stops, heads)
            self._look_up(text, heads, starts, stops, 0, 0, 1, ids)
        return ids

    def _look_up(
        self,
        text: NDArray[np.uint8],
        heads: NDArray[np.uint64],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        weight: int,
        base: int,
        step: int,
        ids: NDArray[np.int32],
    ) -> None:
        """Fill `ids` with what `counting.look_up` makes of the first len(ids) words, growing as needed."""
        done = 0
        while done < len(ids):
            done = counting.look_up(
                self._table, text, heads, starts, stops, done, len(ids), weight, base, step, ids
            )
            if done < len(ids):
                self._grow(step)

    def _grow(self, step: int) -> None:
        """Double what is full: room for the number of keys, `step` apart in the ids, or for their bytes."""
        table, n_keys = self._table, len(self)
        if n_keys < len(table.heads):
            self._table = table._replace(text=_doubled(table.text))
            return
        if 2 * n_keys * step > _MOST_IDS:
            raise InputError(f"there are more than {n_keys:,} different words or ids")
        slots = np.zeros(2 * len(table.slots), np.uint64)
        with np.errstate(over="ignore"):
            counting.rehash(table.heads, n_keys, slots)
        self._table = table._replace(
            slots=slots,
            heads=_doubled(table.heads),
            starts=_doubled(table.starts),
            counts=_doubled(table.counts),
        )


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    """The array with as much room again."""
    larger = np.empty(2 * len(array), array.dtype)
    larger[: len(array)] = array
    return larger


def _room_for(n_bytes: int) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """An uninitialised buffer of so many bytes and some to spare, as bytes and as 64-bit words."""
    words = np.empty(n_bytes // 8 + _SPARE // 8 + 1, np.uint64)
    return words.view(np.uint8), words
