"""model2vec and sentence-transformers encode with what we write; needs the [interop] extra.

sentence-transformers brings torch, several GB, and so is no part of the extra: it is asked where it is
installed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.formats.interop.sample import ENCODED, KEYS, VECTORS
from tests.formats.support import read, write

pytestmark = pytest.mark.filterwarnings("ignore")

TOLERANCE = {"float32": 1e-6, "float16": 2e-3, "int8": 2e-2}
PHRASES = ["the k3", "k1 k2 never seen", "日本 naïve"]


def mean(phrase: str) -> np.ndarray:
    return np.mean([VECTORS[KEYS.index(word)] for word in phrase.split() if word in KEYS], axis=0)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_safetensors_loads_it(tmp_path: Path, dtype) -> None:
    write(tmp_path / "model", "safetensors", ENCODED, VECTORS, dtype)
    tensors = load_file(tmp_path / "model" / "model.safetensors")
    rows = tensors["embeddings"].astype(np.float32)
    assert tensors["embeddings"].dtype == dtype
    scaled = rows * tensors["weights"][:, np.newaxis] if dtype == "int8" else rows
    np.testing.assert_allclose(scaled[:-1], VECTORS, atol=TOLERANCE[dtype])
    assert not rows[-1].any()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_model2vec_encodes_with_it(tmp_path: Path, dtype) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed: [interop]")
    write(tmp_path / "model", "safetensors", ENCODED, VECTORS, dtype)
    model = model2vec.StaticModel.from_pretrained(tmp_path / "model")
    assert list(model.tokens) == [*KEYS, "[UNK]"]
    for phrase in PHRASES:
        np.testing.assert_allclose(model.encode(phrase), mean(phrase), atol=TOLERANCE[dtype])


def test_we_read_what_model2vec_writes(tmp_path: Path) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed: [interop]")
    write(tmp_path / "ours", "safetensors", ENCODED, VECTORS)
    model = model2vec.StaticModel.from_pretrained(tmp_path / "ours")
    model.save_pretrained(tmp_path / "theirs")
    found = read(tmp_path / "theirs")
    assert found.keys == ENCODED
    np.testing.assert_array_equal(found.values, VECTORS)
    mapping = np.arange(len(model.tokens)) // 2  # two tokens share a row, and each has a weight
    weights = np.linspace(1, 2, len(model.tokens), dtype=np.float32)
    small = model2vec.StaticModel(VECTORS, model.tokenizer, weights=weights, token_mapping=mapping)
    small.save_pretrained(tmp_path / "small")
    found = read(tmp_path / "small")
    for row in (0, 1, len(KEYS) - 1):
        np.testing.assert_allclose(found.vectors[row], small.encode(KEYS[row]), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_sentence_transformers_encodes_with_it_and_back(tmp_path: Path, dtype) -> None:
    reason = "sentence-transformers is not installed"
    sentence_transformers = pytest.importorskip("sentence_transformers", reason=reason)
    write(tmp_path / "model", "safetensors", ENCODED, VECTORS, dtype)
    model = sentence_transformers.SentenceTransformer(str(tmp_path / "model"), device="cpu")
    phrases = ["the k3", "日本 naïve"]  # a word that it does not know counts as zeros
    np.testing.assert_allclose(model.encode(phrases), list(map(mean, phrases)), atol=TOLERANCE[dtype])
    model.save(str(tmp_path / "theirs"))
    found = read(tmp_path / "theirs")
    assert found.keys == ENCODED
    np.testing.assert_allclose(found.vectors, VECTORS, atol=TOLERANCE[dtype])
