"""Text as blocks that can be tokenized on their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from e2v.corpus.text.tokenizers import Tokenizer
from e2v.errors import InputError
from e2v.inputs.lines import LONGEST_LINE
from e2v.inputs.sources import Source


def blocks(sources: Iterable[Source], tokenizer: Tokenizer, size: int) -> Iterator[bytes]:
    """The sources' text in blocks of about `size` bytes that end where the tokenizer may split it.

    The end of a source is the end of a line. A block is longer only if there is no place to split it.

    Raises:
        InputError: that goes on for longer than words are.
    """
    parts: list[bytes | memoryview] = []
    held = 0
    for source in sources:
        ended = True
        for chunk in source.chunks(size):
            split = tokenizer.split_point(chunk) if held + len(chunk) >= size else 0
            if split:
                yield b"".join([*parts, memoryview(chunk)[:split]])
                parts, held = [], 0
            parts.append(chunk[split:])
            held += len(chunk) - split
            if held > size + LONGEST_LINE:
                raise InputError(f"{source} has a word of more than {LONGEST_LINE >> 20} MB", "is it text?")
            ended = chunk.endswith(b"\n")
        if not ended:
            parts.append(b"\n")
    if parts:
        yield b"".join(parts)
