"""Readers of vectors of other programs."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from e2v.store import verify
from tests.attacks import mutations
from tests.attacks.readers.reader import GOLDEN, Reader


def _imported(name: str, file: str = "data", **beside: bytes) -> Callable[[bytes, Path], None]:
    """An import of a file, or of the folder that it is in where the format has several."""

    def read(data: bytes, folder: Path) -> None:
        from e2v.formats import find_format
        from e2v.formats.transfer.importing import import_vectors
        from e2v.formats.transfer.input_files import InputFiles

        inside = folder / name
        if not inside.is_dir():
            inside.mkdir()
            for other, content in beside.items():
                (inside / other.replace("__", ".")).write_bytes(content)
        (inside / file).write_bytes(data)
        source = inside if find_format(name).FILES else inside / file
        output = folder / f"{name}.e2v"
        output.unlink(missing_ok=True)
        with InputFiles(str(source), scratch=folder / "copy") as inputs:
            import_vectors(inputs, output, name, duplicates="first")
        assert not verify(output), verify(output)

    return read


_ROWS = np.array([[0.5, 1, -2], [3, -4, 5e-3], [0, 0, 1e10], [7, 8, 9]], np.float32)
_KEYS = [b"the", b"of", "日本".encode(), b"new_york"]


def _written(name: str, file: str | None = None, **options: Any) -> Callable[[], list[bytes]]:
    """What e2v writes of a few vectors in a format."""

    def seeds() -> list[bytes]:
        from tests.formats.support import COUNTED, write

        found = []
        with tempfile.TemporaryDirectory() as folder:
            counts = [4, 3, 2, 1] if name in COUNTED else None
            path = write(Path(folder) / "out", name, _KEYS, _ROWS, counts=counts, **options)
            found.append((path / file if file else path).read_bytes())
        return found

    return seeds


def _foreign(*names: str) -> list[bytes]:
    return [(GOLDEN / "foreign" / name).read_bytes() for name in names]


_VOCABULARY = b"".join(key + b"\n" for key in _KEYS)
_TOKENIZER = json.dumps(
    {"model": {"type": "WordLevel", "unk_token": "d", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3}}}
)


def _tensors() -> bytes:
    data = _ROWS.tobytes() + np.ones(4, "<f4").tobytes() + np.arange(4, dtype="<i8").tobytes()
    entries = {
        "embeddings": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48]},
        "weights": {"dtype": "F32", "shape": [4], "data_offsets": [48, 64]},
        "mapping": {"dtype": "I64", "shape": [4], "data_offsets": [64, 96]},
    }
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def _npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, val=_ROWS)
    return out.getvalue()


def _npy(array: np.ndarray = _ROWS) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def _array_mutated(data: bytes, rng: random.Random) -> bytes:
    """What an .npy file says of itself is changed, and as long as before; or a number is, as in an archive."""
    what = rng.randrange(3)
    if not data.startswith(b"\x93NUMPY\x01\0") or len(data) < 10 or what == 0:
        return mutations.of_integers(data, rng)
    size = struct.unpack_from("<H", data, 8)[0]
    text = data[10 : 10 + size].rstrip()
    if what == 1:
        text = re.sub(rb"'[<>|=]?[a-zA-Z]\d*'", rng.choice(_DTYPES), text)
    else:
        text = mutations.of_bytes(text, rng, [b" ".join(_OF_ARRAYS)])
    return data[:10] + text.ljust(size)[:size] + data[10 + size :]


_DTYPES = [
    b"'<f2'", b"'<f4'", b"'<f8'", b"'>f4'", b"'|i1'", b"'<i4'", b"'<u8'", b"'|b1'", b"'|O'", b"'<U1'", b"'|V0'", b"'|S3'", b"'<c8'", b"'<M8[s]'", b"[('a', '<f4')]",
]  # fmt: skip
_OF_ARRAYS = (
    *_DTYPES, b"'descr'", b"'fortran_order'", b"'shape'", b"True", b"False", b"(4, 3)", b"(4,)", b"()",
    b"(0, 3)", b"(4, 3, 1)", b"L", b"-1", b"\x93NUMPY\x02\0", b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06",
    b"PK\x06\x06", b"val.npy", b"val",
)  # fmt: skip
_OF_NUMBERS = (
    b"4 3\n", b"0 3\n", b"4 0\n", b" ", b"\t", b"\n", b"\r\n", b"nan", b"-inf", b"1e39", b"1e-46", b"-0",
    b"0x1p3", b"1_0", b"+.5e-3", b"5.", b"1,5", b"\xc2\xa0", b"\xe3\x80\x80", b"\xef\xbb\xbf", b"\0", b"</s>",
    b"<unk>",
)  # fmt: skip
_OF_TENSORS = (
    b"__metadata__", b"dtype", b"shape", b"data_offsets", b"embeddings", b"embedding.weight", b"weights",
    b"mapping", b"F16", b"BF16", b"F32", b"F64", b"F8_E4M3", b"I8", b"I32", b"I64", b"U8", b"BOOL", b"[4,3]",
    b"[4]", b"[]", b"[0,48]",
)  # fmt: skip
_OF_TOKENIZERS = (
    b"added_tokens", b"content", b"id", b"model", b"type", b"vocab", b"unk_token", b"WordLevel", b"WordPiece",
    b"BPE", b"Unigram", b"unk_id", b"merges", b"null", b"true", b"[]", b"{}", b"-1", b"\\ud800", b"\\u0000",
)  # fmt: skip
_OF_PICKLES = (
    b"\x80\x04", b"index_to_key", b"key_to_index", b"index2word", b"vectors", b"syn0", b"vectors_ngrams",
    b"vectors_vocab", b"wv", b"__numpys", b"expandos", b"count", b"bucket", b"min_n", b"max_n",
    b"numpy._core.multiarray", b"numpy", b"_reconstruct", b"ndarray", b"dtype", b"f4", b"<", b"_codecs",
    b"encode", b"latin1",
)  # fmt: skip
_OF_PROJECTOR = (*_OF_NUMBERS, b"key\tcount\n", b"key\ttitle\tcategories\n", b"|")

READERS: Mapping[str, Reader] = {
    "word2vec": Reader(_imported("word2vec"), _written("word2vec"), tokens=_OF_NUMBERS),
    "word2vec-binary": Reader(_imported("word2vec-binary"), _written("word2vec-binary"), mutations.of_integers, _OF_NUMBERS),
    "glove": Reader(_imported("glove"), _written("glove"), tokens=_OF_NUMBERS),
    "fasttext": Reader(_imported("fasttext"), _written("fasttext"), tokens=_OF_NUMBERS),
    "fasttext-binary": Reader(
        _imported("fasttext-binary"),
        lambda: [*_written("fasttext-binary")(), *_foreign("fasttext.bin")],
        mutations.of_integers,
    ),
    "npy": Reader(
        _imported("npy", "vectors.npy", vocabulary__txt=_VOCABULARY), lambda: [_npy(), _npz()], _array_mutated, _OF_ARRAYS
    ),
    "npy int8": Reader(
        _imported("npy", "scales.npy", vocabulary__txt=_VOCABULARY, vectors__npy=_npy(np.ones((4, 3), np.int8))),
        lambda: [_npy(np.ones(4, np.float32))],
        _array_mutated,
        _OF_ARRAYS,
    ),
    "safetensors": Reader(
        _imported("safetensors", "model.safetensors", tokenizer__json=_TOKENIZER.encode()),
        lambda: [_tensors()],
        mutations.of_counted_json,
        _OF_TENSORS,
    ),
    "tokenizer.json": Reader(
        _imported("safetensors", "tokenizer.json", model__safetensors=_tensors()),
        lambda: [
            _TOKENIZER.encode(),
            *_written("safetensors", "tokenizer.json")(),
            b'{"added_tokens": [{"id": 3, "content": "<s>"}], "model": {"type": "Unigram", "vocab": [["a", -1.0], ["b", -2], ["c", 0]]}}',
        ],
        mutations.of_json,
        _OF_TOKENIZERS,
    ),
    "jsonl": Reader(_imported("jsonl"), _written("jsonl"), mutations.of_json_lines, (b"key", b"vector", b"count", b"null", b"NaN", b"1e39")),
    "projector": Reader(
        _imported("projector", "tensors.tsv", metadata__tsv=_VOCABULARY), _written("projector", "tensors.tsv"), tokens=_OF_PROJECTOR
    ),
    "parquet": Reader(_imported("parquet"), lambda: [*_written("parquet")(), *_foreign("arrow.parquet")], mutations.of_parquet),
    "sqlite": Reader(
        _imported("sqlite"),
        lambda: [*_written("sqlite")(), *_foreign("sqlite-vec.db", "sqlite-vec-int8.db")],
        mutations.of_databases,
    ),
    "gensim": Reader(
        _imported("gensim", data__vectors__npy=_foreign("gensim-apart.kv.vectors.npy")[0]),
        lambda: _foreign("gensim.kv", "gensim-5.kv", "gensim-apart.kv", "gensim-word2vec.model", "gensim-fasttext.model", "gensim.bin"),
        mutations.of_pickles,
        _OF_PICKLES,
    ),
}  # fmt: skip
