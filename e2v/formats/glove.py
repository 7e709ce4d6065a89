"""GloVe's text format.

A line for each key: the key, and each number after a space; no header. As GloVe's save_params writes it
(glove.c), but for the digits, of which GloVe writes six after the point. The dimension is how many numbers
the first line ends with. Keys with spaces, of which some published files have a few, are read.
"""

from __future__ import annotations

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.origin import Appearance, Origin
from e2v.formats.transfer.outgoing import FLOAT32, Outgoing
from e2v.formats.transfer.reading import Reading
from e2v.formats.transfer.text import fields, header_length, is_number, looks_like_rows, read_rows, write_rows

FILES = ()
DTYPES = FLOAT32
TEXT = True
SEEKABLE = False


def recognises(seen: Appearance) -> bool:
    """See `Format.recognises`."""
    spaced = b" " in seen.head.split(b"\n", 1)[0]
    return spaced and header_length(seen.head) == 0 and looks_like_rows(seen.head) and _dim(seen.head) > 0


def read(origin: Origin) -> Reading:
    """See `Format.read`."""
    dim = _dim(origin.head())
    if not dim:
        raise InputError(f"{origin}, line 1: no numbers after a key")
    return Reading(dim, read_rows(origin, origin.stream(), dim, first_line=1), first_line=1)


def write(vectors: Outgoing, to: Destination) -> None:
    """See `Format.write`."""
    write_rows(vectors, to.stream(), "glove", header=False, end=b"\n")


def _dim(head: bytes) -> int:
    """How many numbers end the first line, of which the first word is no part."""
    words = fields(head.split(b"\n", 1)[0])[1:]
    odd = [number for number, word in enumerate(words, 1) if not is_number(word)]
    return len(words) - max(odd, default=0)
