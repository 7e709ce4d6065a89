"""Files that the other programs wrote, and what these programs say is in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import InputError
from tests.formats.support import Found, read
from tests.golden.foreign.make import COUNTS, FOLDER, GOLDEN, KEYS, VECTORS


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the golden files, for an import writes beside its output."""
    return Path(shutil.copytree(FOLDER, tmp_path / "golden"))


def check(found: Found, counts: list[int] | None = None) -> None:
    assert [key.decode() for key in found.keys] == KEYS
    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.values, VECTORS)
    assert (None if found.counts is None else found.counts.tolist()) == counts


def test_none_is_missing() -> None:
    assert {name for name in GOLDEN if not (FOLDER / name).exists()} == set()


@pytest.mark.parametrize("name", ["gensim.kv", "gensim-apart.kv", "gensim-5.kv"])
def test_keyed_vectors_of_gensim(golden: Path, name: str) -> None:
    check(read(golden / name), COUNTS)


@pytest.mark.parametrize("name", ["gensim.txt", "gensim.bin"])
def test_word2vec_formats_of_gensim(golden: Path, name: str) -> None:
    check(read(golden / name))


@pytest.mark.parametrize("name", ["numpy", "arrow.parquet", "sqlite-vec.db"])
def test_arrays_and_tables(golden: Path, name: str) -> None:
    check(read(golden / name))


@pytest.mark.parametrize("name", ["gensim-word2vec.model", "gensim-fasttext.model", "fasttext.bin"])
def test_models_answer_as_their_programs_do(golden: Path, name: str) -> None:
    answers = json.loads((golden / f"{name}.json").read_text(encoding="utf-8"))
    found = read(golden / name)
    assert [key.decode() for key in found.keys] == [key for key, _, _ in answers]
    expected = np.array([vector for _, vector, _ in answers], np.float32)
    if name == "gensim-fasttext.model":  # gensim divides where fastText multiplies by the inverse
        np.testing.assert_allclose(found.values, expected, rtol=2e-7, atol=1e-9)
    else:
        np.testing.assert_array_equal(found.values, expected)
    assert found.counts is not None and found.counts.tolist() == [count for _, _, count in answers]


def test_a_static_model_with_weights_and_a_mapping(golden: Path) -> None:
    found = read(golden / "model2vec")
    assert [key.decode() for key in found.keys] == KEYS
    rows = VECTORS[[0, 1, 1, 2, 4]]
    np.testing.assert_array_equal(found.values, rows * np.array([[1], [2], [4], [0.5], [1]], np.float32))


def test_a_static_model_of_sentence_transformers(golden: Path) -> None:
    """As SentenceTransformer.save lays it out: the module in its own folder, the tensor by torch's name."""
    nested = golden / "sentence" / "0_StaticEmbedding"
    nested.mkdir(parents=True)
    shutil.copy(golden / "model2vec" / "tokenizer.json", nested)
    header = {"embedding.weight": {"dtype": "F32", "shape": [5, 3], "data_offsets": [0, 60]}}
    text = json.dumps(header).encode()
    (nested / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + VECTORS.tobytes())
    check(read(golden / "sentence"))


@pytest.mark.parametrize(("dtype", "tolerance"), [("BF16", 0), ("F16", 0), ("F64", 0)])
def test_tensors_of_other_numbers(golden: Path, dtype: str, tolerance: float) -> None:
    folder = golden / "model2vec"
    if dtype == "BF16":  # the upper halves of float32
        data = (VECTORS.view(np.uint32) >> 16).astype("<u2").tobytes()
    else:
        data = VECTORS.astype({"F16": "<f2", "F64": "<f8"}[dtype]).tobytes()
    header = json.dumps({"embeddings": {"dtype": dtype, "shape": [5, 3], "data_offsets": [0, len(data)]}})
    raw = len(header).to_bytes(8, "little") + header.encode() + data
    (folder / "model.safetensors").write_bytes(raw)
    found = read(folder)
    assert found.values.dtype == (np.float16 if dtype == "F16" else np.float32)
    np.testing.assert_array_equal(found.vectors, VECTORS)


def test_every_tokenizer_numbers_its_tokens(golden: Path) -> None:
    folder = golden / "model2vec"
    sidecar = folder / "tokenizer.json"
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    for model in (
        {"type": "Unigram", "vocab": [[key, -1.0] for key in KEYS], "unk_id": 0},
        {"type": "BPE", "vocab": {key: row for row, key in enumerate(KEYS)}, "merges": []},
        {"type": "WordPiece", "vocab": {key: row for row, key in enumerate(KEYS[:-1])}, "unk_token": "of"},
    ):
        added = [{"id": 4, "content": KEYS[4], "special": True}] if model["type"] == "WordPiece" else []
        sidecar.write_text(json.dumps({**document, "model": model, "added_tokens": added}))
        assert [key.decode() for key in read(folder).keys] == KEYS


def test_a_table_of_sqlite_vec_in_several_chunks(golden: Path) -> None:
    found = read(golden / "sqlite-vec-int8.db")
    rows = [row for row in range(20) if row != 5]
    assert [key.decode() for key in found.keys] == [f"word {row}" for row in rows]
    assert found.values.dtype == np.int8 and found.vectors.tolist() == [[row, -row, 7] for row in rows]


def test_without_the_file_of_its_vectors_gensims_pickle_is_not_enough(golden: Path) -> None:
    (golden / "gensim-apart.kv.vectors.npy").unlink()
    with pytest.raises(InputError, match=r"gensim-apart\.kv\.vectors\.npy: no such file"):
        read(golden / "gensim-apart.kv")


def test_a_cut_pickle_of_gensim_is_refused_with_what_to_do(golden: Path) -> None:
    whole = (golden / "gensim.kv").read_bytes()
    for size in range(2, len(whole) - 1, 37):
        (golden / "gensim.kv").write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"cannot be read safely: .*save_word2vec_format"):
            read(golden / "gensim.kv")
