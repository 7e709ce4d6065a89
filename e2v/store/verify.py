"""Checking every byte of an .e2v file against its header, and its content against its kind."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.store.header import Header, open_regular, read_header, size_problem
from e2v.store.keys import Keys
from e2v.store.reader import array_sha256, map_arrays
from e2v.store.schema import KINDS, Problem, schema_problems

_AT_ONCE = 1 << 22  # items checked at a time, so that memory stays small

Arrays = Mapping[str, NDArray[Any]]


def verify(path: str | os.PathLike[str]) -> list[Problem]:
    """Everything wrong with a file: sizes, shapes, digests, padding, keys and content; empty if it is sound.

    Raises:
        InputError: missing or unreadable.
        ForeignFileError, NewerFileError: not ours, or of a later version.
        DamagedFileError: the header itself is damaged, so that nothing else can be checked.
    """
    path = Path(path)
    with open_regular(path) as file:
        header = read_header(file, path)
        size = os.fstat(file.fileno()).st_size
        if what := size_problem(header, size):
            return [Problem("file", what), *_cut_arrays(header, size)]
        if wrong := schema_problems(KINDS[header.kind], header.arrays):
            return wrong
        mapping = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    arrays = map_arrays(header, mapping)
    return [*_changed_arrays(header, arrays), *_padding(header, mapping), *_content(header.kind, arrays)]


def _cut_arrays(header: Header, size: int) -> Iterator[Problem]:
    for name, spec in header.arrays.items():
        missing = min(header.data_start + spec.stop - size, spec.nbytes)
        if missing > 0:
            yield Problem(name, f"{missing:,} of {spec.nbytes:,} bytes are missing")


def _changed_arrays(header: Header, arrays: Arrays) -> Iterator[Problem]:
    for name, array in arrays.items():
        if array_sha256(array) != header.arrays[name].sha256:
            yield Problem(name, "its bytes do not match its digest")


def _padding(header: Header, mapping: mmap.mmap) -> Iterator[Problem]:
    for spec in header.padding:
        if any(mapping[header.data_start + spec.start : header.data_start + spec.stop]):
            yield Problem(spec.name, "padding is not zero")


def _content(kind: str, arrays: Arrays) -> Iterator[Problem]:
    """What digests cannot tell: whether the writer wrote what the kind means."""
    for name in ("keys", "names", "labels", "ngrams"):
        if f"{name}.offsets" in arrays:
            yield from _keys(name, arrays, unique=name not in ("names", "labels"))
    if "counts" in arrays:
        yield from _counts(arrays["counts"])
    if kind == "corpus":
        yield from _ids("tokens", arrays["tokens"], len(arrays["counts"]))
        yield from _offsets("offsets", arrays["offsets"], "tokens", len(arrays["tokens"]))
    if kind == "users":
        yield from _ids("seen.items", arrays["seen.items"], None)
        yield from _offsets("seen.offsets", arrays["seen.offsets"], "items", len(arrays["seen.items"]))
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not all(np.isfinite(part).all() for part in _parts(array)):
            yield Problem(name, "holds values that are not finite")


def _keys(name: str, arrays: Arrays, unique: bool) -> Iterator[Problem]:
    try:
        keys = Keys(arrays[f"{name}.bytes"], arrays[f"{name}.offsets"])
    except ValueError as error:
        yield Problem(f"{name}.offsets", str(error))
        return
    if unique and (repeated := len(keys) - len(set(keys))):
        yield Problem(f"{name}.bytes", f"{repeated:,} keys occur more than once")


def _counts(counts: NDArray[np.int64]) -> Iterator[Problem]:
    if len(counts) and counts.min() < 0:
        yield Problem("counts", "holds negative counts")


def _ids(name: str, ids: NDArray[np.int32], size: int | None) -> Iterator[Problem]:
    """`size`: of the vocabulary that the ids are rows of, if that is in the file."""
    if any(part.min() < 0 or (size is not None and part.max() >= size) for part in _parts(ids)):
        yield Problem(name, "holds negative ids" if size is None else f"holds ids outside of 0..{size - 1}")


def _offsets(name: str, offsets: NDArray[np.int64], what: str, size: int) -> Iterator[Problem]:
    if offsets[0] != 0 or offsets[-1] != size:
        yield Problem(name, f"do not run from 0 to the {size:,} {what}")
    elif not (offsets[1:] >= offsets[:-1]).all():
        yield Problem(name, "are not ascending")


def _parts(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    flat = array.reshape(-1)
    for first in range(0, len(flat), _AT_ONCE):
        yield flat[first : first + _AT_ONCE]
