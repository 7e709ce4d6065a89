"""Keys that look like one that is not there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e2v.store import Keys

#: Only the most frequent keys are compared: rarer ones are rarely meant, and a million take a second.
_FREQUENT = 200_000

#: Longer keys are not compared letter by letter: that takes time, and nobody types them.
_LONGEST = 64

#: Shorter ones are part of too many keys to be looked for in the middle of them.
_SHORTEST_PART = 4

_UNREACHED = 100

#: Zeros in front of a number, of which ids of a fixed width have so many at most: those of an EAN, say.
_ZEROS = 14


def suggest(keys: Keys, wanted: str, limit: int = 3) -> list[str]:
    """Up to `limit` keys that `wanted` may be a slip of, likeliest first.

    Those that look the same, or differ by zeros in front; then those that differ in case only, those within a
    few edits, those that `wanted` begins, those it is in; within each the more frequent first.
    """
    keys = keys[:_FREQUENT]
    same = [other for other in _other_spellings(wanted) if keys.find(other) >= 0]
    return list(dict.fromkeys(same + _alike(keys, wanted, limit)))[:limit]


def _other_spellings(wanted: str) -> Iterator[str]:
    """A number with other zeros in front, which spreadsheets take away; letters in other forms of Unicode."""
    if wanted.isdecimal():
        bare = wanted.lstrip("0") or "0"
        yield from ("0" * zeros + bare for zeros in range(_ZEROS) if zeros + len(bare) != len(wanted))
    for form in ("NFC", "NFD", "NFKC"):
        if (other := unicodedata.normalize(form, wanted)) != wanted:
            yield other


def _alike(keys: Keys, wanted: str, limit: int) -> list[str]:
    """Keys that differ in a few letters, or in how long they are."""
    blob = keys.blob.tobytes()
    try:
        text = _letters(blob.decode())
        target = _letters(wanted)
        starts = _letter_offsets(keys)
    except UnicodeError:  # something is not UTF-8: let every byte be a letter
        text = _bytes_as_letters(blob)
        target = _bytes_as_letters(_bytes_of(wanted))
        starts = keys.offsets
    if not len(target):
        return []
    sizes = np.diff(starts)
    allowed = min(len(target) // 3, 3) or 1
    distances = np.full(len(keys), _UNREACHED, np.int64)
    for size in range(max(1, len(target) - allowed), min(len(target) + allowed, _LONGEST) + 1):
        rows = np.flatnonzero(sizes == size)
        letters = text[starts[rows, np.newaxis] + np.arange(size)]
        distances[rows] = edit_distances(letters, target)
    distances[distances > allowed] = _UNREACHED
    longer = np.flatnonzero(sizes > len(target))
    begun = longer[(text[starts[longer, np.newaxis] + np.arange(len(target))] == target).all(axis=1)]
    distances[begun] = np.minimum(distances[begun], allowed + 1)
    if len(target) >= _SHORTEST_PART:
        holding = rows_with(text, starts, target, limit)
        distances[holding] = np.minimum(distances[holding], allowed + 2)
    rows = np.argsort(distances, kind="stable")[:limit]
    return [keys[row] for row in rows[distances[rows] < _UNREACHED].tolist()]


def beginning_with(keys: Keys, begun: str, limit: int) -> list[str]:
    """The first keys, up to `limit`, that begin with `begun`."""
    prefix = _bytes_of(begun)
    rows = np.flatnonzero(np.diff(keys.offsets) >= len(prefix))
    for position, byte in enumerate(prefix):
        rows = rows[keys.blob[keys.offsets[rows] + position] == byte]
    return [keys[row] for row in rows[:limit].tolist()]


def rows_with(
    text: NDArray[np.uint32], starts: NDArray[np.int64], target: NDArray[np.uint32], limit: int
) -> list[int]:
    """The first rows, up to `limit`, of which `target` is a part.

    text: uint32[B], the rows one after the other, one character a number. starts: int64[n + 1], of the rows.
    """
    rows: list[int] = []
    blob, part, size = text.tobytes(), target.tobytes(), text.itemsize
    position = blob.find(part)
    while position >= 0 and len(rows) < limit:
        letter, misplaced = divmod(position, size)
        row = int(np.searchsorted(starts, letter, side="right")) - 1
        inside = not misplaced and letter + len(target) <= starts[row + 1]
        if inside:
            rows.append(row)
        position = blob.find(part, size * int(starts[row + 1]) if inside else position + 1)
    return rows


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


def _letters(text: str) -> NDArray[np.uint32]:
    """Code points in lower case. İ, the only letter that would become two, becomes a plain i."""
    return np.frombuffer(text.replace("İ", "I").lower().encode("utf-32-le"), "<u4")


def _bytes_of(text: str) -> bytes:
    """As keys have it; halves of surrogate pairs, which none has, as something else."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _bytes_as_letters(text: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(text.lower(), np.uint8).astype(np.uint32)


def _letter_offsets(keys: Keys) -> NDArray[np.int64]:
    """int64[n + 1]: the offsets of keys that are UTF-8, counted in letters."""
    begins_letter = (keys.blob & 0xC0) != 0x80
    return np.concatenate(([0], np.cumsum(begins_letter)))[keys.offsets]
