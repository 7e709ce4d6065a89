"""Lists of words and their counts as text: one word a line, then a blank and the count."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.inputs.lines import lines
from e2v.inputs.sources import Source
from e2v.inputs.written import UTF8_MARK
from e2v.store import Keys, atomic_path

_MOST = 2**63 - 1
_COUNT = re.compile(rb"0*[0-9]{1,19}")  # no sign, no underscore, no other script's digits
_SHOWN = 60  # bytes of a line in a message
_LINES_AT_ONCE = 1 << 16


def read_counts(source: Source) -> tuple[Keys, NDArray[np.int64]]:
    """The different words of a list and their counts: int64[n], in the file's order.

    The count is what follows the last blank of a line (so word2vec's lists can be read, too); empty lines
    are skipped. The file may be compressed.

    Raises:
        InputError: the file cannot be read, a line is no word and count, a word comes twice, the counts add
            up to more than can be counted with, or there is no word.
    """
    line_of: dict[bytes, int] = {}
    counts: list[int] = []
    for number, text in lines(source):
        line = text.encode("utf-8", "surrogateescape")
        fields = line.rsplit(None, 1)  # at blanks of ASCII, as text is cut into words
        if not fields:
            continue
        if len(fields) != 2 or not _COUNT.fullmatch(fields[1]) or int(fields[1]) > _MOST:
            raise InputError(f"{source}, line {number}: '{_shown(line)}' is no word and its count")
        word, count = fields[0].strip(), int(fields[1])
        if (first := line_of.setdefault(word, number)) != number:
            raise InputError(
                f"{source}, line {number}: '{_shown(word)}' has a count in line {first} already",
                "leave one line for each word",
            )
        counts.append(count)
    if not counts:
        raise InputError(f"{source} is empty", "expected lines of a word, a blank and its count")
    if sum(counts) > _MOST:
        raise InputError(f"{source}: the counts add up to more than {_MOST:,}", "divide them all by a number")
    return Keys.from_strings(line_of), np.array(counts, np.int64)


def write_counts(path: Path, keys: Keys, counts: NDArray[np.int64]) -> None:
    """Write 'word TAB count' lines, whole or not at all.

    Raises:
        OutputError: as `e2v.store.atomic_path`.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        if not keys.are_utf8:
            file.write(UTF8_MARK.encode())
        for first in range(0, len(keys), _LINES_AT_ONCE):
            rows = range(first, min(first + _LINES_AT_ONCE, len(keys)))
            file.writelines(b"%s\t%d\n" % (keys.bytes_at(row), counts[row]) for row in rows)


def _shown(text: bytes) -> str:
    """The beginning of a line, for a message."""
    shown = text[:_SHOWN].decode("utf-8", "backslashreplace").strip()
    return f"{shown} ..." if len(text) > _SHOWN else shown
