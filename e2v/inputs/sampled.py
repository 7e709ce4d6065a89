"""A sample of text: blocks from all over the inputs, of which the first few are spread as evenly as all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2v.errors import Advice, UsageError
from e2v.inputs.encodings import guess_encoding
from e2v.inputs.sources import Source, compression_of

_HEAD = 1 << 16  # bytes by which an encoding is told
_BLANKS = b"\n \t\v\f\r"


@dataclass
class _Sampled:
    """A source that is being sampled.

    stored: bytes of it, compressed or not. taken: of these, in the blocks so far. text: of those, as text.
    """

    blocks: Iterator[tuple[int, bytes]]
    stored: int
    place: float
    taken: int = 0
    text: int = 0
    ended: bool = False

    @property
    def share(self) -> float:
        return self.taken / self.stored if self.stored else 1.0


class SampledText:
    """Blocks of text from all over some sources: iterating yields them, until all is read.

    Blocks of a plain file are taken in the order of a van der Corput sequence (1935; each new one halves the
    largest gap), so that whenever the sampling ends they are spread evenly; they begin and end between lines
    or, in long ones, words. A compressed file, or one in UTF-16 or UTF-32, is read from its start. The source
    is next of which the least is read.

    encoding: of the text, by Python's name; None: told by its content. size: bytes of a block, about.

    Raises:
        UsageError: one of the sources cannot be read twice.
        InputError: see `Source.chunks`.
    """

    def __init__(self, sources: Sequence[Source], encoding: str | None, size: int) -> None:
        for source in sources:
            if source.size is None or source.is_stdin:
                raise UsageError(
                    f"{source} can be read only once, and what is planned for would find nothing left",
                    Advice("save it as a file, and name that"),
                )
        self._sampled = [
            _Sampled(_blocks(source, encoding, size), source.size or 0, _radical_inverse(number + 1))
            for number, source in enumerate(sources)
        ]

    @property
    def share(self) -> float:
        """How much of the sources the blocks so far are, 0 to 1."""
        stored = sum(each.stored for each in self._sampled)
        return min(1.0, sum(each.taken for each in self._sampled) / stored) if stored else 1.0

    @property
    def size(self) -> int:
        """How many bytes of text the sources have, about."""
        found = 0.0
        text, taken = (sum(getattr(each, name) for each in self._sampled) for name in ("text", "taken"))
        for each in self._sampled:
            found += each.stored * (each.text / each.taken if each.taken else text / max(1, taken))
        return round(found)

    def __iter__(self) -> Iterator[bytes]:
        while going := [each for each in self._sampled if not each.ended]:
            each = min(going, key=lambda one: (one.share, one.place))
            found = next(each.blocks, None)
            if found is None:
                each.ended, each.taken = True, each.stored
                continue
            taken, block = found
            each.taken += taken
            each.text += len(block)
            yield block


def _blocks(source: Source, encoding: str | None, size: int) -> Iterator[tuple[int, bytes]]:
    """Blocks of the source, and how many of its bytes each takes."""
    with Path(source.name).open("rb") as file:
        head = file.read(_HEAD)
    told = encoding or guess_encoding(head, latin=source.guesses)
    if compression_of(head) or told.startswith(("utf-16", "utf-32")) or len(head) < _HEAD:
        yield from _from_start(source, size)
        return
    next(source.chunks(size), None)  # which refuses what is no text, and tells of a guessed encoding
    total = source.size or 0
    count = -(-total // size)
    bits = max(1, (count - 1).bit_length())
    for number in range(1 << bits):
        block = int(_radical_inverse(number, bits) * (1 << bits))
        if block < count:
            with Path(source.name).open("rb") as file:
                file.seek(block * size)
                raw = file.read(size)
            if whole := _between_lines(raw, first=block == 0, last=block == count - 1):
                yield len(raw), whole if told == "utf-8" else whole.decode(told, "replace").encode()


def _from_start(source: Source, size: int) -> Iterator[tuple[int, bytes]]:
    """Its text from the start; what it takes of the file follows from where the file was read on."""
    position = text = told = 0
    ratio = 0.0
    for chunk in source.chunks(size):
        if source.position > position > 0:
            ratio = text / position
        position, text = source.position, text + len(chunk)
        taken = min(position, round(text / ratio)) if ratio else position
        yield max(0, taken - told), chunk
        told = max(told, taken)


def _between_lines(raw: bytes, *, first: bool, last: bool) -> bytes:
    """What is between the first and the last end of a line, or else between the first and the last blank."""
    for blanks in (b"\n", _BLANKS):
        ends = [at for blank in blanks if (at := raw.find(bytes([blank]))) >= 0]
        begin = 0 if first else min(ends, default=-1) + 1
        end = len(raw) if last else max(raw.rfind(bytes([blank])) for blank in blanks) + 1
        if begin < end and (first or begin):
            whole = raw[begin:end]
            return whole if whole.endswith(b"\n") else whole + b"\n"
    return raw


def _radical_inverse(number: int, bits: int = 32) -> float:
    """The bits of a number, mirrored at the point: 1, 2, 3, 4 -> .5, .25, .75, .125."""
    return sum((number >> bit & 1) / (2 << bit) for bit in range(bits))
