"""A rough map in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e2v.maps.points import PointMap

#: Dots of a cell of Braille, by row and column (Unicode 15, block 2800).
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def sketch(of: PointMap, width: int, height: int) -> Iterator[str]:
    """Lines of so many cells: a dot where keys are, and the names of the largest clusters in their midst."""
    dots = np.zeros((height, width), np.int64)
    x, y = _cells(of.places, width * 2, height * 4)
    np.bitwise_or.at(dots, (y // 4, x // 2), _DOTS[y % 4, x % 2])
    lines = [[chr(0x2800 + dot) if dot else " " for dot in row] for row in dots.tolist()]
    taken = np.zeros((height, width), bool)
    for number, name in enumerate(of.names):
        middle = np.median(of.places[of.labels == number], axis=0, keepdims=True)
        (column,), (row,) = _cells(middle, width, height)
        text = _fitting(name, min(24, width - 2))
        first = min(max(int(column) - len(text) // 2, 1), width - len(text) - 1)
        around = slice(first - 1, first + len(text) + 1)
        if text and not taken[max(row - 1, 0) : row + 2, around].any():
            taken[row, around] = True
            lines[row][around] = [" ", *text, " "]
    yield from ("".join(line).rstrip() for line in lines)


def _cells(
    places: NDArray[np.float32], width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and rows of places, the top row being 0."""
    across = np.minimum((places[:, 0] * width).astype(np.int64), width - 1)
    down = np.minimum(((1 - places[:, 1]) * height).astype(np.int64), height - 1)
    return across, down


def _fitting(name: str, cells: int) -> list[str]:
    """What stands in each cell of as much of a name as fits, in what a terminal can show.

    A wide character takes a cell and an empty one after it; marks stand in the cell of their letter.
    """
    from unicodedata import combining, east_asian_width

    kept: list[str] = []
    for letter in (each if each.isprintable() else " " for each in name):
        if combining(letter):
            if kept:
                kept[-1] += letter
            continue
        taken = [letter, ""] if east_asian_width(letter) in "WF" else [letter]
        if len(kept) + len(taken) > cells:
            break
        kept += taken
    return kept
