"""What changed from one version of some vectors to another: keys that came and went, neighbours that did not
stay.

Coordinates of two trainings cannot be compared, neighbours can. How much those of a key changed is told by
the Jaccard index of two sets of nearest keys: how many are in both, of all that are in either. So 1 is no
change, and 0 is none left. Wendlandt, Kummerfeld and Mihalcea (2018), "Factors influencing the surprising
instability of word embeddings", measure it so, but for a share of the k keys in place of the union.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice
from e2v.evaluation.measurement import Measurement
from e2v.maps.neighbours import nearest_neighbours
from e2v.notices import counted, notice
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, directed, unit
from e2v.versions.settings import DiffSettings
from e2v.versions.shared import SharedKeys, shared_keys

#: The bands of counts whose overlap is measured by itself: from each to before the next.
_BANDS = (1, 10, 100, 1_000, 10_000)

#: Pairs of neighbours that are compared at once.
_AT_ONCE = 1 << 22


class Change(NamedTuple):
    """A key that came, went, or whose neighbours changed: `change` is came, went or drifted.

    Counts are None where the files do not say them. overlap: of the neighbours, from 0 to 1. old_neighbours,
    new_neighbours: nearest first, by their titles where they have some, with | between.
    """

    change: str
    key: str
    old_count: int | None
    new_count: int | None
    overlap: float | None
    old_neighbours: str | None
    new_neighbours: str | None
    title: str | None


@dataclass(frozen=True)
class Difference:
    """What changed. stayed, came, went: how many keys.

    changes: the most frequent keys that came and that went, and those that drifted most. measurements: the
    overlap of all keys and of each band of counts, and the share of the old keys that were kept.
    """

    stayed: int
    came: int
    went: int
    changes: list[Change]
    measurements: list[Measurement]


def measured_names() -> list[str]:
    """What a minimum can be asked of."""
    return ["kept", "overlap", *(f"overlap/{_band_name(number)}" for number in range(len(_BANDS)))]


def find_changes(
    old: KeyedVectors,
    new: KeyedVectors,
    settings: DiffSettings,
    only: Iterable[str] | None,
    report: Callable[[str, int, int], None],
) -> Difference:
    """Compare two versions; the neighbours of a key are sought among the keys that stayed.

    Where too few stayed for the overlap to mean anything (`least_keys`), it has no value, and no key drifted.

    only: the keys of `settings.only`. report: told which neighbours are sought, and of how many keys of how
    many they are found.

    Raises:
        UnknownKeyError: one of `only` is in neither version.
    """
    shared = shared_keys(old, new, settings.restrict, only)
    before, after = old.matrix.rows(shared.old), new.matrix.rows(shared.new)
    there = directed(before) & directed(after)
    compared = np.flatnonzero(there)
    k = settings.neighbours
    overlap = np.full(len(there), np.nan, np.float32)
    listed = list(_came_and_went(old, new, shared, settings.number))
    least = least_keys(k)
    if len(compared) < least:
        notice(
            Advice(
                "the overlap is not measured: {} in both, and {neighbours} {} takes {:,} or more",
                counted(len(compared), "key"),
                k,
                least,
            )
        )
    else:

        def neighbours(rows: Floats, which: str) -> NDArray[np.int32]:
            def told(done: int) -> None:
                report(f"{which} neighbours", done, len(compared))

            return nearest_neighbours(unit(rows[there]), k, settings.threads, told)[0]

        nearest = neighbours(before, "old"), neighbours(after, "new")
        overlap[compared] = jaccard(*nearest)
        listed += _drifted(old, new, shared, compared, nearest, overlap, settings.number)
    counts = None
    if old.counts is not None:
        counts = old.counts[shared.old]
    elif new.counts is not None:
        counts = new.counts[shared.new]
    kept, total = len(shared.old), len(shared.old) + len(shared.went)
    return Difference(
        stayed=kept,
        came=len(shared.came),
        went=len(shared.went),
        changes=listed,
        measurements=[
            Measurement("kept", "share", kept / total if total else None, kept, total),
            *_overlaps(overlap, counts, f"jaccard@{settings.neighbours}"),
        ],
    )


def least_keys(neighbours: int) -> int:
    """Of how many keys the overlap of so many neighbours means something: each has twice as many others.

    Two sets of k of fewer than 2 k keys have some in common whatever changed, and of k keys all of them.
    """
    return 2 * neighbours + 1


def jaccard(one: NDArray[np.int32], other: NDArray[np.int32]) -> Floats:
    """float32[n]: of each row of int32[n, k] and int32[n, k], how many they share of how many there are.

    No row repeats a number.
    """
    n, k = one.shape
    step = max(1, _AT_ONCE // (k * k))
    both = np.empty(n, np.float32)
    for first in range(0, n, step):
        rows = slice(first, first + step)
        both[rows] = (one[rows, :, np.newaxis] == other[rows, np.newaxis]).sum(axis=(1, 2))
    found: Floats = both / np.float32(2 * k - both)
    return found


def _overlaps(overlap: Floats, counts: NDArray[np.int64] | None, measure: str) -> Iterator[Measurement]:
    """The mean overlap of all keys, and of those in each band of counts.

    overlap: float32[n], nan for keys that have no neighbours.
    """
    yield _mean("overlap", measure, overlap)
    band = None if counts is None else np.searchsorted(_BANDS, counts, side="right") - 1
    for number in range(len(_BANDS)):
        inside = overlap[:0] if band is None else overlap[band == number]
        yield _mean(f"overlap/{_band_name(number)}", measure, inside)


def _mean(name: str, measure: str, overlap: Floats) -> Measurement:
    measured = overlap[~np.isnan(overlap)]
    mean = float(measured.mean(dtype=np.float64)) if len(measured) else None
    return Measurement(name, measure, mean, len(measured), len(overlap))


def _band_name(number: int) -> str:
    """How a band of counts is called: 1-9, 10000-."""
    last = _BANDS[number + 1] - 1 if number + 1 < len(_BANDS) else ""
    return f"{_BANDS[number]}-{last}"


def _came_and_went(old: KeyedVectors, new: KeyedVectors, shared: SharedKeys, n: int) -> Iterator[Change]:
    for row in shared.came[:n].tolist():
        key, title = new.keys[row], new.titled.title(row)
        yield Change("came", key, None, _count(new, row), None, None, None, title)
    for row in shared.went[:n].tolist():
        key, title = old.keys[row], old.titled.title(row)
        yield Change("went", key, _count(old, row), None, None, None, None, title)


def _drifted(
    old: KeyedVectors,
    new: KeyedVectors,
    shared: SharedKeys,
    compared: NDArray[np.int64],
    nearest: tuple[NDArray[np.int32], NDArray[np.int32]],
    overlap: Floats,
    n: int,
) -> Iterator[Change]:
    """The keys whose neighbours changed most, of equal ones the most frequent."""

    def shown(row: int) -> str:
        of_old, of_new = int(shared.old[row]), int(shared.new[row])
        return new.titled.title(of_new) or old.titled.title(of_old) or new.keys[of_new]

    of_compared = overlap[compared]
    for number in np.argsort(of_compared, kind="stable")[:n].tolist():
        if of_compared[number] == 1:
            return
        row = int(compared[number])
        of_old, of_new = int(shared.old[row]), int(shared.new[row])
        before, after = (
            " | ".join(shown(int(compared[each])) for each in found[number]) for found in nearest
        )
        yield Change(
            "drifted",
            new.keys[of_new],
            _count(old, of_old),
            _count(new, of_new),
            float(of_compared[number]),
            before,
            after,
            new.titled.title(of_new) or old.titled.title(of_old),
        )


def _count(vectors: KeyedVectors, row: int) -> int | None:
    return None if vectors.counts is None else int(vectors.counts[row])
