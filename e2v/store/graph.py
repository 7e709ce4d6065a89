"""The graph of an index as faiss serialises it, checked before faiss reads it.

faiss follows the numbers of a graph without looking whether they are in range. This is the layout that
`faiss.serialize_index` gives an IndexHNSWFlat with IO_FLAG_SKIP_STORAGE (faiss, impl/index_write.cpp,
write_index_header and write_HNSW): all is little-endian, and a vector is its length, int64, and its items.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_KIND, _NO_STORAGE = b"IHNf", b"null"
_L2 = 1
_MOST_LEVELS = (
    64  # faiss draws levels whose probability falls by the number of links; 2^64 items would not do
)
_AT_ONCE = 1 << 22


class _DamagedError(ValueError):
    """What is wrong with a graph."""


class _Reader:
    """Numbers from the front of some bytes."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._content = content
        self.left = len(content)

    def take(self, dtype: str, n: int = 1) -> NDArray[Any]:
        """The next n numbers, mapped; their size is compared with what is there before anything is made."""
        size = n * np.dtype(dtype).itemsize
        if n < 0 or size > self.left:
            raise _DamagedError("ends too early")
        start = len(self._content) - self.left
        self.left -= size
        return self._content[start : start + size].view(dtype)

    def one(self, dtype: str) -> int:
        """The next number."""
        return int(self.take(dtype)[0])

    def vector(self, dtype: str) -> NDArray[Any]:
        """The next vector."""
        return self.take(dtype, self.one("<i8"))


def graph_problem(graph: NDArray[np.uint8], items: int, dim: int) -> str | None:
    """What is wrong with a graph of `items` points of `dim` numbers, if anything is.

    Every number that a search follows is looked at: the points that a point is linked with and where its
    links are, level by level, and where a search begins.
    """
    try:
        _check(_Reader(graph), items, dim)
    except _DamagedError as problem:
        return str(problem)
    return None


def _check(reader: _Reader, items: int, dim: int) -> None:
    if reader.take("u1", 4).tobytes() != _KIND:
        raise _DamagedError("is no HNSW graph of faiss")
    found_dim, found_items = reader.one("<i4"), reader.one("<i8")
    if found_items != items:
        raise _DamagedError(f"is of {found_items:,} items, but there are {items:,}")
    if found_dim != dim:
        raise _DamagedError(f"is of {found_dim:,} coordinates, but the items have {dim:,}")
    reader.take("<i8", 2)
    if reader.one("u1") != 1 or reader.one("<i4") != _L2:
        raise _DamagedError("is not of Euclidean distances")
    reader.vector("<f8")  # the probabilities of levels, which only adding uses
    starts = reader.vector("<i4")  # where the links of each level start within a point's links
    levels = reader.vector("<i4")  # how many each point is on
    offsets = reader.vector("<u8")
    links = reader.vector("<i4")
    entry, top = reader.one("<i4"), reader.one("<i4")
    reader.one("<i4")
    if reader.one("<i4") < 1:
        raise _DamagedError("has no number of candidates to follow")
    reader.one("<i4")
    if reader.take("u1", reader.left).tobytes() != _NO_STORAGE:
        raise _DamagedError("holds more than a graph")
    _check_levels(starts, levels, offsets, links, items)
    if items and not (0 <= entry < items and 0 <= top == int(levels[entry]) - 1 == int(levels.max()) - 1):
        raise _DamagedError("begins at a point that is not at its top")
    _check_links(starts, levels, offsets, links, items)


def _check_levels(
    starts: NDArray[np.int32],
    levels: NDArray[np.int32],
    offsets: NDArray[np.uint64],
    links: NDArray[np.int32],
    items: int,
) -> None:
    """Whether each point has room for the links of its levels, and no other."""
    if not 2 <= len(starts) <= _MOST_LEVELS or starts[0] != 0 or (np.diff(starts.astype(np.int64)) < 0).any():
        raise _DamagedError("has levels whose links do not follow one another")
    if len(levels) != items or len(offsets) != items + 1:
        raise _DamagedError(f"has levels of {len(levels):,} points, and links of {len(offsets) - 1:,}")
    if items and not 1 <= levels.min() <= levels.max() < len(starts):
        raise _DamagedError("has points on levels that are not there")
    expected = np.zeros(items + 1, np.uint64)
    np.cumsum(starts[levels], out=expected[1:], dtype=np.uint64)
    if not np.array_equal(offsets, expected) or len(links) != int(expected[-1]):
        raise _DamagedError("has links that do not follow one another")


def _check_links(
    starts: NDArray[np.int32],
    levels: NDArray[np.int32],
    offsets: NDArray[np.uint64],
    links: NDArray[np.int32],
    items: int,
) -> None:
    """Whether links lead to points, and to such as are on the same level."""
    for first in range(0, len(links), _AT_ONCE):
        part = links[first : first + _AT_ONCE]
        if part.min() < -1 or part.max() >= items:
            raise _DamagedError("has links to points that are not there")
    for level in range(1, int(levels.max(initial=0))):
        points = np.flatnonzero(levels > level)
        within = np.arange(starts[level], starts[level + 1])
        linked = links[offsets[points].astype(np.int64)[:, np.newaxis] + within]
        if (levels[linked[linked >= 0]] <= level).any():
            raise _DamagedError("has links to points that are not on their level")
