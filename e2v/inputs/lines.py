"""Lines of text, by one rule for all files: byte order marks, encodings and line ends are `Source`'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from e2v.inputs.sources import Source


def lines(source: Source) -> Iterator[tuple[int, str]]:
    r"""The lines with their numbers from 1, blank ones included, without their ends: \n or \r\n.

    Bytes that are not UTF-8 are decoded with surrogateescape.

    Raises:
        InputError, MissingExtraError: as `Source.chunks`.
    """
    return enumerate(lines_of(source.chunks()), 1)


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a text that comes in chunks of UTF-8."""
    for block in whole_lines(chunks):
        text = block.decode("utf-8", "surrogateescape").removesuffix("\n")
        yield from (line.removesuffix("\r") for line in text.split("\n"))


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in chunks that end with a line feed, but for the last one."""
    begun: list[bytes] = []
    for chunk in chunks:
        whole, feed, rest = chunk.rpartition(b"\n")
        if feed:
            yield b"".join([*begun, whole, feed])
            begun = []
        begun.append(rest)
    if last := b"".join(begun):
        yield last
