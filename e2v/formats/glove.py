"""GloVe's text format.

A line for each key: the key, and each number after a space; no header. As GloVe's save_params writes it
(glove.c), but for the digits, of which GloVe writes six after the point. The dimension is how many numbers
the first line ends with. Keys with spaces, of which some published files have a few, are read.
"""

from __future__ import annotations

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import RowReader
from e2v.formats.transfer.text import fields, header_length, is_number, looks_like_rows, read_rows, write_rows

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ()
TEXT = True
SEEKABLE = False


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    spaced = b" " in preview.head.split(b"\n", 1)[0]
    return (
        spaced
        and header_length(preview.head) == 0
        and looks_like_rows(preview.head)
        and _dim(preview.head) > 0
    )


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    dim = _dim(inputs.head())
    if not dim:
        raise InputError(f"{inputs}, line 1: no numbers after a key")
    return RowReader(dim, read_rows(inputs, inputs.stream(), dim, first_line=1), first_line=1)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    write_rows(vectors, to.stream(), "glove", header=False, end=b"\n")


def _dim(head: bytes) -> int:
    """How many numbers end the first line, of which the first word is no part."""
    words = fields(head.split(b"\n", 1)[0])[1:]
    odd = [number for number, word in enumerate(words, 1) if not is_number(word)]
    return len(words) - max(odd, default=0)
