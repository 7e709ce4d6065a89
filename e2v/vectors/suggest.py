"""Keys that look like one that is not there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.store import Keys

#: Only the most frequent keys are compared: rarer ones are rarely meant, and a million take a second.
_FREQUENT = 200_000

_UNREACHED = 100


def suggest(keys: Keys, wanted: str, limit: int = 3) -> list[str]:
    """Up to `limit` keys that `wanted` may be a slip of, likeliest first.

    Those that differ in case only, then those within a few edits, then those that `wanted` begins;
    within each the more frequent first. Cases are folded where that changes no lengths.
    """
    keys = keys[:_FREQUENT]
    text, starts = _characters(keys)
    target = _codes(_folded(wanted))
    if not len(target):
        return []
    sizes = np.diff(starts)
    allowed = min(len(target) // 3, 3) or 1
    distances = np.full(len(keys), _UNREACHED, np.int64)
    for size in range(max(1, len(target) - allowed), len(target) + allowed + 1):
        rows = np.flatnonzero(sizes == size)
        letters = text[starts[rows, np.newaxis] + np.arange(size)]
        distances[rows] = edit_distances(letters, target)
    distances[distances > allowed] = _UNREACHED
    longer = np.flatnonzero(sizes > len(target))
    begun = longer[(text[starts[longer, np.newaxis] + np.arange(len(target))] == target).all(axis=1)]
    distances[begun] = np.minimum(distances[begun], allowed + 1)
    rows = np.argsort(distances, kind="stable")[:limit]
    return [keys[row] for row in rows[distances[rows] < _UNREACHED].tolist()]


def edit_distances(words: NDArray[np.uint32], target: NDArray[np.uint32]) -> NDArray[np.int64]:
    """int64[n]: edits (insert, delete, replace, swap neighbours) from each word to `target`.

    words: uint32[n, s], one character a number. The optimal string alignment distance by dynamic
    programming, one column of the table for all words at once.
    """
    n, size = words.shape
    before: NDArray[np.int64] = np.empty((0, 0), np.int64)
    previous = np.repeat(np.arange(size + 1)[:, np.newaxis], n, axis=1)
    for j, letter in enumerate(target):
        current = np.empty_like(previous)
        current[0] = j + 1
        for i in range(size):
            differs = words[:, i] != letter
            current[i + 1] = np.minimum(np.minimum(previous[i + 1], current[i]) + 1, previous[i] + differs)
            if i and j:
                swapped = (words[:, i] == target[j - 1]) & (words[:, i - 1] == letter)
                np.minimum(current[i + 1], before[i - 1] + 1, out=current[i + 1], where=swapped)
        before, previous = previous, current
    return previous[size]


def _characters(keys: Keys) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Case-folded code points of all keys, uint32[C], and where each key starts, int64[n + 1].

    Where some byte is not UTF-8, every byte counts as a character.
    """
    blob = keys.blob
    try:
        text = blob.tobytes().decode()
    except UnicodeDecodeError:
        return np.frombuffer(blob.tobytes().lower(), np.uint8).astype(np.uint32), keys.offsets
    begins = (blob & 0xC0) != 0x80
    characters_before = np.concatenate(([0], np.cumsum(begins)))
    return _codes(_folded(text)), characters_before[keys.offsets]


def _folded(text: str) -> str:
    folded = text.lower()
    return folded if len(folded) == len(text) else text


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
