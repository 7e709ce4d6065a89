"""Keys in files, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from e2v.inputs.tsv import unescape


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
