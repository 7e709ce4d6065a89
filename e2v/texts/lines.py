"""Lines of text in blocks: each is a text, with a key before it if it says so."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import AnyStr, NamedTuple

import numpy as np

from e2v.errors import Advice, InputError
from e2v.inputs.lines import whole_lines
from e2v.inputs.sources import Source

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
        InputError: a source cannot be read; `keyed`, and a line has no key.
    """
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
                keys, texts = keys_and_texts(lines, b"\t", str(source), first)
                first += len(lines)
                yield TextLines(b"\n".join(texts) + b"\n", keys)


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


def keys_and_texts(
    lines: Sequence[AnyStr], tab: AnyStr, source: str, first: int
) -> tuple[list[AnyStr], list[AnyStr]]:
    """The keys of lines, and their texts.

    first: the number of the first line, for messages.

    Raises:
        InputError: a line has no tab.
    """
    keys, texts = [], []
    for number, line in enumerate(lines, first):
        key, found, text = line.partition(tab)
        if not found:
            raise InputError(
                f"{source}, line {number} has no tab after a key",
                Advice("leave out {with_keys} where lines are texts alone"),
            )
        keys.append(key)
        texts.append(text)
    return keys, texts
