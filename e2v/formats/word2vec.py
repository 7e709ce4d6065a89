"""word2vec's text format.

A line with the number of keys and the dimension, then a line for each key: the key and each number, with a
space after everything. As `word2vec -binary 0` writes it (word2vec.c, TrainModel), but for the digits, of
which word2vec writes six after the point.
"""

from __future__ import annotations

from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import RowReader
from e2v.formats.transfer.text import header_length, looks_like_rows, read_header, read_rows, write_rows

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ()
TEXT = True
SEEKABLE = False


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    length = header_length(preview.head)
    return length > 0 and looks_like_rows(preview.head[length:])


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    stream = inputs.stream()
    size, dim = read_header(inputs, stream)
    return RowReader(dim, read_rows(inputs, stream, dim, first_line=2), first_line=2, size=size)


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    write_rows(vectors, to.stream(), "word2vec", header=True, end=b" \n")
