"""gensim reads what we write, and we read what it writes; needs the [interop] extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.store import Keys
from e2v.vectors import KeyedVectors, similar
from tests.formats.interop.sample import COUNTS, ENCODED, KEYS, VECTORS
from tests.formats.support import read, write

models = pytest.importorskip("gensim.models", reason="gensim is not installed: [interop]")
fasttext = pytest.importorskip("gensim.models.fasttext", reason="gensim is not installed: [interop]")
pytestmark = pytest.mark.filterwarnings("ignore")  # it leaves files open

WAYS = {
    "word2vec": {},
    "fasttext": {},
    "glove": {"no_header": True},
    "word2vec-binary": {"binary": True},
    "gensim": {"binary": True},
}


@pytest.mark.parametrize("name", WAYS)
def test_gensim_loads_it(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "vectors", name, ENCODED, VECTORS)
    loaded = models.KeyedVectors.load_word2vec_format(str(path), **WAYS[name])
    assert loaded.index_to_key == KEYS
    np.testing.assert_array_equal(loaded.vectors, VECTORS)
    theirs = loaded.most_similar(positive=["the", "k3"], negative=["k7"])
    ours = similar(KeyedVectors(Keys.from_strings(KEYS), VECTORS), ["the", "k3"], ["k7"])
    assert [answer.key for answer in ours] == [key for key, _ in theirs]
    scores = [score for _, score in theirs]
    np.testing.assert_allclose([answer.score for answer in ours], scores, atol=1e-5)


def test_gensim_loads_a_model_of_fasttext(tmp_path: Path) -> None:
    path = write(tmp_path / "vectors.bin", "fasttext-binary", ENCODED, VECTORS, counts=COUNTS)
    loaded = fasttext.load_facebook_vectors(str(path))
    assert loaded.index_to_key == KEYS
    np.testing.assert_array_equal(loaded.vectors, VECTORS)
    assert [loaded.get_vecattr(key, "count") for key in KEYS] == COUNTS


@pytest.fixture
def keyed_vectors():
    vectors = models.KeyedVectors(VECTORS.shape[1])
    vectors.add_vectors(KEYS, VECTORS)
    for key, count in zip(KEYS, COUNTS, strict=True):
        vectors.set_vecattr(key, "count", count)
    return vectors


@pytest.mark.parametrize("binary", [False, True])
def test_we_read_its_word2vec_formats(tmp_path: Path, keyed_vectors, binary: bool) -> None:
    keyed_vectors.save_word2vec_format(str(tmp_path / "vectors"), binary=binary)
    found = read(tmp_path / "vectors")
    assert found.keys == ENCODED
    np.testing.assert_array_equal(found.values, VECTORS)


@pytest.mark.parametrize("name", ["vectors.kv", "vectors.kv.gz"])
@pytest.mark.parametrize("settings", [{}, {"separately": ["vectors"]}, {"pickle_protocol": 2}])
def test_we_read_its_own_files(tmp_path: Path, keyed_vectors, name: str, settings) -> None:
    keyed_vectors.save(str(tmp_path / name), **settings)
    found = read(tmp_path / name)
    assert found.keys == ENCODED and found.counts is not None and found.counts.tolist() == COUNTS
    np.testing.assert_array_equal(found.values, VECTORS)


def test_we_read_its_models(tmp_path: Path) -> None:
    sentences = [[f"w{number % size}" for number in range(200)] for size in range(3, 40)]
    settings = {
        "sentences": sentences,
        "vector_size": 8,
        "min_count": 1,
        "epochs": 1,
        "workers": 1,
        "seed": 1,
    }
    for make, more in (
        (models.Word2Vec, {}),
        (models.FastText, {"bucket": 100}),
        (models.FastText, {"max_n": 0}),
    ):
        model = make(**settings, **more)
        model.save(str(tmp_path / "a.model"))
        found = read(tmp_path / "a.model")
        assert [key.decode() for key in found.keys] == model.wv.index_to_key
        np.testing.assert_allclose(found.values, model.wv.vectors, rtol=1e-6, atol=1e-9)
