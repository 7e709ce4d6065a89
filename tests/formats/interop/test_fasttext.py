"""fastText answers from what we write as we do, and we read what it writes; needs the [interop] extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.formats.interop.sample import COUNTS, ENCODED, KEYS, VECTORS
from tests.formats.support import read, write

fasttext = pytest.importorskip("fasttext", reason="fasttext is not installed: [interop]")
pytestmark = pytest.mark.filterwarnings("ignore")

TEXT = "the naïve cat of the 日本 house is a cat of the house again and again " * 60


@pytest.fixture(autouse=True)
def silent(monkeypatch) -> None:
    monkeypatch.setattr(fasttext.FastText, "eprint", lambda *_: None)


def test_it_loads_a_model(tmp_path: Path) -> None:
    write(tmp_path / "model.bin", "fasttext-binary", ENCODED, VECTORS, counts=COUNTS)
    model = fasttext.load_model(str(tmp_path / "model.bin"))
    words, counts = model.get_words(include_freq=True)
    assert words == KEYS and counts.tolist() == COUNTS
    np.testing.assert_array_equal(np.array([model.get_word_vector(key) for key in KEYS]), VECTORS)
    assert not model.get_word_vector("never seen").any()
    unit = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    nearest = np.argsort(-(unit @ unit[0]))[1:4]
    assert [key for _, key in model.get_nearest_neighbors("the", 3)] == [KEYS[row] for row in nearest]


def test_it_starts_from_vectors_that_we_wrote(tmp_path: Path) -> None:
    keys = [b"the", "naïve".encode(), b"cat", "日本".encode()]
    vectors = VECTORS[:4, :5]
    write(tmp_path / "start.vec", "fasttext", keys, vectors)
    (tmp_path / "text").write_text(TEXT)
    settings = {"dim": 5, "minCount": 1, "maxn": 0, "lr": 0.0, "epoch": 1, "thread": 1, "verbose": 0}
    model = fasttext.train_unsupervised(
        str(tmp_path / "text"), pretrainedVectors=str(tmp_path / "start.vec"), **settings
    )
    found = np.array([model.get_word_vector(key.decode()) for key in keys])
    np.testing.assert_array_equal(found, vectors)


@pytest.mark.parametrize(
    "settings",
    [
        {"minn": 3, "maxn": 6, "bucket": 2000},
        {"minn": 1, "maxn": 2, "bucket": 7},
        {"minn": 0, "maxn": 0},
        {"minn": 2, "maxn": 40, "bucket": 100_000},
    ],
)
def test_we_read_its_models(tmp_path: Path, settings) -> None:
    (tmp_path / "text").write_text(TEXT + f"\n{'x' * 300} {'x' * 300}\n")
    model = fasttext.train_unsupervised(
        str(tmp_path / "text"), dim=9, minCount=1, epoch=1, thread=1, verbose=0, **settings
    )
    model.save_model(str(tmp_path / "model.bin"))
    found = read(tmp_path / "model.bin")
    words, counts = model.get_words(include_freq=True)
    assert [key.decode() for key in found.keys] == words
    assert found.counts is not None and found.counts.tolist() == counts.tolist()
    np.testing.assert_array_equal(found.values, np.array([model.get_word_vector(word) for word in words]))


def test_labels_of_supervised_models_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("__label__a the cat\n__label__b the house\n" * 20)
    settings = {"dim": 4, "epoch": 1, "thread": 1, "minCount": 1, "verbose": 0, "minn": 2, "maxn": 3}
    model = fasttext.train_supervised(str(tmp_path / "text"), bucket=50, **settings)
    model.save_model(str(tmp_path / "model.bin"))
    found = read(tmp_path / "model.bin")
    assert [key.decode() for key in found.keys] == model.words
    np.testing.assert_array_equal(
        found.values, np.array([model.get_word_vector(word) for word in model.words])
    )
