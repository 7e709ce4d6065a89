"""Attacks by vectors of other programs."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.attacks.attack import Attack
from tests.attacks.readers.reader import GOLDEN

_IMPORT = "import FILE -o out.e2v"
_ROWS = np.eye(3, 2, dtype=np.float32)
_ROW = struct.pack("<2f", 0.5, 1)
_KEYS = {"keys.txt": b"a\nb\nc\n"}
_BY_KEYS = "import FILE --keys keys.txt -o out.e2v"
_ZIPPED = f"{_BY_KEYS} --from npy"


def _gzipped(byte: bytes, begin: bytes = b"") -> bytes:
    """200 MB of a byte, in 200 kB."""
    return gzip.compress(begin, mtime=0) + gzip.compress(byte * 2_000_000, mtime=0) * 100


#: word2vec's text and binary formats, GloVe's.
TEXTS = {
    "word2vec-that-announces-10-to-18-rows.txt": Attack(_IMPORT, b"999999999999999999 2\na 1 2\n", "is truncated: it holds 1 of the 999,999,999,999,999,999 rows that it announces"),
    "word2vec-of-a-million-dimensions.txt": Attack(_IMPORT, b"1 1048576\na 1 2\n", "line 2: 2 numbers, not 1,048,576"),
    "word2vec-of-too-many-dimensions.txt": Attack(_IMPORT, b"1 999999999\na 1 2\n", "999,999,999 dimensions, and so a damaged first line"),
    "word2vec-that-announces-minus-one.txt": Attack("import FILE --from word2vec -o out.e2v", b"-1 2\na 1 2\n", "the first line should be the number of keys and the dimension"),
    "word2vec-in-other-digits.txt": Attack(_IMPORT, "1 2\na ١ ٢\n".encode(), "is truncated: it ends within row 1 of 1"),
    "word2vec-of-a-number-of-a-million-digits.txt": Attack(_IMPORT, b"1 2\na 1 " + b"9" * 1_000_000 + b"\n", "line 2: the vector of 'a' is not finite in 32 bits"),
    "word2vec-of-an-exponent-of-a-million-digits.txt": Attack(_IMPORT, b"1 2\na 1 1e" + b"9" * 1_000_000 + b"\n", "line 2: the vector of 'a' is not finite in 32 bits"),
    "word2vec-with-a-key-of-8-million-bytes.txt": Attack(_IMPORT, lambda: b"1 2\n" + b"a" * 8_000_000 + b" 1 2\n", "is truncated: it ends within row 1 of 1"),
    "word2vec-of-hex-floats.txt": Attack(_IMPORT, b"1 2\na 0x1p3 2\n", "line 2: '0x1p3' is not a finite number"),
    "word2vec-with-nul.txt": Attack(_IMPORT, b"1 2\na\0 1 2\n", "", 0),
    "binary-that-announces-10-to-18-rows.bin": Attack(_IMPORT, b"999999999999999999 2\na " + _ROW, "is truncated: it ends within row 2 of 999,999,999,999,999,999"),
    "binary-of-a-million-dimensions.bin": Attack(_IMPORT, b"3 1048576\na " + _ROW, "is truncated: it ends within row 1 of 3"),
    "binary-with-a-key-without-end.bin": Attack(_IMPORT, lambda: b"3 2\n" + b"\1" * 9_000_000, "is truncated: it ends within row 1 of 3"),
    "binary-of-nan.bin": Attack(_IMPORT, b"1 2\na " + struct.pack("<2f", 1, np.nan), "row 1: the vector of 'a' is not finite in 32 bits"),
    "binary-with-more-behind.bin": Attack(_IMPORT, b"1 2\na " + _ROW + b"\nb " + _ROW, "more follows after the 1 rows that the first line announces"),
    "glove-of-nothing-but-blanks.txt": Attack("import FILE --from glove -o out.e2v", b" \n\t\n", "line 1: no numbers after a key"),
    "glove-of-a-million-numbers.txt": Attack("import FILE --from glove -o out.e2v", lambda: b"a" + b" 1" * 1_000_000 + b"\nb 1\n", "line 1: 1,000,000 numbers, not 524,287"),
    "glove-without-a-line-end.txt": Attack("import FILE --from glove -o out.e2v", lambda: _gzipped(b"a"), "line 1: no numbers after a key"),
    "glove-of-a-row-of-200-megabytes.txt.gz": Attack(_IMPORT, lambda: _gzipped(b"1", b"a 1 2\nb 1 "), "has a row of more than 16 MB"),
    "binary-of-a-key-of-200-megabytes.bin.gz": Attack(_IMPORT, lambda: _gzipped(b"a", b"2 2\na " + _ROW), "has a row of more than 16 MB"),
    "lines-of-json-of-200-megabytes.jsonl.gz": Attack(_IMPORT, lambda: _gzipped(b"1", b'{"key": "a", "vector": [1]}\n{"key": "b", "vector": [1'), "has a line of more than 16 MB"),
    "glove-with-a-key-twice.txt": Attack("import FILE --from glove -o out.e2v", b"a 1 2\na 3 4\n", "line 2: the key 'a' is in line 1 already"),
}  # fmt: skip

_FASTTEXT = (GOLDEN / "foreign" / "fasttext.bin").read_bytes()


def _fasttext(
    dim: int = 2, model: int = 2, bucket: int = 4, shortest: int = 3, longest: int = 6, *,
    size: int = 1, words: int = 1, word: bytes = b"where", count: int = 1, rows: int | None = None,
    columns: int | None = None, output: tuple[int, int] = (0, 2),
) -> bytes:  # fmt: skip
    """A model of fastText: what it says, and the bytes that it has."""
    n = 1 + bucket if rows is None else rows
    held = np.ones((min(max(n, 0), 100), 2), "<f4").tobytes()
    return b"".join(
        (
            struct.pack("<ii", 793712314, 12),
            struct.pack("<12id", dim, 5, 1, 1, 5, 1, 3, model, bucket, shortest, longest, 100, 1e-4),
            struct.pack("<3i2q", size, words, size - words, 1, -1),
            word + b"\0" + struct.pack("<qb", count, 0),
            struct.pack("<?2q", False, n, dim if columns is None else columns),
            held,
            struct.pack("<?2q", False, *output),
        )
    )


#: fastText's .bin.
FASTTEXT = {
    "fasttext-of-2-to-31-words.bin": Attack(_IMPORT, _fasttext(size=2**31 - 1, words=2**31 - 1), "is truncated or damaged: a dictionary of 2,147,483,647 entries, 2,147,483,647 wo"),
    "fasttext-of-minus-one-words.bin": Attack(_IMPORT, _fasttext(size=-1, words=-1), "is truncated or damaged: a dictionary of -1 entries, -1 words and 0 labels"),
    "fasttext-of-2-to-60-rows.bin": Attack(_IMPORT, _fasttext(rows=1 << 60), "is truncated or damaged: it ends within its input matrix, of which 9,223,372,036"),
    "fasttext-of-minus-one-rows.bin": Attack(_IMPORT, _fasttext(rows=-1), "is truncated or damaged: -1 rows of 2 numbers for 1 words"),
    "fasttext-of-no-dimension.bin": Attack(_IMPORT, _fasttext(dim=0), "is truncated or damaged: 5 rows of 0 numbers for 1 words"),
    "fasttext-of-another-dimension.bin": Attack(_IMPORT, _fasttext(columns=1 << 40), "is truncated or damaged: 5 rows of 1099511627776 numbers for 1 words"),
    "fasttext-of-minus-one-buckets.bin": Attack(_IMPORT, _fasttext(bucket=-1, rows=1), "is truncated or damaged: -1 buckets of n-grams, but 0 rows of them"),
    "fasttext-of-no-buckets.bin": Attack(_IMPORT, _fasttext(bucket=0), "", 0),
    "fasttext-of-more-buckets-than-rows.bin": Attack(_IMPORT, _fasttext(bucket=1 << 30, rows=5), "is truncated or damaged: 1,073,741,824 buckets of n-grams, but 4 rows of them"),
    "fasttext-of-n-grams-of-minus-one.bin": Attack(_IMPORT, _fasttext(shortest=-1), "is truncated or damaged: n-grams of -1 to 6 characters"),
    "fasttext-of-n-grams-of-10-to-9.bin": Attack(_IMPORT, _fasttext(longest=10**9), "is truncated or damaged: n-grams of 3 to 1,000,000,000 characters"),
    "fasttext-of-n-grams-the-wrong-way.bin": Attack(_IMPORT, _fasttext(shortest=6, longest=3), "is truncated or damaged: n-grams of 6 to 3 characters"),
    "fasttext-of-a-word-of-a-million-letters.bin": Attack(_IMPORT, lambda: _fasttext(longest=900, word=b"w" * 1_000_000), "is truncated or damaged: n-grams of 3 to 900 characters"),
    "fasttext-of-a-count-below-zero.bin": Attack(_IMPORT, _fasttext(count=-1), "row 1: -1 is no count"),
    "fasttext-of-an-output-beyond.bin": Attack(_IMPORT, _fasttext(output=(1 << 40, 1 << 40)), "is truncated or damaged: it ends within its output matrix"),
    "fasttext-of-a-word-without-end.bin": Attack(_IMPORT, _fasttext()[:100].replace(b"\0w", b"ww"), "is truncated or damaged: a dictionary of 1 entries, 1 words and 0 labels"),
    "fasttext-cut.bin": Attack(_IMPORT, _FASTTEXT[:-40], "is truncated or damaged: it ends within its output matrix"),
}  # fmt: skip


def _npy(
    description: str, data: bytes = b"", version: tuple[int, int] = (1, 0), length: int | None = None
) -> bytes:
    text = description.encode()
    packed = struct.pack("<H" if version == (1, 0) else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + packed + text + data


def _described(descr: str = "'<f4'", shape: str = "(3, 2)", fortran: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


_DATA = _ROWS.tobytes()


def _saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def _npz(content: bytes | Callable[[zipfile.ZipFile], None], name: str = "val.npy") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if callable(content):
            content(archive)
        else:
            archive.writestr(name, content)
    return out.getvalue()


def _listed(place: int, value: int) -> bytes:
    """An .npz file whose list of contents says something else at a place of its one entry."""
    raw = bytearray(_npz(_saved(_ROWS)))
    struct.pack_into("<H", raw, raw.index(b"PK\x01\x02") + place, value)
    return bytes(raw)


def _damaged_within() -> bytes:
    raw = bytearray(_npz(_saved(_ROWS)))
    raw[40:44] = b"\xff" * 4
    return bytes(raw)


def _bomb(archive: zipfile.ZipFile) -> None:
    with archive.open("val.npy", "w", force_zip64=True) as out:
        out.write(_npy(_described(shape="(3, 50000000)")))
        for _ in range(600):
            out.write(bytes(1_000_000))


_INT8 = _saved(np.ones((3, 2), np.int8))

#: .npy and .npz.
ARRAYS = {
    "npy-cut-in-its-header.npy": Attack(_BY_KEYS, _npy(_described())[:20], "is damaged", beside=_KEYS),
    "npy-of-a-header-of-4-gigabytes.npy": Attack(_BY_KEYS, _npy(_described(), version=(2, 0), length=2**32 - 1), "is damaged", beside=_KEYS),
    "npy-of-a-header-of-100-kilobytes.npy": Attack(_BY_KEYS, _npy(_described() + " " * 100_000, version=(2, 0)), "is damaged", beside=_KEYS),
    "npy-of-a-header-of-brackets.npy": Attack(_BY_KEYS, _npy("(" * 9000), "is damaged", beside=_KEYS),
    "npy-of-a-header-that-is-a-call.npy": Attack(_BY_KEYS, _npy("__import__('os').system('touch owned')\n"), "is damaged", beside=_KEYS),
    "npy-of-a-header-that-is-a-sum.npy": Attack(_BY_KEYS, _npy(_described(shape="(9**9**9, 2)")), "is damaged", beside=_KEYS),
    "npy-of-10-to-15-rows.npy": Attack(_BY_KEYS, _npy(_described(shape="(1000000000000000, 2)"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-2-to-63-rows.npy": Attack(_BY_KEYS, _npy(_described(shape="(9223372036854775808, 2)"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-minus-three-rows.npy": Attack(_BY_KEYS, _npy(_described(shape="(-3, 2)"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-a-shape-of-floats.npy": Attack(_BY_KEYS, _npy(_described(shape="(3.0, 2)"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-a-shape-of-words.npy": Attack(_BY_KEYS, _npy(_described(shape="'32'"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-true-rows.npy": Attack(_BY_KEYS, _npy(_described(shape="(True, 2)"), _DATA), "is damaged", beside=_KEYS),
    "npy-of-one-dimension.npy": Attack(_BY_KEYS, _npy(_described(shape="(6,)"), _DATA), "has 1 dimensions, not two: rows and numbers", beside=_KEYS),
    "npy-of-no-dimension.npy": Attack(_BY_KEYS, _npy(_described(shape="(3, 0)")), "holds no vectors: they have no dimensions", beside=_KEYS),
    "npy-of-objects.npy": Attack(_BY_KEYS, _saved(np.array([[print, print]] * 3, object)), "is damaged", beside=_KEYS),
    "npy-of-fields.npy": Attack(_BY_KEYS, _saved(np.zeros((3, 2), "f4,i4")), "vectors of [('f0', '<f4'),", beside=_KEYS),
    "npy-of-text.npy": Attack(_BY_KEYS, _saved(np.full((3, 2), "a")), "vectors of <U1", beside=_KEYS),
    "npy-of-dates.npy": Attack(_BY_KEYS, _saved(np.zeros((3, 2), "M8[s]")), "vectors of datetime64[s]", beside=_KEYS),
    "npy-of-complex-numbers.npy": Attack(_BY_KEYS, _saved(np.zeros((3, 2), complex)), "vectors of complex128", beside=_KEYS),
    "npy-of-elements-of-no-size.npy": Attack(_BY_KEYS, _npy(_described("'|V0'")), "vectors of |V0", beside=_KEYS),
    "npy-of-a-dtype-of-dtypes.npy": Attack(_BY_KEYS, _npy(_described("[('a', " * 200 + "'<f4'" + ")]" * 200)), "is damaged", beside=_KEYS),
    "npy-with-scales-that-are-text.npy": Attack(_BY_KEYS, _INT8, "scales.npy: no row of numbers, but 1 dimensions of <U1", beside={**_KEYS, "scales.npy": _saved(np.full(3, "a"))}),
    "npy-with-scales-of-fields.npy": Attack(_BY_KEYS, _INT8, "scales.npy: no row of numbers", beside={**_KEYS, "scales.npy": _saved(np.zeros(3, "f4,i4"))}),
    "npy-with-scales-of-two-dimensions.npy": Attack(_BY_KEYS, _INT8, "scales.npy: no row of numbers, but 2 dimensions", beside={**_KEYS, "scales.npy": _saved(np.ones((3, 2)))}),
    "npy-with-a-scale-alone.npy": Attack(_BY_KEYS, _INT8, "scales.npy: no row of numbers, but 0 dimensions", beside={**_KEYS, "scales.npy": _saved(np.ones(()))}),
    "npy-with-scales-that-are-infinite.npy": Attack(_BY_KEYS, _INT8, "row 1: the vector of 'a' is not finite in 32 bits", beside={**_KEYS, "scales.npy": _saved(np.full(3, np.inf))}),
    "npy-of-nan.npy": Attack(_BY_KEYS, _saved(np.full((3, 2), np.nan)), "row 1: the vector of 'a' is not finite in 32 bits", beside=_KEYS),
    "npy-beyond-32-bits.npy": Attack(_BY_KEYS, _saved(np.full((3, 2), 1e300)), "row 1: the vector of 'a' is not finite in 32 bits", beside=_KEYS),
    "npy-that-is-a-zip-archive.npy": Attack(_ZIPPED, _npz(_saved(_ROWS)), "", 0, beside=_KEYS),
    "npz-without-the-array.npz": Attack(_ZIPPED, _npz(_saved(_ROWS), "other.npy"), "is damaged", beside=_KEYS),
    "npz-with-a-path-out.npz": Attack(_ZIPPED, _npz(_saved(_ROWS), "../val.npy"), "is damaged", beside=_KEYS),
    "npz-of-objects.npz": Attack(_ZIPPED, _npz(_saved(np.array([print], object))), "is damaged", beside=_KEYS),
    "npz-cut.npz": Attack(_ZIPPED, _npz(_saved(_ROWS))[:-30], "is damaged", beside=_KEYS),
    "npz-of-a-later-zip.npz": Attack(_ZIPPED, _listed(6, 212), "is damaged", beside=_KEYS),
    "npz-that-is-encrypted.npz": Attack(_ZIPPED, _listed(8, 1), "is damaged", beside=_KEYS),
    "npz-packed-in-an-unknown-way.npz": Attack(_ZIPPED, _listed(10, 77), "is damaged", beside=_KEYS),
    "npz-of-damaged-streams.npz": Attack(_ZIPPED, _damaged_within(), "is damaged", beside=_KEYS),
    "npz-of-what-is-no-array.npz": Attack(_ZIPPED, _npz(b"abc"), "its val.npy is no array", beside=_KEYS),
    "npz-of-600-megabytes-of-zeros.npz": Attack(_ZIPPED, lambda: _npz(_bomb), "which no vectors do", beside=_KEYS),
}  # fmt: skip


def _tensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def _tensor(dtype: Any = "F32", shape: Any = (3, 2), place: Any = (0, 24)) -> dict[str, Any]:
    return {"embeddings": {"dtype": dtype, "shape": shape, "data_offsets": place}}


def _tokens(vocabulary: Any = None, **fields: Any) -> bytes:
    vocabulary = {"a": 0, "b": 1, "c": 2} if vocabulary is None else vocabulary
    return json.dumps({"model": {"type": "WordLevel", "vocab": vocabulary}, **fields}).encode()


_TOKENS = {"tokenizer.json": _tokens()}
_GOOD = {"model.safetensors": _tensors(_tensor(), _DATA)}
_FOLDER = "import . -o ../out.e2v"

#: safetensors, and the tokens beside them.
SAFETENSORS = {
    "safetensors-of-a-header-of-2-to-63.safetensors": Attack(_IMPORT, _tensors(_tensor(), _DATA, 1 << 63), "its header is too long", beside=_TOKENS),
    "safetensors-of-a-header-beyond-the-file.safetensors": Attack(_IMPORT, _tensors(_tensor(), _DATA, 10_000), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-100000-levels.safetensors": Attack(_IMPORT, _tensors(b'{"a":' + b"[" * 100_000), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-a-million-lists.safetensors": Attack(_IMPORT, lambda: _tensors(b'{"a":[' + b"[]," * 1_000_000 + b"[]]}"), "has no matrix called embeddings or embedding.weight", beside=_TOKENS),
    "safetensors-that-are-a-list.safetensors": Attack("import FILE --from safetensors -o out.e2v", _tensors([1]), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-metadata-that-are-a-number.safetensors": Attack(_IMPORT, _tensors({"__metadata__": 5, **_tensor()}, _DATA), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-a-tensor-that-is-a-list.safetensors": Attack(_IMPORT, _tensors({"embeddings": []}), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-no-dtype.safetensors": Attack(_IMPORT, _tensors(_tensor("F13"), _DATA), "is of F13", beside=_TOKENS),
    "safetensors-of-a-dtype-of-lists.safetensors": Attack(_IMPORT, _tensors(_tensor(["F32"]), _DATA), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-whole-numbers.safetensors": Attack(_IMPORT, _tensors(_tensor("I32"), _DATA), "vectors of int32", beside=_TOKENS),
    "safetensors-of-minus-three-rows.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=(-3, -2)), _DATA), "natural numbers", beside=_TOKENS),
    "safetensors-of-half-a-row.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=(3.0, 2)), _DATA), "natural numbers", beside=_TOKENS),
    "safetensors-of-another-size.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=(3, 200)), _DATA), "the size of embeddings", beside=_TOKENS),
    "safetensors-of-zero-by-2-to-62.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=(0, 1 << 62), place=(0, 0))), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-zero-by-2-to-80.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=(0, 1 << 80), place=(0, 0))), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-100-dimensions.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=[1] * 100, place=(0, 4)), _DATA), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-beyond-the-file.safetensors": Attack(_IMPORT, _tensors(_tensor(place=(24, 48)), _DATA), "ends after the file", beside=_TOKENS),
    "safetensors-before-the-file.safetensors": Attack(_IMPORT, _tensors(_tensor(place=(-24, 0)), _DATA), "natural numbers", beside=_TOKENS),
    "safetensors-of-one-place.safetensors": Attack(_IMPORT, _tensors(_tensor(place=[0]), _DATA), "is no whole safetensors file", beside=_TOKENS),
    "safetensors-of-scalars.safetensors": Attack(_IMPORT, _tensors(_tensor(shape=[], place=(0, 4)), _DATA), "has no matrix called embeddings or embedding.weight", beside=_TOKENS),
    "safetensors-of-a-mapping-beyond.safetensors": Attack(_IMPORT, _tensors({**_tensor(), "mapping": {"dtype": "I8", "shape": [3], "data_offsets": [0, 3]}}, b"\x09" * 24), "its mapping names rows that are not there", beside=_TOKENS),
    "safetensors-of-weights-of-two-dimensions.safetensors": Attack(_IMPORT, _tensors({**_tensor(), "weights": {"dtype": "F32", "shape": [3, 1], "data_offsets": [0, 12]}}, _DATA), "its weights are no row of floats, but 2 dimensions of F32", beside=_TOKENS),
    "tokens-that-are-a-list/tokenizer.json": Attack(_FOLDER, b"[]", "does not number tokens from 0 on", beside=_GOOD),
    "tokens-of-100000-levels/tokenizer.json": Attack(_FOLDER, b"[" * 100_000, "does not number tokens from 0 on", beside=_GOOD),
    "tokens-with-numbers-twice/tokenizer.json": Attack(_FOLDER, _tokens({"a": 0, "b": 0, "c": 1}), "two tokens have one number", beside=_GOOD),
    "tokens-with-numbers-beyond/tokenizer.json": Attack(_FOLDER, _tokens({"a": 0, "b": 1, "c": 1 << 70}), "does not number tokens from 0 on", beside=_GOOD),
    "tokens-with-numbers-that-are-lists/tokenizer.json": Attack(_FOLDER, _tokens({"a": [], "b": 1, "c": 2}), "does not number tokens from 0 on", beside=_GOOD),
    "tokens-that-are-numbers/tokenizer.json": Attack(_FOLDER, _tokens([[1, 2], [3, 4], [5, 6]]), "does not number tokens from 0 on", beside=_GOOD),
    "tokens-with-half-a-surrogate/tokenizer.json": Attack(_FOLDER, _tokens({"\ud800": 0, "b": 1, "c": 2}), "does not number tokens from 0 on", beside=_GOOD),
    "tokens-added-without-content/tokenizer.json": Attack(_FOLDER, _tokens(added_tokens=[{"id": 0}]), "does not number tokens from 0 on", beside=_GOOD),
    "tokens-added-that-are-a-number/tokenizer.json": Attack(_FOLDER, _tokens(added_tokens=5), "does not number tokens from 0 on", beside=_GOOD),
}  # fmt: skip


class _Evil:
    def __reduce__(self) -> Any:
        import os

        return os.system, ("touch owned",)


def _kv(**state: Any) -> bytes:
    """A pickle of an object with this state, as gensim saves one."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, 4)
    pickler.dump(state)
    inner = out.getvalue()[2:]
    if inner[:1] == b"\x95":
        inner = inner[9:]
    return b"\x80\x04cgensim.models.keyedvectors\nKeyedVectors\n)\x81" + inner[:-1] + b"b."


_SAID = {"index_to_key": ["a", "b", "c"]}

#: gensim's pickles, of which nothing is executed.
PICKLES = {
    "pickle-that-calls-the-shell.kv": Attack(_IMPORT, pickle.dumps(_Evil(), 4), "there are no words with vectors in it"),
    "pickle-that-calls-the-shell-in-its-state.kv": Attack(_IMPORT, _kv(vectors=_Evil(), **_SAID), "not NumPy's"),
    "pickle-that-ends-early.kv": Attack(_IMPORT, _kv(**_SAID)[:-5], "cannot be read safely: damaged"),
    "pickle-of-an-empty-stack.kv": Attack(_IMPORT, b"\x80\x04.", "cannot be read safely: damaged"),
    "pickle-that-pops-too-much.kv": Attack(_IMPORT, b"\x80\x04" + b"0" * 100 + b".", "cannot be read safely: damaged"),
    "pickle-of-a-mark-that-is-not-there.kv": Attack(_IMPORT, b"\x80\x04t.", "cannot be read safely: damaged"),
    "pickle-of-a-memo-that-is-not-there.kv": Attack(_IMPORT, b"\x80\x04h\x09.", "cannot be read safely: damaged"),
    "pickle-of-a-string-of-2-to-62.kv": Attack(_IMPORT, b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"a.", "cannot be read safely: damaged"),
    "pickle-of-a-frame-of-2-to-62.kv": Attack(_IMPORT, b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"N.", "there are no words with vectors in it"),
    "pickle-of-a-number-of-a-million-digits.kv": Attack(_IMPORT, b"\x80\x04I" + b"9" * 1_000_000 + b"\n.", "cannot be read safely: damaged"),
    "pickle-of-100000-tuples.kv": Attack(_IMPORT, b"\x80\x04)" + b"\x85" * 100_000 + b".", "there are no words with vectors in it"),
    "pickle-of-tuples-as-keys.kv": Attack(_IMPORT, b"\x80\x04})" + b"\x85" * 100_000 + b"Ns.", "cannot be read safely: it has tuples for keys"),
    "pickle-that-doubles-30-times.kv": Attack(_IMPORT, b"\x80\x04]" + b"\x94]h\x00ah\x00a" * 30 + b".", "there are no words with vectors in it"),
    "pickle-of-a-persistent-name.kv": Attack(_IMPORT, b"\x80\x04P/etc/passwd\n.", "cannot be read safely: it has the instruction PERSID"),
    "pickle-of-an-extension.kv": Attack(_IMPORT, b"\x80\x04\x82\x01.", "cannot be read safely: it has the instruction EXT1"),
    "pickle-of-an-instance.kv": Attack(_IMPORT, b"\x80\x04(ios\nsystem\n.", "cannot be read safely: it has the instruction INST"),
    "pickle-without-words.kv": Attack(_IMPORT, _kv(vectors=[1]), "there are no words with vectors in it"),
    "pickle-of-words-that-are-numbers.kv": Attack(_IMPORT, _kv(index_to_key=[1, 2]), "there are no words with vectors in it"),
    "pickle-of-vectors-that-are-a-list.kv": Attack(_IMPORT, _kv(vectors=[1, 2], **_SAID), "is no plain array"),
    "pickle-of-vectors-that-are-a-path.kv": Attack(_IMPORT, _kv(vectors="../../../etc/passwd", **_SAID), "is no plain array"),
    "pickle-of-files-apart-that-are-a-number.kv": Attack(_IMPORT, _kv(__numpys=5, **_SAID), "there are no vectors of words in it"),
    "pickle-of-files-apart-elsewhere.kv": Attack(_IMPORT, _kv(__numpys=["../vectors", "/etc/passwd"], **_SAID), "there are no vectors of words in it"),
    "pickle-of-a-file-apart-that-is-not-there.kv": Attack(_IMPORT, _kv(__numpys=["vectors"], **_SAID), ".vectors.npy: no such file"),
    "pickle-of-vectors-of-other-rows.kv": Attack(_IMPORT, _kv(vectors=np.eye(4, 2, dtype=np.float32), **_SAID), "4 vectors, but 3 keys in the index"),
    "pickle-of-vectors-of-objects.kv": Attack(_IMPORT, _kv(vectors=np.array([[print]] * 3, object), **_SAID), "not of plain numbers"),
    "pickle-of-counts-that-are-words.kv": Attack(_IMPORT, _kv(vectors=_ROWS, vocab={"a": {"count": "x"}}, expandos={"count": "x"}, **_SAID), "", 0),
    "pickle-of-counts-below-zero.kv": Attack(_IMPORT, _kv(vectors=_ROWS, expandos={"count": np.array([-1, 1, 1])}, **_SAID), "row 1: -1 is no count"),
    "pickle-of-n-grams-of-10-to-9.kv": Attack(_IMPORT, _kv(vectors_vocab=_ROWS, vectors_ngrams=_ROWS, bucket=3, min_n=3, max_n=10**9, compatible_hash=True, **_SAID), "is damaged: n-grams of 3 to 1,000,000,000 characters"),
    "pickle-of-n-grams-of-minus-one.kv": Attack(_IMPORT, _kv(vectors_vocab=_ROWS, vectors_ngrams=_ROWS, bucket=3, min_n=-1, max_n=3, compatible_hash=True, **_SAID), "is damaged: n-grams of -1 to 3 characters"),
    "pickle-of-buckets-beyond.kv": Attack(_IMPORT, _kv(vectors_vocab=_ROWS, vectors_ngrams=_ROWS, bucket=10**12, min_n=3, max_n=6, compatible_hash=True, **_SAID), "3 vectors, but 1,000,000,000,000 keys in its buckets"),
    "pickle-of-buckets-that-are-true.kv": Attack(_IMPORT, _kv(vectors_vocab=_ROWS, vectors_ngrams=_ROWS, bucket=True, min_n=3, max_n=6, compatible_hash=True, **_SAID), "3 vectors, but 1 keys in its buckets"),
    "pickle-of-n-grams-of-another-dimension.kv": Attack(_IMPORT, _kv(vectors_vocab=_ROWS, vectors_ngrams=np.eye(3, 5, dtype=np.float32), bucket=3, min_n=3, max_n=6, compatible_hash=True, **_SAID), "is damaged: 5 numbers for n-grams, but 2 for words"),
}  # fmt: skip


def _parquet(columns: dict[str, Any], **options: Any) -> Callable[[], bytes]:
    def made() -> bytes:
        import pyarrow
        import pyarrow.parquet

        out = io.BytesIO()
        arrays = {
            name: pyarrow.array(*of) if isinstance(of, tuple) else pyarrow.array(of)
            for name, of in columns.items()
        }
        pyarrow.parquet.write_table(pyarrow.table(arrays), out, **options)
        return out.getvalue()

    return made


def _parquet_bomb() -> bytes:
    """A vector of 400 MB, in some 20 kB: a run of zeros, and a list of them."""
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    column = pyarrow.field("vector", pyarrow.list_(pyarrow.float32()))
    with pyarrow.parquet.ParquetWriter(out, pyarrow.schema([("word", pyarrow.string()), column])) as writer:
        numbers = pyarrow.array(np.zeros(25_000_000, np.float32))
        vectors = pyarrow.ListArray.from_arrays([0, 25_000_000], numbers)
        for number in range(4):
            writer.write_table(pyarrow.table({"word": [f"{number}"], "vector": vectors}))
    return out.getvalue()


def _odd_parquet(change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: change(_parquet({"word": ["a", "b"], "vector": [[1.0, 2.0], [3.0, 4.0]]})())


def _twice() -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    columns = [pyarrow.array(["a"]), pyarrow.array(["b"]), pyarrow.array([[1.0]])]
    pyarrow.parquet.write_table(pyarrow.table(columns, names=["word", "word", "vector"]), out)
    return out.getvalue()


def _not_utf8() -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    words = pyarrow.Array.from_buffers(pyarrow.string(), 1, pyarrow.array([b"\xff\xfe"]).buffers())
    pyarrow.parquet.write_table(pyarrow.table({"word": words, "vector": [[1.0]]}), out)
    return out.getvalue()


#: Parquet.
PARQUET = {
    "parquet-of-nothing-but-marks.parquet": Attack(_IMPORT, b"PAR1PAR1", "is no whole Parquet file"),
    "parquet-of-a-footer-of-2-to-31.parquet": Attack(_IMPORT, _odd_parquet(lambda raw: raw[:-8] + b"\xff\xff\xff\x7fPAR1"), "is no whole Parquet file"),
    "parquet-of-a-footer-of-nothing.parquet": Attack(_IMPORT, _odd_parquet(lambda raw: raw[:-8] + b"\0\0\0\0PAR1"), "is no whole Parquet file"),
    "parquet-of-a-footer-of-noise.parquet": Attack(_IMPORT, _odd_parquet(lambda raw: raw[:-200] + b"\x99" * 192 + raw[-8:]), "is no whole Parquet file"),
    "parquet-of-data-of-noise.parquet": Attack(_IMPORT, _odd_parquet(lambda raw: raw[:4] + b"\x99" * 60 + raw[64:]), "is no whole Parquet file"),
    "parquet-cut.parquet": Attack(_IMPORT, _odd_parquet(lambda raw: raw[:-50]), "is no whole Parquet file"),
    "parquet-of-two-columns-of-one-name.parquet": Attack(_IMPORT, _twice, "has 2 columns called word"),
    "parquet-of-keys-that-are-not-utf-8.parquet": Attack(_IMPORT, _not_utf8, "", 0),
    "parquet-of-keys-that-are-missing.parquet": Attack(_IMPORT, _parquet({"word": ["a", None], "vector": [[1.0], [2.0]]}), "row 2: no key"),
    "parquet-of-vectors-that-are-missing.parquet": Attack(_IMPORT, _parquet({"word": ["a", "b"], "vector": [[1.0], None]}), "row 2: 0 numbers, not 1"),
    "parquet-of-vectors-of-other-lengths.parquet": Attack(_IMPORT, _parquet({"word": ["a", "b"], "vector": [[1.0], [1.0, 2.0]]}), "row 2: 2 numbers, not 1"),
    "parquet-of-vectors-with-holes.parquet": Attack(_IMPORT, _parquet({"word": ["a"], "vector": [[1.0, None]]}), "row 1: a number is missing"),
    "parquet-of-vectors-of-words.parquet": Attack(_IMPORT, _parquet({"word": ["a"], "vector": [["x"]]}), "has 1 columns of keys and 0 of vectors: word, vector"),
    "parquet-of-counts-below-zero.parquet": Attack(_IMPORT, _parquet({"word": ["a"], "vector": [[1.0]], "count": [-1]}), "row 1: -1 is no count"),
    "parquet-of-counts-beyond.parquet": Attack(_IMPORT, _parquet({"word": ["a", "b"], "vector": [[1.0], [2.0]], "count": [2**62] * 2}), "its counts add up to 2^63 or more"),
    "parquet-of-vectors-of-100-megabytes.parquet": Attack(_IMPORT, _parquet_bomb, "there is not enough memory"),
}  # fmt: skip


#: JSON lines.
JSON_LINES = {
    "jsonl-of-100000-levels.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": ' + b"[" * 100_000, "line 1: "),
    "jsonl-of-a-number-of-5000-digits.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": [' + b"9" * 5000 + b"]}\n", "line 1: "),
    "jsonl-of-a-key-that-is-a-number.jsonl": Attack(_IMPORT, b'{"key": 5, "vector": [1]}\n', "line 1: "),
    "jsonl-of-a-key-of-half-a-surrogate.jsonl": Attack(_IMPORT, b'{"key": "\\ud800", "vector": [1]}\n', "line 1: "),
    "jsonl-of-a-vector-of-words.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": ["1"]}\n', "line 1: its vector is no array of numbers"),
    "jsonl-of-a-vector-of-true.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": [true]}\n', "line 1: its vector is no array of numbers"),
    "jsonl-of-a-vector-of-nothing.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": []}\n', "line 1: its vector is no array of numbers"),
    "jsonl-of-a-vector-of-infinity.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": [Infinity]}\n', "line 1: the vector of 'a' is not finite in 32 bits"),
    "jsonl-of-a-count-beyond.jsonl": Attack(_IMPORT, b'{"key": "a", "vector": [1], "count": 99999999999999999999}\n', "line 1: its count is no whole number from 0 on"),
    "jsonl-of-a-line-of-200-megabytes.jsonl": Attack("import FILE --from jsonl -o out.e2v", lambda: _gzipped(b"a", b'{"key": "'), "line 1: "),
}  # fmt: skip

ATTACKS = {**TEXTS, **FASTTEXT, **ARRAYS, **SAFETENSORS, **PICKLES, **PARQUET, **JSON_LINES}
