"""An .e2v file of vectors: a slim copy of a model, or of some of its keys or another choice of its vectors.

docs/formats.md is the specification. With float16 or int8 numbers it takes a half or a quarter of the space.
"""

from __future__ import annotations

import numpy as np

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import ALL_DTYPES, ExportedVectors, joined
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import RowReader
from e2v.store import ArtifactWriter, Keys

FILES = ()
DTYPES = ALL_DTYPES
KEEPS: tuple[Part, ...] = ("counts", "titles")
TEXT = False
SEEKABLE = True

_LENGTH = 8
_MARK = b'{"__metadata__":{"e2v.'


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return preview.head.startswith(_MARK, _LENGTH)


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    if not inputs.head().startswith(_MARK, _LENGTH):
        raise InputError(f"{inputs} is no .e2v file")
    raise InputError(
        f"{inputs} is an .e2v file already", "e2v export FILE --to e2v -o COPY makes a slim copy"
    )


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    with ArtifactWriter(to.file(), "vectors", dict(vectors.provenance)) as writer:
        writer.add_keys("keys", vectors.keys)
        if vectors.counts is not None:
            writer.add("counts", np.ascontiguousarray(vectors.counts))
        if vectors.titles is not None:
            untitled = [b""] * (len(vectors) - len(vectors.titles))
            writer.add_keys("labels", vectors.titles + Keys.from_strings(untitled))
        stream = writer.stream("vectors", vectors.dtype, (vectors.dim,))
        scales = []
        for block in vectors.blocks():
            stream.write(block.values)
            scales.append(block.scales)
        if vectors.dtype == "int8":
            writer.add("scales", joined(scales))
