"""fastText's .vec files, which are laid out as word2vec's text format.

As FastText::saveVectors writes them (fasttext.cc, vector.cc), but for the digits, of which fastText writes
five. A file is recognised as word2vec's.
"""

from __future__ import annotations

from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import ExportedVectors
from e2v.formats.transfer.input_files import Preview
from e2v.formats.transfer.text import write_rows
from e2v.formats.word2vec import DTYPES, FILES, KEEPS, SEEKABLE, TEXT, read

__all__ = ["DTYPES", "FILES", "KEEPS", "SEEKABLE", "TEXT", "read", "recognises", "write"]


def recognises(_: Preview) -> bool:
    """See `Format.recognises`."""
    return False


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    write_rows(vectors, to.stream(), "fasttext", header=True, end=b" \n")
