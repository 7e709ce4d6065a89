"""Whether records of a key, a space and numbers are in step: where a key holds a space, they are not.

The key then ends at its space, its row begins with the rest of it, and the end of the row becomes the
beginning of the next key: nothing in the format says so, and all that follows may look right again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats.transfer.input_files import InputFiles
from e2v.formats.transfer.row_reader import location, shown

HINT = "was it written with keys that hold spaces? write it as text, or with another character in their place"

_SPACE = b" "
_NEVER_IN_A_KEY = {b"\n": "a newline", b"\0": "a NUL byte"}
_LONGEST = 256  # bytes of a row in which the rest of a key is looked for
_MANY, _ABSURD = 100, 2.0**60  # rows of which one with such numbers cannot be
_FAR, _NEAR = 2.0**30, 2.0**12  # times the size that is usual: of text taken for numbers, and of numbers


class Steps:
    """Follows the records of a file, a batch at a time."""

    def __init__(self, inputs: InputFiles) -> None:
        self._inputs = inputs
        self._done = 0
        self._last: tuple[bytes, NDArray[np.float32]] | None = None

    def check(self, keys: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        """The next records: their keys, and float32[m, d].

        Raises:
            InputError: they are not in step; which row is the first that was cut wrongly.
        """
        joined = b" ".join(keys)
        for byte, what in _NEVER_IN_A_KEY.items():
            if byte in joined:
                row = next(row for row, key in enumerate(keys) if byte in key)
                self._refuse(self._done + row, f"the key {shown(keys[row])} holds {what}")
        with np.errstate(all="ignore"):
            sizes = np.abs(rows).max(axis=1)
        usual = float(np.sort(sizes)[(len(sizes) - 1) // 2])
        if len(sizes) >= _MANY and (absurd := np.flatnonzero(~(sizes <= usual * _ABSURD))).size and usual:
            row = int(absurd[0])
            self._refuse(self._done + row, f"the numbers of {shown(keys[row])} are far off all others")
        suspects = set(np.flatnonzero(~(sizes <= usual * _FAR)).tolist())
        # A space as the last byte of a number makes it one of some 1e-19.
        high = rows[:, : _LONGEST // 4].view(np.uint32) >> np.uint32(24)
        suspects.update(np.flatnonzero((high == ord(_SPACE)).any(axis=1)).tolist())
        if _is_odd(joined):
            suspects.update(row - 1 for row, key in enumerate(keys) if _is_odd(key))
        for row in sorted(suspects):
            before = (keys[row], rows[row]) if row >= 0 else self._last
            if before and row + 1 < len(keys) and _is_cut(before[1], keys[row + 1], usual):
                self._refuse(self._done + row, f"the key seems to go on after {shown(before[0])}")
        self._done += len(keys)
        self._last = keys[-1], rows[-1].copy()

    def _refuse(self, row: int, what: str) -> None:
        raise InputError(f"{self._inputs}, {location(row)}: {what}", HINT)


def _is_odd(key: bytes) -> bool:
    """Whether bytes are not UTF-8, or hold control characters."""
    try:
        return not key.decode().isprintable()
    except UnicodeDecodeError:
        return True


def _is_cut(row: NDArray[np.float32], following: bytes, usual: float) -> bool:
    """Whether a row makes more sense if it begins with the rest of its key and ends in the following one.

    usual: the size of the largest number of a row.
    """
    content = row.tobytes()
    position = content.find(_SPACE, 1, _LONGEST)
    while position > 0 and min(content[:position]) >= ord(_SPACE):
        rest, end = content[: position + 1], following[: position + 1]
        if len(following) > len(rest):
            moved = np.frombuffer(content[len(rest) :] + end, "<f4")
            text = np.frombuffer(rest[: len(rest) // 4 * 4], "<f4")
            if (
                _are_near(moved, usual)
                and not _are_near(text, usual)
                and (len(rest) % 4 or _are_near(np.frombuffer(end, "<f4"), usual))
            ):
                return True
        position = content.find(_SPACE, position + 1, _LONGEST)
    return False


def _are_near(values: NDArray[np.float32], usual: float) -> bool:
    """Whether the numbers of a row are of the size that is usual."""
    with np.errstate(all="ignore"):
        sizes = np.abs(values)
    largest = float(sizes.max(initial=0))
    return usual / _NEAR <= largest <= usual * _NEAR
