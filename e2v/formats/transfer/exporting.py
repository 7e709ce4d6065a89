"""Vectors are written in the format of another program."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import BinaryIO

from e2v.errors import Advice, UsageError
from e2v.formats import find_format
from e2v.formats.transfer.destination import (
    Destination,
    file_destination,
    folder_destination,
    stream_destination,
)
from e2v.formats.transfer.exported import ExportedVectors


def export_vectors(vectors: ExportedVectors, output: Path | BinaryIO, format_name: str) -> None:
    """Write vectors to a file or folder, which appears whole or not at all, or to a stream.

    Raises:
        UsageError: there is no such format, or it holds no such numbers, or cannot be a stream.
        OutputError: the format cannot hold a key, or the output cannot be written.
    """
    target = find_format(format_name)
    if vectors.dtype not in target.DTYPES:
        held = ", ".join(target.DTYPES)
        raise UsageError(f"{format_name} holds no {vectors.dtype}", Advice(f"{{dtype}} can be {held}"))
    destination: contextlib.AbstractContextManager[Destination]
    if not isinstance(output, Path):
        if target.FILES:
            raise UsageError(f"{format_name} is a folder of files, not a stream", "-o FOLDER names it")
        destination = stream_destination(output, seekable=target.SEEKABLE)
    elif target.FILES:
        destination = folder_destination(output, target.FILES)
    else:
        destination = file_destination(output)
    with destination as to:
        target.write(vectors, to)
