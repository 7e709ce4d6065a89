"""What a file that is not ours seems to be, and what to do with it."""

from __future__ import annotations

import re
from pathlib import Path

from e2v.errors import ForeignFileError

_IMPORT = "e2v import FILE -o vectors.e2v reads vectors of other tools"
_PICKLE = "e2v never unpickles: export it from the tool that wrote it"
_VOCAB = "e2v vocab FILE -o corpus.e2v makes a corpus of text"

# A pattern of the first bytes, what has them, what to try.
_SIGNATURES: list[tuple[bytes, str, str]] = [
    (rb"PK\x03\x04", "a zip archive (.npz files and PyTorch checkpoints are such)", _IMPORT),
    (rb"\x80[\x02-\x05]", "a Python pickle (gensim saves such)", _PICKLE),
    (rb"\x93NUMPY", "a NumPy .npy array", _IMPORT),
    (rb"\xba\x16\x4f\x2f", "a fastText .bin model", _IMPORT),
    (rb"\x89HDF", "an HDF5 file", _IMPORT),
    (rb"PAR1", "a Parquet file", _IMPORT),
    (rb"SQLite format 3\0", "an SQLite database", _IMPORT),
    (rb"\x1f\x8b|BZh|\xfd7zXZ\0|\x28\xb5\x2f\xfd", "compressed", _VOCAB),
    (rb".{6}\0\0\{\"", "another program's safetensors file", _IMPORT),
    (rb"[0-9]+ [0-9]+\r?\n", "vectors in word2vec's format", _IMPORT),
    (rb"\S+( -?[0-9]+\.[0-9e+-]+){2}", "vectors as text, in GloVe's format", _IMPORT),
]


def foreign_file(path: Path, start: bytes, size: int) -> ForeignFileError:
    """The error for a file of `size` bytes that begins with `start` and is not ours."""
    for pattern, what, hint in _SIGNATURES:
        if re.match(pattern, start, re.DOTALL):
            return ForeignFileError(f"{path} is not an .e2v file but {what}", hint)
    if b"\0" not in start:
        return ForeignFileError(f"{path} is not an .e2v file but text, it seems", _VOCAB)
    return ForeignFileError(f"{path} is not an .e2v file ({size:,} bytes of something else)")
