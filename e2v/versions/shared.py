"""The keys that two versions share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.vectors import KeyedVectors

Rows = NDArray[np.int64]


class SharedKeys(NamedTuple):
    """Which keys stayed, came and went, each in the order of its file, the most frequent first.

    old, new: int64[n], the rows of the keys that stayed, in either file. came: int64[], rows of the new file;
    went: int64[], rows of the old one.
    """

    old: Rows
    new: Rows
    came: Rows
    went: Rows


def shared_keys(
    old: KeyedVectors,
    new: KeyedVectors,
    restrict: int | None = None,
    only: Iterable[str] | None = None,
) -> SharedKeys:
    """The keys of both versions, or those of the `restrict` first of either, or those of `only`.

    A key beyond the first ones of a file is still there, and has neither come nor gone.

    Raises:
        UnknownKeyError: one of `only` is in neither.
    """
    in_new = new.keys.find_all(old.keys).astype(np.int64)
    there = np.flatnonzero(in_new >= 0)
    in_old = np.full(len(new), -1)
    in_old[in_new[there]] = there
    of_old, of_new = np.arange(len(old))[:restrict], np.arange(len(new))[:restrict]
    if only is not None:
        of_old, of_new = _rows(old, new, in_new, in_old, only)
    stayed = of_old[in_new[of_old] >= 0]
    return SharedKeys(
        old=stayed,
        new=in_new[stayed],
        came=of_new[in_old[of_new] < 0],
        went=of_old[in_new[of_old] < 0],
    )


def _rows(
    old: KeyedVectors, new: KeyedVectors, in_new: Rows, in_old: Rows, only: Iterable[str]
) -> tuple[Rows, Rows]:
    """The rows of some keys, or titles, in either file, ascending."""
    of_old, of_new = set(), set()
    for name in dict.fromkeys(only):
        before, after = old.titled.find(name), new.titled.find(name)
        if before < 0 and after < 0:
            raise new.unknown(name)
        if before >= 0:
            of_old.add(before)
            of_new.add(int(in_new[before]))
        if after >= 0:
            of_new.add(after)
            of_old.add(int(in_old[after]))
    return (np.array(sorted(rows - {-1}), np.int64) for rows in (of_old, of_new))  # type: ignore[return-value]
