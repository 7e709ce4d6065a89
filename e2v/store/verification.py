"""Checking every byte of an .e2v file against its header, and its content against its kind."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from e2v.progress import Progress, Report, silent
from e2v.store.content import Arrays, content_problems, value_problems, weight_problems
from e2v.store.header import Header, open_regular, read_header, size_problem
from e2v.store.provenance import Record, provenance_problems
from e2v.store.reader import array_sha256, map_arrays
from e2v.store.schema import KINDS, Problem, schema_problems


def verify(path: str | os.PathLike[str], report: Report = silent) -> list[Problem]:
    """Everything wrong with a file, from its size to its provenance; empty if it is sound.

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
    made = Record(path, header.provenance)
    return [
        *_changed_arrays(header, arrays, report),
        *_padding(header, mapping),
        *content_problems(header.kind, arrays),
        *value_problems(arrays),
        *(weight_problems(arrays["weights"]) if "weights" in arrays else ()),
        *provenance_problems(made),
    ]


def _cut_arrays(header: Header, size: int) -> Iterator[Problem]:
    for name, spec in header.arrays.items():
        missing = min(header.data_start + spec.stop - size, spec.nbytes)
        if missing > 0:
            yield Problem(name, f"{missing:,} of {spec.nbytes:,} bytes are missing")


def _changed_arrays(header: Header, arrays: Arrays, report: Report) -> Iterator[Problem]:
    total = sum(spec.nbytes for spec in header.arrays.values())
    done = 0

    def hashed(size: int) -> None:
        nonlocal done
        done += size
        report(Progress("checking", "bytes", done, total))

    for name, array in arrays.items():
        if array_sha256(array, hashed) != header.arrays[name].sha256:
            yield Problem(name, "its bytes do not match its digest")


def _padding(header: Header, mapping: mmap.mmap) -> Iterator[Problem]:
    for spec in header.padding:
        if any(mapping[header.data_start + spec.start : header.data_start + spec.stop]):
            yield Problem(spec.name, "padding is not zero")
