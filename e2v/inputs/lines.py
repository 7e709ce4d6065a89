"""Lines of text, by one rule for all files: byte order marks, encodings and line ends are `Source`'s."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator

from e2v.errors import Advice, InputError
from e2v.inputs.encodings import guess_encoding, shown_encoding
from e2v.inputs.sources import Source, compression_of
from e2v.notices import notice
from e2v.store.foreign import no_text

#: A line of more bytes is a quote that was never closed, or no text: memory stays bounded.
LONGEST_LINE = 1 << 24

_READ_SIZE = 1 << 16

#: Bytes that are not UTF-8, decoded.
_ESCAPED = re.compile("[\udc80-\udcff]")


def lines(source: Source) -> Iterator[tuple[int, str]]:
    r"""The lines with their numbers from 1, blank ones included, without their ends: \n or \r\n.

    Bytes that are not UTF-8 are decoded with surrogateescape.

    Raises:
        InputError, MissingExtraError: as `Source.chunks`.
    """
    return enumerate(lines_of(source.chunks(), source), 1)


def lines_of(chunks: Iterable[bytes], source: Source) -> Iterator[str]:
    """The lines of a text that comes in chunks of UTF-8, of `source`."""
    for block in whole_lines(chunks, source):
        text = block.decode("utf-8", "surrogateescape").removesuffix("\n")
        yield from (line.removesuffix("\r") for line in text.split("\n"))


def whole_lines(chunks: Iterable[bytes], source: Source | str) -> Iterator[bytes]:
    """The text of `source` in chunks that end with a line feed, but for the last one.

    Raises:
        InputError: a line is longer than what memory should be taken for.
    """
    begun: list[bytes] = []
    length = 0
    for chunk in chunks:
        whole, feed, rest = chunk.rpartition(b"\n")
        if feed:
            yield b"".join([*begun, whole, feed])
            begun, length = [], 0
        begun.append(rest)
        length += len(rest)
        if length > LONGEST_LINE:
            raise InputError(f"{source} has a line of more than {LONGEST_LINE >> 20} MB", "is it text?")
    if last := b"".join(begun):
        yield last


def fields_of(line: str, delimiter: str | None) -> list[str]:
    """The fields of a line, without the blanks around them; none if its quotes are not in order.

    delimiter: a tab; a comma, with CSV's quotes; or None for runs of white space.
    """
    if delimiter != ",":
        return [field.strip() for field in line.split(delimiter)]
    try:
        return [field.strip() for field in next(csv.reader([line], strict=True))]
    except csv.Error:
        return []


def byte_lines(source: Source) -> Iterator[bytes]:
    r"""The lines of a file of keys as bytes, without their ends: \n or \r\n.

    Keys are bytes there: what is not UTF-8 is kept as it is, and not taken for Latin-1.

    Raises:
        InputError, MissingExtraError: as `Source.chunks`.
    """
    source.guesses = False
    return _cut(whole_lines(source.chunks(), source))


def lines_of_bytes(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    """The same of a stream, which messages call by a name."""
    return _cut(whole_lines(iter(lambda: stream.read(_READ_SIZE), b""), name))


def _cut(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield from (line.removesuffix(b"\r") for line in block.removesuffix(b"\n").split(b"\n"))


def waiting_lines(descriptor: int) -> Iterator[list[str]]:
    """The lines of stdin as they come, without their ends: each time those that one read has brought.

    They are UTF-8, for to tell another encoding is to wait for more.

    Raises:
        InputError: they begin as something else, or one is longer than what memory should be taken for.
    """
    chunks = iter(lambda: os.read(descriptor, _READ_SIZE), b"")
    for number, block in enumerate(whole_lines(chunks, "stdin")):
        yield list(_decoded(block.removesuffix(b"\n"), at_start=number == 0))


def waiting_texts(descriptor: int, remedy: str) -> Iterator[list[str]]:
    """Those that are texts: bytes that are not UTF-8, which make words that no model has, are told of, once.

    remedy: what to try then.

    Raises:
        InputError: see `waiting_lines`.
    """
    told, before = False, 0
    for texts in waiting_lines(descriptor):
        for number, text in enumerate(texts if not told else (), before + 1):
            if _ESCAPED.search(text):
                notice(Advice("stdin has bytes that are not UTF-8, first in line {}; {}", number, remedy))
                told = True
                break
        before += len(texts)
        yield texts


def _decoded(text: bytes, *, at_start: bool) -> Iterator[str]:
    if at_start:
        encoding = guess_encoding(text, latin=False)
        if (form := compression_of(text)) or encoding != "utf-8":
            what = f"{form} data" if form else f"{shown_encoding(encoding)} text"
            how = (
                f"{form.replace('zstandard', 'zstd')} -dc"
                if form
                else f"iconv -f {shown_encoding(encoding)} -t UTF-8"
            )
            raise InputError(f"stdin is {what}, and questions are text in UTF-8", f"{how} makes it that")
        if error := no_text("stdin", text):
            raise error
        text = text.removeprefix(codecs.BOM_UTF8)
    return (line.removesuffix("\r") for line in text.decode("utf-8", "surrogateescape").split("\n"))
