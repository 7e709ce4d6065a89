"""word2vec's text format.

A line with the number of keys and the dimension, then a line for each key: the key, a space, and each
number as C's `%lf` followed by a space. As `word2vec -binary 0` writes it (word2vec.c, TrainModel).
"""

from __future__ import annotations

from typing import BinaryIO

from e2v.formats._records import records, refuse_keys
from e2v.vectors import KeyedVectors

#: What separates words for C's isspace, and what ends a C string.
_FORBIDDEN = {
    b" ": "a space",
    b"\n": "a newline",
    b"\t": "a tab",
    b"\r": "a carriage return",
    b"\v": "a vertical tab",
    b"\f": "a form feed",
    b"\0": "a NUL byte",
}


def write(vectors: KeyedVectors, out: BinaryIO) -> None:
    """See `Format.write`."""
    refuse_keys(vectors.keys, _FORBIDDEN, "word2vec")
    out.write(b"%d %d\n" % (len(vectors), vectors.dim))
    line = b"%s " + b"%f " * vectors.dim + b"\n"
    for key, vector in records(vectors):
        out.write(line % (key, *vector.tolist()))
