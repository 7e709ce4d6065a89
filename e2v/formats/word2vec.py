"""word2vec's text format.

A line with the number of keys and the dimension, then a line for each key: the key and each number, with a
space after everything. As `word2vec -binary 0` writes it (word2vec.c, TrainModel), but for the digits, of
which word2vec writes six after the point.
"""

from __future__ import annotations

from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.origin import Appearance, Origin
from e2v.formats.transfer.outgoing import FLOAT32, Outgoing
from e2v.formats.transfer.reading import Reading
from e2v.formats.transfer.text import header_length, looks_like_rows, read_header, read_rows, write_rows

FILES = ()
DTYPES = FLOAT32
TEXT = True
SEEKABLE = False


def recognises(seen: Appearance) -> bool:
    """See `Format.recognises`."""
    length = header_length(seen.head)
    return length > 0 and looks_like_rows(seen.head[length:])


def read(origin: Origin) -> Reading:
    """See `Format.read`."""
    stream = origin.stream()
    size, dim = read_header(origin, stream)
    return Reading(dim, read_rows(origin, stream, dim, first_line=2), first_line=2, size=size)


def write(vectors: Outgoing, to: Destination) -> None:
    """See `Format.write`."""
    write_rows(vectors, to.stream(), "word2vec", header=True, end=b" \n")
