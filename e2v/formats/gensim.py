"""gensim's vectors.

Written: word2vec's binary format as gensim writes it, without newlines between the records; gensim reads it
with `KeyedVectors.load_word2vec_format(FILE, binary=True)`, and without pickle. Keys have to be UTF-8.

Read: that, and what `save` writes (utils.py, SaveLoad) of KeyedVectors, Word2Vec, FastText and their like,
from gensim 3.8 on: a pickle, and beside it .npy files with the large arrays. The pickle is never executed,
see `e2v.formats.transfer.pickles`. Vectors of FastText are composed of words and n-grams, as gensim does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats import word2vec_binary
from e2v.formats.npy import load_array
from e2v.formats.transfer.buckets import Buckets
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import FLOAT32, ExportedVectors, refuse_invalid_text
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.pickles import PickledGlobal, PickledObject, PickleError, describe
from e2v.formats.transfer.row_reader import (
    Batch,
    RowReader,
    check_sizes,
    checked_counts,
    location,
    matrix_batches,
    stored_dtype,
)

FILES = ()
DTYPES = FLOAT32
KEEPS: tuple[Part, ...] = ()
TEXT = False
SEEKABLE = False

_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_SAVE_AGAIN = "load it in gensim and save it with wv.save_word2vec_format(FILE, binary=True)"
_KEYS = ("index_to_key", "index2word", "index2entity")
_VECTORS = ("vectors", "syn0")
_DTYPE = re.compile("[<>|=]?[fiu][1248]")
_ENCODE = PickledGlobal("_codecs", "encode")  # how pickle's protocol 2, gensim 3's, spells bytes
_MULTIARRAY = re.compile(r"numpy\.(_?core)\.(multiarray|numeric)")


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    return _PICKLE.match(preview.head) is not None


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    if not _PICKLE.match(inputs.head()):
        return word2vec_binary.read(inputs)
    try:
        saved = _Saved(inputs, describe(inputs.stream().read()))
    except PickleError as error:
        raise InputError(f"{inputs} cannot be read safely: {error}", _SAVE_AGAIN) from error
    if saved.documents:
        inputs.notice(
            f"{inputs} holds vectors of documents, too, which are left out: only its words are read"
        )
    keys, counts = saved.keys(), saved.counts()
    if saved.attribute("vectors_ngrams") is not None:
        return _composed(inputs, saved, keys, counts)
    vectors = saved.array(*_VECTORS)
    if vectors is None or vectors.ndim != 2:
        raise InputError(f"{inputs}: there are no vectors of words in it", _SAVE_AGAIN)
    check_sizes(inputs, len(keys), len(vectors), "the index")
    dim = vectors.shape[1]
    batches = matrix_batches(inputs, keys, vectors.__getitem__, dim, counts=counts)
    return RowReader(dim, batches, stored_dtype(vectors.dtype, inputs), size=len(keys))


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    refuse_invalid_text(vectors.keys, "gensim")
    word2vec_binary.write_records(vectors, to, "gensim", end=b"")


class _Apart(NamedTuple):
    """An array in a file of its own: of our names for them, as a file may not say what is read."""

    name: str


class _Saved:
    """The attributes of a saved KeyedVectors, or of the one in a saved model."""

    def __init__(self, inputs: InputFiles, described: Any) -> None:
        self._inputs = inputs
        self._path = inputs.name
        state = _state(described)
        #: Whether there are vectors of documents besides those of words (Doc2Vec).
        documents = "dv" in state or "docvecs" in state
        if isinstance(model := state.get("wv"), PickledObject):
            state = _state(model)
            self._path += ".wv"
        self._state = state
        self.documents = documents

    def attribute(self, *names: str) -> Any:
        """The first of these that is there: as the pickle describes it, or the name of one saved apart."""
        for name in names:
            if (value := self._state.get(name)) is not None:
                return value
            if isinstance(apart := self._state.get("__numpys"), list) and name in apart:
                return _Apart(name)
        return None

    def array(self, *names: str) -> NDArray[Any] | None:
        """The first of these that is there, as an array; one saved apart is mapped.

        Raises:
            InputError: it is something else, or its file is missing or damaged.
        """
        value = self.attribute(*names)
        if value is None:
            return None
        return self._load(value.name) if isinstance(value, _Apart) else self._plain(value, names[0])

    def keys(self) -> list[bytes]:
        """The keys in the order of their rows."""
        keys = self.attribute(*_KEYS)
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise InputError(f"{self._inputs}: there are no words with vectors in it", _SAVE_AGAIN)
        try:
            return [key.encode("utf-8", "surrogateescape") for key in keys]
        except UnicodeEncodeError as error:
            raise InputError(f"{self._inputs}: a key is no text ({error})") from error

    def counts(self) -> NDArray[np.int64] | None:
        """How often each key occurred, if that was saved."""
        expandos = self.attribute("expandos")
        if isinstance(expandos, dict) and isinstance(expandos.get("count"), PickledObject):
            saved = self._plain(expandos["count"], "count")
            check_sizes(self._inputs, len(self.attribute(*_KEYS)), len(saved), "the index")
            return checked_counts(self._inputs, saved, location)
        vocabulary = self.attribute("vocab")  # gensim 3: word -> Vocab(count, index)
        if not isinstance(vocabulary, dict):
            return None
        states = [_state(vocabulary.get(word)) for word in self.attribute(*_KEYS)]
        return checked_counts(self._inputs, [state.get("count", 0) for state in states], location)

    def _plain(self, described: Any, name: str) -> NDArray[Any]:
        try:
            return _array(described)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise InputError(f"{self._inputs}: {name} is no plain array ({error})", _SAVE_AGAIN) from error

    def _load(self, name: str) -> NDArray[Any]:
        base = Path(self._path).name
        return load_array(self._inputs.member(f"{base}.{name}.npy", f"{base}.{name}.npz"))


def _composed(
    inputs: InputFiles, saved: _Saved, keys: list[bytes], counts: NDArray[np.int64] | None
) -> RowReader:
    """FastTextKeyedVectors, which gensim saves without the words' own vectors."""
    words, table = saved.array("vectors_vocab"), saved.array("vectors_ngrams")
    settings = [saved.attribute(name) for name in ("bucket", "min_n", "max_n")]
    if (
        words is None
        or table is None
        or not words.ndim == table.ndim == 2
        or not all(isinstance(n, int) for n in settings)
    ):
        raise InputError(f"{inputs}: there are no vectors of words and n-grams in it", _SAVE_AGAIN)
    if not saved.attribute("compatible_hash"):
        raise InputError(
            f"{inputs}: its n-grams were hashed by an old gensim, in a way of its own", _SAVE_AGAIN
        )
    check_sizes(inputs, len(keys), len(words), "the index")
    check_sizes(inputs, settings[0], len(table), "its buckets")
    try:
        n, shortest, longest = settings
        buckets = Buckets.checked(np.asarray(table, np.float32), n, shortest, longest, keys, words.shape[1])
    except ValueError as error:
        raise InputError(f"{inputs} is damaged: {error}") from error

    def batches() -> Iterator[Batch]:
        for batch in matrix_batches(inputs, keys, words.__getitem__, words.shape[1], counts=counts):
            rows = np.array(batch.values, np.float32)
            buckets.add_to(rows, batch.keys)
            yield batch._replace(values=rows)

    return RowReader(words.shape[1], batches(), size=len(keys))


def _state(described: Any) -> Mapping[str, Any]:
    """The attributes of an object; of anything else, none."""
    state = described.state if isinstance(described, PickledObject) else None
    if isinstance(state, tuple) and len(state) == 2:  # __dict__ and __slots__
        state = state[0]
    return state if isinstance(state, dict) else {}


def _array(described: PickledObject) -> NDArray[Any]:
    """A NumPy array, of which NumPy's pickles say shape, dtype and bytes.

    Raises:
        ValueError, TypeError, AttributeError, LookupError: it is none.
    """
    if not isinstance(described.constructor, PickledGlobal) or not _MULTIARRAY.fullmatch(
        described.constructor.module
    ):
        raise ValueError("not NumPy's")
    if described.constructor.name == "_frombuffer":  # protocol 5: buffer, dtype, shape, order
        data, dtype, shape, order = described.arguments
    else:  # ndarray.__reduce__: version, shape, dtype, whether in Fortran's order, bytes
        _, shape, dtype, fortran, data = described.state
        order = "F" if fortran else "C"
    if isinstance(data, PickledObject) and data.constructor == _ENCODE:
        data = data.arguments[0]
    if isinstance(data, str):
        data = data.encode("latin-1")
    return np.frombuffer(data, _dtype(dtype)).reshape(shape, order=order)


def _dtype(described: PickledObject) -> np.dtype[Any]:
    """A dtype of plain numbers: numpy.dtype('f4', ...), then its byte order in its state."""
    code, order = described.arguments[0], described.state[1]
    if not isinstance(code, str) or not _DTYPE.fullmatch(code) or order not in ("<", ">", "|", "="):
        raise ValueError("not of plain numbers")
    return np.dtype(code).newbyteorder(order)
