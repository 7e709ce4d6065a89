"""What a file that is not what was expected seems to be, and what to do with it.

The one table of what files begin with. It is asked where an .e2v file is opened, where text is read, and
where vectors of other programs are imported; each has its own hint.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from e2v.errors import ForeignFileError

_IMPORT = "e2v import FILE -o vectors.e2v reads vectors of other tools"
_PICKLE = "e2v never unpickles: export it from the tool that wrote it"
_VOCAB = "e2v vocab makes a corpus of text, e2v events one of a log"
_AS_VECTORS = "export its vectors as text, .npy or Parquet, which e2v import reads"
_UNZIP, _UNTAR, _UN7Z = "unzip FILE unpacks it", "tar -xf FILE unpacks it", "7z x FILE unpacks it"
_LFS = "git lfs pull fetches the file"
_PAGE = "was it downloaded from a page that asks something first? fetch the file itself"
_ARROW = "save it as Parquet, in Python: pq.write_table(feather.read_table('FILE'), 'table.parquet')"
_CSV = "save it as CSV in the spreadsheet program (CSV UTF-8, in Excel)"
_ICONV = "iconv -f UTF-16 -t UTF-8 FILE converts it"

#: Which is text as well.
HTML_PAGE = rb"\s*<(?i:!doctype\s+html|html)\b"


class Signature(NamedTuple):
    """first: a pattern of the first bytes. what: has them.

    artifact, text, vectors: what to try where an .e2v file, text, or another program's vectors are expected;
    None where such a file can be read, or has its own error.
    """

    first: bytes
    what: str
    artifact: str | None
    text: str | None
    vectors: str | None


_SIGNATURES = tuple(
    Signature(*entry)
    for entry in (
        (
            rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|xl/|mimetypeapplication/vnd\.oasis\.)"
            rb"|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an Excel workbook, or another office document",
            *[_CSV] * 3,
        ),
        (
            rb"PK(\x03\x04|\x05\x06)",
            "a zip archive (.npz files and PyTorch checkpoints are such)",
            f"{_UNZIP}; {_IMPORT}",
            "unzip -p FILE writes what is in it to a pipe",
            f"{_UNZIP}; of gensim's .npz file, e2v import --from npy --keys KEYS reads the matrix",
        ),
        (
            rb".{257}ustar",
            "a tar archive",
            _UNTAR,
            "tar -xOf FILE writes what is in it to a pipe",
            _UNTAR,
        ),
        (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07", "a 7z or RAR archive", _UN7Z, _UN7Z, _UN7Z),
        (rb"\x80[\x02-\x05]", "a Python pickle (gensim saves such)", _PICKLE, _PICKLE, None),
        (rb"\x93NUMPY", "a NumPy .npy array", _IMPORT, _IMPORT, None),
        (rb"\xba\x16\x4f\x2f", "a fastText .bin model", _IMPORT, _IMPORT, None),
        (rb"\x89HDF", "an HDF5 file", *[_AS_VECTORS] * 3),
        (
            rb"PAR1",
            "a Parquet file",
            _IMPORT,
            "e2v events FILE reads a table; e2v import FILE reads vectors",
            None,
        ),
        (rb"ARROW1|FEA1", "an Arrow (Feather) file", *[_ARROW] * 3),
        (
            rb"SQLite format 3\0",
            "an SQLite database",
            _IMPORT,
            "sqlite3 -csv FILE 'SELECT ...' writes a table to a pipe",
            None,
        ),
        (rb"\x1f\x8b|BZh|\xfd7zXZ\0|\x28\xb5\x2f\xfd", "compressed", _VOCAB, None, None),
        (rb".{8}\{\"__metadata__\":\{\"e2v\.", "an .e2v file", "", "e2v info FILE says what it holds", None),
        (
            rb".{6}\0\0\{\"",
            "another program's safetensors file",
            _IMPORT,
            "an .e2v file is one, too: e2v info FILE says what it holds",
            None,
        ),
        (rb"%PDF-", "a PDF document", "", "pdftotext FILE - writes its text to a pipe", ""),
        (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "an image", "", "", ""),
        (rb"\x7fELF", "a program (an ELF binary)", "", "", ""),
        (rb"version https://git-lfs\.github\.com/spec", "a Git LFS pointer, in place of a file", *[_LFS] * 3),
        (HTML_PAGE, "an HTML page", _PAGE, None, _PAGE),
        (rb"(\xff\xfe|\xfe\xff).*\0", "UTF-16 text", _VOCAB, None, _ICONV),
        (rb"[0-9]+ [0-9]+\r?\n", "vectors in word2vec's format", _IMPORT, None, None),
        (rb"\S+( -?[0-9]+\.[0-9e+-]+){2}", "vectors as text, in GloVe's format", _IMPORT, None, None),
    )
)

_SEPARATORS = b"\t;|,"

#: Of a text, the bytes that are looked at for NULs, how many there have to be, and in how many bytes one: a
#: few are characters like others, and a file with many is no text.
_LOOKED_AT, _LEAST_NULS, _ONE_IN = 8000, 16, 32


def foreign_file(path: Path, start: bytes, size: int) -> ForeignFileError:
    """The error for a file of `size` bytes that begins with `start` and is not ours."""
    for signature in _SIGNATURES:
        if signature.artifact is not None and re.match(signature.first, start, re.DOTALL):
            what = f"{path} is not an .e2v file but {signature.what}"
            return ForeignFileError(what, signature.artifact or None)
    if b"\0" not in start and _begins_like_table(start):
        hint = f"e2v events {path} makes a corpus of a log of who had what"
        return ForeignFileError(f"{path} is not an .e2v file but a table, it seems", hint)
    if b"\0" not in start:
        return ForeignFileError(f"{path} is not an .e2v file but text, it seems", _VOCAB)
    return ForeignFileError(f"{path} is not an .e2v file ({size:,} bytes of something else)")


def _begins_like_table(start: bytes) -> bool:
    """Whether the first two lines have equally many of a separator."""
    first, *others = re.sub(rb'"[^"\n]*"', b"", start).splitlines()[:2] or [b""]
    counts = ((first.count(mark), others[0].count(mark)) for mark in _SEPARATORS if others)
    return any(0 < one == other for one, other in counts)


def no_text(name: str, start: bytes) -> ForeignFileError | None:
    """The error for what is called `name`, begins with `start` and is no text; None if it may be text."""
    for signature in _SIGNATURES:
        if re.match(signature.first, start, re.DOTALL):
            if signature.text is None:
                return None
            what = f"{name} is {signature.what}, not text"
            hint = signature.text if name != "stdin" else "save it as a file first" if signature.text else ""
            return ForeignFileError(what, hint.replace("FILE", name) or None)
    return None


def mostly_nuls(name: str, start: bytes) -> ForeignFileError | None:
    """The error for what is called `name` and begins with `start`, as UTF-8, with too many NULs for text."""
    looked_at = start[:_LOOKED_AT]
    nuls = looked_at.count(0)
    if nuls >= _LEAST_NULS and nuls * _ONE_IN > len(looked_at):
        return ForeignFileError(
            f"{name} is no text: {nuls:,} of its first {len(looked_at):,} bytes are NUL",
            "what ends in NULs, as of find -print0, tr '\\0' '\\n' makes lines of",
        )
    return None


def no_vectors(name: str, start: bytes) -> ForeignFileError | None:
    """The error for what is called `name`, begins with `start` and holds no vectors that can be read."""
    for signature in _SIGNATURES:
        if signature.vectors is not None and re.match(signature.first, start, re.DOTALL):
            what = f"{name} is {signature.what}, and holds no vectors that can be read"
            return ForeignFileError(what, signature.vectors.replace("FILE", name) or None)
    return None
