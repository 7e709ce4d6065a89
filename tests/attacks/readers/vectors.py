"""Readers of vectors of other programs."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from e2v.store import verify
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


def _npy() -> bytes:
    out = io.BytesIO()
    np.save(out, _ROWS)
    return out.getvalue()


def sqlite_bytes(*statements: str) -> bytes:
    """A database as bytes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        return database.serialize()


READERS: Mapping[str, Reader] = {
    "word2vec": Reader(_imported("word2vec"), _written("word2vec")),
    "word2vec-binary": Reader(_imported("word2vec-binary"), _written("word2vec-binary")),
    "glove": Reader(_imported("glove"), _written("glove")),
    "fasttext": Reader(_imported("fasttext"), _written("fasttext")),
    "fasttext-binary": Reader(
        _imported("fasttext-binary"),
        lambda: [*_written("fasttext-binary")(), *_foreign("fasttext.bin")],
    ),
    "npy": Reader(_imported("npy", "vectors.npy", vocabulary__txt=_VOCABULARY), lambda: [_npy(), _npz()]),
    "npy int8": Reader(
        _imported("npy", "scales.npy", vocabulary__txt=_VOCABULARY, vectors__npy=b""), lambda: [_npy()]
    ),
    "safetensors": Reader(
        _imported("safetensors", "model.safetensors", tokenizer__json=_TOKENIZER.encode()), lambda: [_tensors()]
    ),
    "tokenizer.json": Reader(
        _imported("safetensors", "tokenizer.json", model__safetensors=_tensors()),
        lambda: [
            _TOKENIZER.encode(),
            *_written("safetensors", "tokenizer.json")(),
            b'{"added_tokens": [{"id": 3, "content": "<s>"}], "model": {"type": "Unigram", "vocab": [["a", -1.0], ["b", -2], ["c", 0]]}}',
        ],
    ),
    "jsonl": Reader(_imported("jsonl"), _written("jsonl")),
    "projector": Reader(
        _imported("projector", "tensors.tsv", metadata__tsv=_VOCABULARY), _written("projector", "tensors.tsv")
    ),
    "parquet": Reader(_imported("parquet"), lambda: [*_written("parquet")(), *_foreign("arrow.parquet")]),
    "sqlite": Reader(
        _imported("sqlite"),
        lambda: [*_written("sqlite")(), *_foreign("sqlite-vec.db", "sqlite-vec-int8.db")],
    ),
    "gensim": Reader(
        _imported("gensim"),
        lambda: _foreign("gensim.kv", "gensim-5.kv", "gensim-apart.kv", "gensim-word2vec.model", "gensim-fasttext.model", "gensim.bin"),
    ),
}  # fmt: skip
