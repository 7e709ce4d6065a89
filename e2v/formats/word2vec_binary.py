"""word2vec's binary format.

A line with the number of keys and the dimension, then a record for each key: the key, a space, the
numbers as little-endian float32, and a newline. As `word2vec -binary 1` writes it (word2vec.c, TrainModel).
"""

from __future__ import annotations

from typing import BinaryIO

from e2v.formats._records import records, refuse_keys
from e2v.vectors import KeyedVectors

#: The space ends a key; word2vec's own reader drops newlines in it, and NUL ends a C string.
_FORBIDDEN = {b" ": "a space", b"\n": "a newline", b"\0": "a NUL byte"}


def write(vectors: KeyedVectors, out: BinaryIO) -> None:
    """See `Format.write`."""
    refuse_keys(vectors.keys, _FORBIDDEN, "word2vec-binary")
    out.write(b"%d %d\n" % (len(vectors), vectors.dim))
    for key, vector in records(vectors):
        out.write(b"%s %s\n" % (key, vector.astype("<f4", copy=False).tobytes()))
