"""A NumPy array and a vocabulary: a folder with vectors.npy and vocabulary.txt.

vectors.npy is n x d; vocabulary.txt has the n keys in the order of the rows, one a line, each ended by a
newline. Vectors of int8 come with scales.npy: row i stands for scales[i] * vectors[i].

Any .npy file of the kind is read, with vocabulary.txt beside it or another file of keys (--keys).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import DTypeLike, NDArray

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import ALL_DTYPES, ExportedVectors, joined, refuse_keys
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import RowReader, check_sizes, matrix_batches, stored_dtype
from e2v.inputs.lines import byte_lines
from e2v.inputs.mapped import first_bytes, map_array, open_archive
from e2v.inputs.sources import DAMAGE, Source
from e2v.notices import shortened

VECTORS, VOCABULARY, SCALES = FILES = ("vectors.npy", "vocabulary.txt", "scales.npy")
DTYPES = ALL_DTYPES
KEEPS: tuple[Part, ...] = ()
TEXT = False
SEEKABLE = False

_MAGIC = b"\x93NUMPY"
_ARCHIVE = b"PK\x03\x04"
#: What NumPy raises for headers that it cannot make sense of, and what reading an archive raises: a
#: RuntimeError is of one that is encrypted, or packed in a way that Python does not know.
_DAMAGED = (
    ValueError,
    TypeError,
    LookupError,
    OSError,
    EOFError,
    SyntaxError,
    TokenError,
    RuntimeError,
    OverflowError,
    MemoryError,
    BadZipFile,
    *DAMAGE,
)
#: Vectors that are not all alike take half of their bytes at least, compressed: what is larger, and takes far
#: less, is there to fill the memory.
_LEAST_BOMB, _MOST_PACKED = 1 << 26, 50
#: What ends a line, for us and for programs that read text as Python does.
FORBIDDEN = {b"\n": "a newline", b"\r": "a carriage return"}


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return preview.head.startswith(_MAGIC) or VECTORS in preview.files


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    path = inputs.member(VECTORS) if inputs.folder else inputs.file()
    shown = str(path) if inputs.folder else str(inputs)
    vectors = load_array(path, shown)
    if vectors.ndim != 2:
        raise InputError(f"{shown} has {vectors.ndim} dimensions, not two: rows and numbers")
    vocabulary = inputs.key_file(VOCABULARY)
    keys = list(byte_lines(Source(str(vocabulary))))
    check_sizes(inputs, len(keys), len(vectors), str(vocabulary))
    dtype = stored_dtype(vectors.dtype, inputs)
    scales = None
    if dtype == np.int8 and (path.parent / SCALES).exists():
        scales = load_array(inputs.note(path.parent / SCALES))
        if scales.ndim != 1 or scales.dtype.kind not in "fiu":
            shape = f"{scales.ndim} dimensions of {scales.dtype}"
            raise InputError(f"{path.parent / SCALES}: no row of numbers, but {shape}")
        check_sizes(inputs, len(keys), len(scales), SCALES)
    dim = vectors.shape[1]
    batches = matrix_batches(inputs, keys, vectors.__getitem__, dim, scales)
    return RowReader(dim, batches, dtype, size=len(keys))


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    refuse_keys(vectors.keys, FORBIDDEN, "npy", empty=True, begins=True)
    scales = []
    with to.member(VECTORS).open("wb") as out:
        write_header(out, (len(vectors), vectors.dim), vectors.dtype)
        for block in vectors.blocks():
            out.write(np.ascontiguousarray(block.values).data)
            scales.append(block.scales)
    if vectors.dtype == "int8":
        np.save(to.member(SCALES), joined(scales))
    with to.member(VOCABULARY).open("wb") as out:
        for row in range(len(vectors)):
            out.write(vectors.keys.bytes_at(row) + b"\n")


def write_header(out: BinaryIO, shape: tuple[int, ...], dtype: DTypeLike) -> None:
    """Write what an .npy file begins with; its length is the same for any number of rows."""
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype).newbyteorder("<"))
    np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})


def load_array(path: Path, shown: str | None = None) -> NDArray[Any]:
    """An array of plain numbers, mapped; of an .npz file, the array that gensim saves in it.

    shown: what to call the file in a message.

    Raises:
        InputError: it is damaged, or holds pickled objects.
    """
    shown = shown or str(path)
    start = first_bytes(path, len(_MAGIC))
    if not start.startswith((_MAGIC, _ARCHIVE)):
        raise InputError(f"{shown} is no .npy file")
    try:
        with warnings.catch_warnings(action="ignore"):  # of headers that Python 2 wrote
            array: NDArray[Any] = _unzipped(path) if start.startswith(_ARCHIVE) else map_array(path)
    except _DAMAGED as error:
        said = shortened(str(error).partition("\n")[0] or type(error).__name__, 200)
        raise InputError(f"{shown} is damaged: {said}") from error
    return array


def _unzipped(path: Path) -> NDArray[Any]:
    """The array `val` of an .npz file, in memory.

    Raises:
        ValueError: it would take far more than the file does: those are no vectors; or it is no array.
        LookupError, OSError, zipfile.BadZipFile: there is none, or it is damaged.
    """
    with open_archive(path) as archive:
        name = "val.npy" if "val.npy" in archive.zip.namelist() else "val"
        size, packed = archive.zip.getinfo(name).file_size, archive.zip.getinfo(name).compress_size
        if size > _LEAST_BOMB and size > _MOST_PACKED * packed:
            raise ValueError(f"its {packed:,} bytes unpack to {size:,}, which no vectors do")
        array: NDArray[Any] | bytes = archive["val"]
    if isinstance(array, bytes):  # which is what NumPy makes of anything else
        raise ValueError(f"its {name} is no array")
    return array
