"""Keys as people write them, and files of them, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from e2v.inputs.tsv import unescape


def as_written(name: str) -> Iterable[str]:
    """What to look for where somebody has written a name: itself, else it without the blanks around it."""
    return dict.fromkeys((name, name.strip() or name))


def read_keys(*paths: str | Path) -> Iterator[str]:
    """The keys in some files, or on stdin where one is `-`, one a line, spaces and all.

    Raises:
        InputError: one is missing or unreadable.
    """
    from e2v.inputs.lines import lines
    from e2v.inputs.sources import Source

    for path in paths:
        for _, text in lines(Source(str(path))):
            if text:
                yield unescape(text)
