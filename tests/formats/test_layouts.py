"""The bytes of each format, written out by hand."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from e2v.formats.transfer.exporting import export_vectors
from e2v.store import Keys
from e2v.vectors import matrix as matrix_module
from tests.formats.support import exported, read, write, written

KEYS = [b"the", "日".encode(), b"\xff"]
VECTORS = np.array([[0.5, -1.25], [1e-6, 100], [-0.0, 1 / 3]], np.float32)


def packed(*rows: int, end: bytes = b"") -> list[bytes]:
    """The rows' keys, numbers and `end`."""
    return [KEYS[row] + b" " + struct.pack("<2f", *VECTORS[row]) + end for row in rows]


LINES = [b"the 0.5 -1.25", b"\xe6\x97\xa5 9.99999997e-07 100", b"\xff -0 0.333333343"]
FASTTEXT = (
    struct.pack("<ii", 793712314, 12)
    # dim, window, epochs, least count, negatives, word n-grams, softmax, skip-gram, no buckets, ...
    + struct.pack("<12id", 2, 5, 1, 1, 5, 1, 3, 2, 0, 0, 0, 100, 1e-4)
    + struct.pack("<3i2q", 3, 3, 0, 9, -1)
    + b"".join(key + b"\0" + struct.pack("<qb", count, 0) for key, count in zip(KEYS, (5, 3, 1), strict=True))
    + struct.pack("<?2q", False, 3, 2)
    + VECTORS.astype("<f4").tobytes()
    + struct.pack("<?2q", False, 0, 2)
)
BYTES = {
    "word2vec": b"3 2\n" + b"".join(line + b" \n" for line in LINES),
    "fasttext": b"3 2\n" + b"".join(line + b" \n" for line in LINES),
    "glove": b"".join(line + b"\n" for line in LINES),
    "word2vec-binary": b"3 2\n" + b"".join(packed(0, 1, 2, end=b"\n")),
    "fasttext-binary": FASTTEXT,
    "jsonl": (
        b'{"key": "the", "vector": [0.5, -1.25], "count": 5}\n'
        b'{"key": "\xe6\x97\xa5", "vector": [9.99999997e-07, 100], "count": 3}\n'
        b'{"key": "\\udcff", "vector": [-0, 0.333333343], "count": 1}\n'
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_is_written_byte_for_byte_and_read(name: str, tmp_path: Path, monkeypatch) -> None:
    path = write(tmp_path / "data", name, KEYS, VECTORS, counts=[5, 3, 1])
    assert path.read_bytes() == BYTES[name]
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 2)  # a block for each row
    write(path, name, KEYS, VECTORS, counts=[5, 3, 1])
    assert path.read_bytes() == BYTES[name]
    found = read(path, name)
    assert found.keys == KEYS
    np.testing.assert_array_equal(found.values.view(np.uint32), VECTORS.view(np.uint32))


def test_gensims_records_have_no_newlines_between_them(tmp_path: Path) -> None:
    assert written("gensim", KEYS[:2], VECTORS[:2]) == b"2 2\n" + b"".join(packed(0, 1))


@pytest.mark.parametrize("name", ["word2vec", "word2vec-binary", "fasttext", "gensim"])
def test_no_keys_are_a_header(name: str) -> None:
    assert written(name, [], np.empty((0, 5))) == b"0 5\n"


def test_an_array_and_a_vocabulary(tmp_path: Path) -> None:
    keys = [b"the", b"new york", b"\xff", b""]
    vectors = np.array([[0.5, -1.25], [4, 8], [0, 0], [127, 1]], np.float32)
    folder = write(tmp_path / "arrays", "npy", keys, vectors, "int8")
    assert sorted(path.name for path in folder.iterdir()) == ["scales.npy", "vectors.npy", "vocabulary.txt"]
    assert (folder / "vocabulary.txt").read_bytes() == b"the\nnew york\n\xff\n\n"
    stored = np.load(folder / "vectors.npy")
    assert stored.dtype == np.int8 and stored.tolist() == [[51, -127], [64, 127], [0, 0], [127, 1]]
    np.testing.assert_allclose(np.load(folder / "scales.npy"), np.array([1.25, 8, 0, 127]) / 127, rtol=1e-7)
    write(folder, "npy", keys, vectors)
    assert sorted(path.name for path in folder.iterdir()) == ["vectors.npy", "vocabulary.txt"]
    np.testing.assert_array_equal(np.load(folder / "vectors.npy"), vectors)
    header = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }"
    assert (folder / "vectors.npy").read_bytes() == header.ljust(127) + b"\n" + vectors.tobytes()


def test_the_projectors_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "projector", "projector", KEYS, VECTORS)
    assert (folder / "tensors.tsv").read_bytes() == b"0.5\t-1.25\n9.99999997e-07\t100\n-0\t0.333333343\n"
    assert (folder / "metadata.tsv").read_bytes() == b"the\n\xe6\x97\xa5\n\xff\n"
    going = exported(KEYS, VECTORS, counts=[5, 3, 1])
    going.categories = {"日": ["noun", "time"], "\udcff": ["odd"]}
    export_vectors(going, folder, "projector")
    expected = b"key\tcount\tcategories\nthe\t5\t\n\xe6\x97\xa5\t3\tnoun|time\n\xff\t1\todd\n"
    assert (folder / "metadata.tsv").read_bytes() == expected
    going.categories, going.titles = None, Keys.from_strings(["The\tArticle\n", ""])
    export_vectors(going, folder, "projector")
    expected = b"key\tcount\ttitle\nthe\t5\tThe Article\n\xe6\x97\xa5\t3\t\n\xff\t1\t\n"
    assert (folder / "metadata.tsv").read_bytes() == expected
    assert read(folder).keys == KEYS


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_the_folder_of_a_static_model(tmp_path: Path, dtype) -> None:
    folder = write(tmp_path / "model", "safetensors", [b"the", b'"'], [[1, 0.5], [-2, 4]] @ np.eye(2), dtype)
    raw = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    code = {"float32": "F32", "float16": "F16", "int8": "I8"}[dtype]
    start = 12 if dtype == "int8" else 0
    size = 6 * np.dtype(dtype).itemsize
    entry = {"dtype": code, "shape": [3, 2], "data_offsets": [start, start + size]}
    weights = {"weights": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}} if dtype == "int8" else {}
    assert header == {"__metadata__": {"format": "np"}, **weights, "embeddings": entry} and length % 8 == 0
    stored = np.frombuffer(raw, dtype, 6, 8 + length + start).reshape(3, 2)
    expected = [[127, 64], [-64, 127], [0, 0]] if dtype == "int8" else [[1, 0.5], [-2, 4], [0, 0]]
    assert stored.tolist() == expected and len(raw) == 8 + length + start + size
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert tokenizer["model"] == {
        "type": "WordLevel",
        "vocab": {"the": 0, '"': 1, "[UNK]": 2},
        "unk_token": "[UNK]",
    }
    assert tokenizer["pre_tokenizer"] == {"type": "WhitespaceSplit"}
    assert json.loads((folder / "config.json").read_text())["embedding_dtype"] == dtype
    (module,) = json.loads((folder / "modules.json").read_text())
    assert module["type"] == "sentence_transformers.models.StaticEmbedding"


def test_a_key_that_is_the_unknown_token_stays_the_only_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "model", "safetensors", [b"[UNK]", b"a"], np.ones((2, 2)))
    assert json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"] == {"[UNK]": 0, "a": 1}


def test_a_key_that_is_the_unknown_token_is_kept_though_it_is_zeros(tmp_path: Path) -> None:
    folder = write(tmp_path / "model", "safetensors", [b"a", b"[UNK]"], [[1, 0], [0, 0]] @ np.eye(2))
    assert read(folder).keys == [b"a", b"[UNK]"]


def test_a_table_of_an_sqlite_database(tmp_path: Path) -> None:
    path = write(tmp_path / "vectors.db", "sqlite", KEYS, VECTORS, counts=[5, 3, 1])
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT rowid, key, vector, count, scale FROM vectors").fetchall()
        plan = database.execute("EXPLAIN QUERY PLAN SELECT vector FROM vectors WHERE key = 'the'").fetchall()
    blobs = [vector.astype("<f4").tobytes() for vector in VECTORS]
    assert rows == [
        (1, "the", blobs[0], 5, None),
        (2, "日", blobs[1], 3, None),
        (3, b"\xff", blobs[2], 1, None),
    ]
    assert "vectors_key" in str(plan)


def test_a_slim_copy_says_how_it_was_made(tmp_path: Path) -> None:
    from e2v.store import open_artifact, verify

    path = tmp_path / "slim.e2v"
    going = exported(KEYS, VECTORS, "int8", counts=[5, 3, 1])
    going.provenance = {"command": "export"}
    export_vectors(going, path, "e2v")
    artifact = open_artifact(path, "vectors")
    assert verify(path) == [] and artifact.provenance == {"command": "export"}
    assert artifact.arrays["vectors"].tolist() == [[51, -127], [0, 127], [0, 127]]
    np.testing.assert_allclose(artifact.arrays["scales"], np.abs(VECTORS).max(axis=1) / 127, rtol=1e-6)
    assert artifact.arrays["counts"].tolist() == [5, 3, 1]
