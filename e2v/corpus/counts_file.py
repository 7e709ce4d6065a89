"""Lists of words and their counts as text: one word a line, then a blank and the count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.inputs.sources import Source
from e2v.store import Keys, atomic_path

_MOST = 2**63 - 1
_LINES_AT_ONCE = 1 << 16


def read_counts(source: Source) -> tuple[Keys, NDArray[np.int64]]:
    """The words of a list and their counts: int64[n], in the file's order; a word may occur again.

    The count is what follows the last blank of a line (so word2vec's lists can be read, too); empty lines
    are skipped. The file may be compressed.

    Raises:
        InputError: the file cannot be read, a line is no word and count, or there is none.
    """
    words: list[bytes] = []
    counts: list[int] = []
    for number, line in enumerate(_lines(source), 1):
        fields = line.rsplit(None, 1)
        if not fields:
            continue
        if len(fields) != 2 or not fields[1].isdigit() or int(fields[1]) > _MOST:
            shown = line[:60].decode("utf-8", "backslashreplace").strip()
            raise InputError(f"{source}, line {number}: '{shown}' is no word and its count")
        words.append(fields[0])
        counts.append(int(fields[1]))
    if not words:
        raise InputError(f"{source} is empty", "expected lines of a word, a blank and its count")
    return Keys.from_strings(words), np.array(counts, np.int64)


def write_counts(path: Path, keys: Keys, counts: NDArray[np.int64]) -> None:
    """Write 'word TAB count' lines, whole or not at all.

    Raises:
        OutputError: as `e2v.store.atomic_path`.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        for first in range(0, len(keys), _LINES_AT_ONCE):
            rows = range(first, min(first + _LINES_AT_ONCE, len(keys)))
            file.writelines(b"%s\t%d\n" % (keys.bytes_at(row), counts[row]) for row in rows)


def _lines(source: Source) -> Iterator[bytes]:
    rest = b""
    for chunk in source.chunks():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    yield rest
