"""What digests cannot tell: whether the writer wrote what the kind of file means.

Ids and offsets that point outside, keys that occur twice, a graph of other items. Whoever uses an array as an
index has it checked when the file is opened (`Artifact.check_content`); `verify` checks everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.store.graph import graph_problem
from e2v.store.keys import Keys
from e2v.store.schema import Problem

_AT_ONCE = 1 << 22  # items checked at a time, so that memory stays small
_MOST = (1 << 63) - 1  # that counts may add up to

#: Coordinates of a graph's points besides those of an item's vector; see `e2v.recommend.graph`.
GRAPH_COORDINATES = 2

Arrays = Mapping[str, NDArray[Any]]


def content_problems(kind: str, arrays: Arrays) -> Iterator[Problem]:
    """What is wrong with keys, counts, ids, offsets and the graph; all are read, in blocks."""
    for name in ("keys", "names", "labels", "ngrams", "features"):
        if f"{name}.offsets" in arrays:
            yield from _keys(name, arrays, unique=name not in ("names", "labels"))
    if "counts" in arrays:
        yield from counts_problems(arrays["counts"])
    if "new" in arrays and arrays["new"].max(initial=0) > 1:
        yield Problem("new", "holds other numbers than 0 and 1")
    if "features.scale" in arrays:
        yield from feature_problems(arrays)
    if kind == "corpus":
        if len(arrays["tokens"]) and not arrays["counts"].any():
            yield Problem("counts", "are all 0, of keys that occur")
        yield from ids_problems("tokens", arrays["tokens"], len(arrays["counts"]))
        yield from offsets_problems("offsets", arrays["offsets"], "tokens", len(arrays["tokens"]))
    if kind == "users":
        yield from ids_problems("seen.items", arrays["seen.items"])
        yield from offsets_problems(
            "seen.offsets", arrays["seen.offsets"], "items", len(arrays["seen.items"])
        )
    if "graph" in arrays:
        yield from graph_problems(arrays)


def value_problems(arrays: Arrays) -> Iterator[Problem]:
    """Arrays of floats that are not finite."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not all(np.isfinite(part).all() for part in _parts(array)):
            yield Problem(name, "holds values that are not finite")


def weight_problems(weights: NDArray[np.float32]) -> Iterator[Problem]:
    """Weights that are not above 0."""
    if not all((part > 0).all() for part in _parts(weights)):
        yield Problem("weights", "are not all above 0")


def feature_problems(arrays: Arrays) -> Iterator[Problem]:
    """Numbers by which features cannot be shifted and divided."""
    yield from value_problems({name: arrays[name] for name in ("features.shift", "features.scale")})
    if not arrays["features.scale"].all():
        yield Problem("features.scale", "holds 0, by which nothing can be divided")


def graph_problems(arrays: Arrays) -> Iterator[Problem]:
    """A graph that is not one of the items of an index."""
    n, dim = arrays["vectors"].shape
    if what := graph_problem(arrays["graph"], n, dim + GRAPH_COORDINATES):
        yield Problem("graph", what)


def counts_problems(counts: NDArray[np.int64]) -> Iterator[Problem]:
    """Counts below 0, or more in all than a number holds."""
    if len(counts) and counts.min() < 0:
        yield Problem("counts", "holds negative counts")
    elif (int((counts >> 32).sum()) << 32) + int((counts & 0xFFFFFFFF).sum()) > _MOST:  # exactly
        yield Problem("counts", "adds up to 2^63 or more")


def ids_problems(name: str, ids: NDArray[np.int32], size: int | None = None) -> Iterator[Problem]:
    """Ids that are not rows of `size` keys; None: of an unknown number of them."""
    for first, part in zip(range(0, len(ids), _AT_ONCE), _parts(ids), strict=True):
        if part.min() < 0 or (size is not None and part.max() >= size):
            odd = (part < 0) if size is None else (part < 0) | (part >= size)
            row = int(np.argmax(odd))
            what = "holds negative ids" if size is None else f"holds ids outside of 0..{size - 1}"
            yield Problem(name, f"{what}: {part[row]} at {first + row}")
            return


def offsets_problems(name: str, offsets: NDArray[np.int64], what: str, size: int) -> Iterator[Problem]:
    """Offsets that do not cut `size` things (`what`) into runs."""
    if offsets[0] != 0 or offsets[-1] != size:
        yield Problem(name, f"do not run from 0 to the {size:,} {what}")
    elif not (offsets[1:] >= offsets[:-1]).all():
        row = int(np.argmax(offsets[1:] < offsets[:-1]))
        yield Problem(name, f"are not ascending: {offsets[row + 1]} follows {offsets[row]}")


def _keys(name: str, arrays: Arrays, unique: bool) -> Iterator[Problem]:
    try:
        keys = Keys(arrays[f"{name}.bytes"], arrays[f"{name}.offsets"])
    except ValueError as error:
        yield Problem(f"{name}.offsets", str(error))
        return
    if unique and (repeated := keys.repeated()):
        yield Problem(f"{name}.bytes", f"{repeated:,} keys occur more than once")


def _parts(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    flat = array.reshape(-1)
    for first in range(0, len(flat), _AT_ONCE):
        yield flat[first : first + _AT_ONCE]
