"""Lines of text in blocks: each is a text, with a key before it if it says so."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import AnyStr, Generic, NamedTuple

import numpy as np

from e2v.errors import Advice, InputError
from e2v.inputs.lines import whole_lines
from e2v.inputs.sources import Source
from e2v.notices import counted, notice

_TEXTS_AT_ONCE = 1 << 14
_FEED = "\n"


class TextLines(NamedTuple):
    """Some lines. text: each text with a line feed after it. keys: what the lines are called; None: their
    numbers."""

    text: bytes
    keys: list[bytes] | None


def text_blocks(sources: Iterable[Source], *, keyed: bool) -> Iterator[TextLines]:
    """The lines of sources, blank ones included, in blocks; the end of a source is the end of a line.

    Raises:
        InputError: a source cannot be read; `keyed`, and `KeyedLines` refuses a line.
    """
    taken = KeyedLines(b"\t")
    for source in sources:
        first = 1
        for block in whole_lines(source.chunks(), source):
            text = block.replace(b"\r\n", b"\n") if b"\r" in block else block
            text = text if text.endswith(b"\n") else text.removesuffix(b"\r") + b"\n"
            for part in _parts(text):
                if not keyed:
                    yield TextLines(part, None)
                    continue
                lines = part[:-1].split(b"\n")
                keys, texts = taken.take(lines, str(source), first)
                first += len(lines)
                if keys:
                    yield TextLines(b"\n".join(texts) + b"\n", keys)
    taken.tell()


def _parts(text: bytes) -> Iterator[bytes]:
    """Lines, not too many at a time: each will have a vector."""
    feeds = np.flatnonzero(np.frombuffer(text, np.uint8) == ord(_FEED))
    ends = [*(feeds[_TEXTS_AT_ONCE - 1 : -1 : _TEXTS_AT_ONCE] + 1).tolist(), len(text)]
    for start, end in itertools.pairwise([0, *ends]):
        yield text[start:end]


def texts_as_lines(texts: Sequence[str]) -> Iterator[TextLines]:
    """Texts as lines, in blocks; a text of several lines is one."""
    for first in range(0, len(texts), _TEXTS_AT_ONCE):
        some = texts[first : first + _TEXTS_AT_ONCE]
        joined = "".join(f"{text.replace(_FEED, ' ')}{_FEED}" for text in some)
        yield TextLines(joined.encode("utf-8", "surrogateescape"), None)


class KeyedLines(Generic[AnyStr]):
    """Takes lines apart: a key of its own, a tab, and a text.

    Keys are there and different from each other. Blank lines, which have none, are left out and counted.
    """

    def __init__(self, tab: AnyStr) -> None:
        self._tab: AnyStr = tab
        self._keys: set[AnyStr] = set()
        self._blank = 0

    def take(self, lines: Iterable[AnyStr], source: str, first: int) -> tuple[list[AnyStr], list[AnyStr]]:
        """The keys of lines, and their texts.

        first: the number of the first line, for messages.

        Raises:
            InputError: a line has no tab, no key before it, or the key of another.
        """
        keys, texts = [], []
        for number, line in enumerate(lines, first):
            if not line.strip():
                self._blank += 1
                continue
            key, found, text = line.partition(self._tab)
            if not found:
                raise InputError(
                    f"{source}, line {number} has no tab after a key",
                    Advice("leave out {with_keys} where lines are texts alone"),
                )
            if not key.strip():
                raise InputError(f"{source}, line {number} has no key before its tab")
            if key in self._keys:
                shown = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
                raise InputError(f"{source}, line {number} has the key of a line before it, '{shown}'")
            self._keys.add(key)
            keys.append(key)
            texts.append(text)
        return keys, texts

    def tell(self) -> None:
        """Say what was left out."""
        if self._blank:
            notice(f"left out: {counted(self._blank, 'blank line')}, without a key")
