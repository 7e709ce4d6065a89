"""Vocabularies: which keys are kept, in which order, with which counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.store import Artifact, Keys


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """keys, and counts: int64[V]; by descending count, and by the keys' bytes where counts are equal."""

    keys: Keys
    counts: NDArray[np.int64]


def frozen_vocabulary(artifact: Artifact) -> Vocabulary:
    """The vocabulary of an artifact.

    Raises:
        InputError: it has none, or one without counts, or is damaged.
    """
    if not artifact.has("keys") or not artifact.has("counts"):
        raise InputError(f"{artifact.path} has no words with counts", "name a corpus or a model")
    artifact.check("keys.bytes", "keys.offsets", "counts")
    artifact.check_content()
    return Vocabulary(artifact.keys, artifact.arrays["counts"])


def choose_rows(
    keys: Keys, counts: NDArray[np.int64], min_count: int, max_vocab: int | None
) -> NDArray[np.int64]:
    """The rows of the keys to keep, in the order of a vocabulary: int64[V]."""
    return order_rows(keys, counts, np.flatnonzero(counts >= min_count))[:max_vocab]


def order_rows(keys: Keys, counts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """`rows` by descending count, and by the keys' bytes where counts are equal.

    Keys are compared eight bytes at a time, and only those that are still equal (a radix sort from
    the left): sorting a million bytes objects would take longer than counting them.
    """
    rows = rows[np.argsort(-counts[rows], kind="stable")]
    group = np.cumsum(np.diff(counts[rows], prepend=-1) != 0)  # rows still equal have the same number
    undecided = _positions_of_ties(group, np.arange(len(rows)))
    depth = 0
    while len(undecided):
        head, length = _eight_bytes(keys, rows[undecided], depth)
        order = np.lexsort((length, head, group[undecided]))
        rows[undecided] = rows[undecided][order]
        head, length = head[order], length[order]
        starts = np.diff(group[undecided], prepend=-1) != 0
        starts[1:] |= (head[1:] != head[:-1]) | (length[1:] != length[:-1])
        group[undecided] = np.cumsum(starts)
        undecided = _positions_of_ties(group, undecided)
        depth += 8
    return rows


def _positions_of_ties(group: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of `positions` whose group another position shares; groups are runs."""
    same = np.diff(group[positions]) == 0
    tied = np.zeros(len(positions), bool)
    tied[1:] |= same
    tied[:-1] |= same
    return positions[tied]


def _eight_bytes(
    keys: Keys, rows: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Bytes depth..depth + 8 of each key as a big-endian number, zeros after its end; how many there are."""
    starts = keys.offsets[rows] + depth
    lengths = np.clip(keys.offsets[rows + 1] - starts, 0, 8)
    columns = np.arange(8)
    inside = columns < lengths[:, None]
    places = np.where(inside, starts[:, None] + columns, 0)
    block = np.where(inside, keys.blob[places], 0).astype(np.uint8)
    return block.view(">u8").reshape(-1).astype(np.uint64), lengths
