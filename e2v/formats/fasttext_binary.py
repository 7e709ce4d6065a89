"""fastText's .bin files, of version 12 (and 11), little-endian.

As FastText::saveModel writes them (fasttext.cc, args.cc, dictionary.cc, densematrix.cc): magic number and
version, settings, the dictionary with counts, the input matrix (a row for each word, then one for each bucket
of n-grams), the output matrix.

Read: each word's vector, which is the mean of its own row and those of its n-grams, as fastText answers it;
counts are kept. The rows of n-grams are not: they belong to hash buckets, not to n-grams, and e2v would have
no use for them. Labels of supervised models are left out. Quantised models (.ftz) are not read.

Written: words, counts and vectors, as a model without n-grams and without an output matrix. fastText looks
up and compares its words; words that it does not know get zeros, and it cannot train the model further.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats.transfer.buckets import Buckets
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors, refuse_keys
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import Batch, RowReader, batch_rows
from e2v.inputs.mapped import map_file
from e2v.vectors.matrix import Floats

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ("counts",)
TEXT = False
SEEKABLE = False

_MAGIC, _VERSION = 793712314, 12
_START = struct.Struct("<ii")
_SETTINGS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<3i2q")
_WORD = struct.Struct("<qb")
_SHAPE = struct.Struct("<?2q")
_SUPERVISED, _SKIPGRAM, _SOFTMAX = 3, 2, 3
_FURTHER_SETTINGS = 32  # bytes that programs which derive from fastText add to its settings
_SENTENCE_END = b"</s>"  # fastText gives it no n-grams


class _Model(NamedTuple):
    """words: their keys. counts: int64[n]. inputs: float32[n + b, d], mapped. buckets: of n-grams."""

    words: list[bytes]
    counts: NDArray[np.int64]
    inputs: Floats
    buckets: Buckets


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return preview.head.startswith(_MAGIC.to_bytes(4, "little"))


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    path = inputs.file()
    try:
        model = _map(path, inputs)
    except struct.error as error:
        raise InputError(f"{inputs} is truncated or damaged: it ends within its settings or words") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{inputs} is truncated or damaged: {error}") from error
    return RowReader(model.inputs.shape[1], _batches(model), size=len(model.words))


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    keys, n = vectors.keys, len(vectors)
    refuse_keys(keys, {b"\0": "a NUL byte"}, "fasttext-binary", empty=True)
    counts = np.ones(n, np.int64) if vectors.counts is None else np.maximum(vectors.counts, 1)
    out = to.stream()
    out.write(_START.pack(_MAGIC, _VERSION))
    # dim, window, epochs, least count, negatives, word n-grams, loss, model, buckets, n-grams from, to, ...
    out.write(_SETTINGS.pack(vectors.dim, 5, 1, 1, 5, 1, _SOFTMAX, _SKIPGRAM, 0, 0, 0, 100, 1e-4))
    out.write(_DICTIONARY.pack(n, n, 0, int(counts.sum()), -1))
    for row in range(n):
        out.write(keys.bytes_at(row) + b"\0" + _WORD.pack(counts[row], 0))
    out.write(_SHAPE.pack(False, n, vectors.dim))
    for rows in vectors.rows():
        out.write(np.ascontiguousarray(rows, "<f4").data)
    out.write(_SHAPE.pack(False, 0, vectors.dim))


def _map(path: Path, inputs: InputFiles) -> _Model:
    data = map_file(path)
    magic, version = _START.unpack_from(data)
    if magic != _MAGIC or version not in (11, _VERSION):
        raise InputError(f"{inputs} is no fastText model of version 11 or {_VERSION}")
    settings = _SETTINGS.unpack_from(data, _START.size)
    model, n_buckets, shortest, longest = settings[7:11]
    if version == 11 and model == _SUPERVISED:
        longest = 0  # FastText::loadModel: they were not trained with character n-grams
    position = _START.size + _SETTINGS.size
    if not _is_dictionary(data, position):
        _refuse_derived(data, position, inputs)
    size, n_words, _, _, pruned = _DICTIONARY.unpack_from(data, position)
    words, counts, position = _words(data, position + _DICTIONARY.size, size)
    if pruned > 0:
        raise InputError(f"{inputs} is a quantised model", "use the .bin file that it was made of")
    quantised, rows, dim = _SHAPE.unpack_from(data, position)
    if quantised:
        raise InputError(f"{inputs} is a quantised model", "use the .bin file that it was made of")
    if rows < n_words or dim < 1 or dim != settings[0]:
        raise ValueError(f"{rows} rows of {dim} numbers for {n_words} words")
    if (missing := position + _SHAPE.size + 4 * rows * dim - len(data)) > 0:
        raise ValueError(f"it ends within its input matrix, of which {missing:,} bytes are missing")
    vectors = np.ndarray((rows, dim), np.dtype("<f4"), data, position + _SHAPE.size)
    position += _SHAPE.size + vectors.nbytes
    quantised, *shape = _SHAPE.unpack_from(data, position)
    if min(shape) < 0 or position + _SHAPE.size + (0 if quantised else 4 * math.prod(shape)) > len(data):
        raise ValueError("it ends within its output matrix")
    table = vectors[n_words:]
    buckets = Buckets.checked(table, n_buckets, shortest, longest, words[:n_words], dim)
    return _Model(words[:n_words], counts[:n_words], vectors, buckets)


def _is_dictionary(data: mmap.mmap, position: int) -> bool:
    """Whether the numbers of a dictionary can stand at a place: its entries are words and labels."""
    if position + _DICTIONARY.size > len(data):
        raise ValueError("it ends within its settings or words")
    size, words, labels, tokens, pruned = _DICTIONARY.unpack_from(data, position)
    least = (1 + _WORD.size) * size  # bytes of that many entries
    room = least <= len(data) - position - _DICTIONARY.size
    return bool(0 < words <= size == words + labels and tokens >= 0 and pruned >= -1 and room)


def _refuse_derived(data: mmap.mmap, position: int, inputs: InputFiles) -> NoReturn:
    """Say what a file is in which no dictionary follows the settings."""
    for further in range(4, _FURTHER_SETTINGS + 1, 4):
        if position + further + _DICTIONARY.size <= len(data) and _is_dictionary(data, position + further):
            raise InputError(
                f"{inputs} is of a program that derives from fastText and has further settings, as floret",
                "have that program write the words' vectors as text",
            )
    size, words, labels, *_ = _DICTIONARY.unpack_from(data, position)
    raise ValueError(f"a dictionary of {size:,} entries, {words:,} words and {labels:,} labels")


def _words(data: mmap.mmap, position: int, size: int) -> tuple[list[bytes], NDArray[np.int64], int]:
    """The dictionary's entries, words before labels, with their counts, and where they end."""
    words: list[bytes] = []
    counts = np.empty(size, np.int64)
    for row in range(size):
        end = data.find(b"\0", position)
        if end < 0:
            raise ValueError("it ends within its words")
        words.append(data[position:end])
        counts[row], _ = _WORD.unpack_from(data, end + 1)
        position = end + 1 + _WORD.size
    return words, counts, position


def _batches(model: _Model) -> Iterator[Batch]:
    step = batch_rows(model.inputs.shape[1])
    for first in range(0, len(model.words), step):
        words = model.words[first : first + step]
        part = slice(first, first + len(words))
        rows = model.inputs[part].astype(np.float32)
        model.buckets.add_to(rows, words, without=_SENTENCE_END)
        yield Batch(words, rows, counts=model.counts[part])
