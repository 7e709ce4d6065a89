"""The matrices of a model: how they start, and that nothing that is no number is ever written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import InputError, TrainingError
from e2v.kernels.sgd import pack, unpack
from e2v.store import open_artifact, verify
from e2v.training.word2vec.model import new_model
from e2v.training.word2vec.training import Training
from tests.training.small import WORDS, config, corpus_of, text


def test_inputs_start_small_and_uniform_and_outputs_at_zero() -> None:
    model = new_model(np.ones(2000, np.int64), config(dim=50))
    inputs = model.inputs[:, :50]
    assert np.abs(inputs).max() <= 0.5 / 50
    assert inputs.std() == pytest.approx(1 / 50 / np.sqrt(12), rel=0.02)
    assert abs(inputs.mean()) < 1e-4
    assert not model.inputs[:, 50:].any() and not model.outputs.any()
    assert model.outputs.shape == model.inputs.shape and model.inputs.shape[1] % 16 == 0


@pytest.mark.parametrize("dim", [7, 50])
def test_a_start_is_one_sequence_of_draws_for_any_number_of_threads(
    dim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.training.word2vec.model._DRAWN", 3 * dim)
    corpus = corpus_of(tmp_path, text(60))
    models = [Training(corpus, config(subword="2:3", dim=dim, threads=n, seed=5)).model for n in (1, 4)]
    for model in models:
        assert model.ngrams is not None
        words = len(model.inputs)
        draws = np.random.default_rng(5).random((words + len(model.ngrams), dim), dtype=np.float32)
        expected = (draws - np.float32(0.5)) / np.float32(dim)
        np.testing.assert_array_equal(model.inputs[:, :dim], expected[:words])
        rows = model.ngrams.take(np.arange(len(model.ngrams)))
        np.testing.assert_array_equal(rows, unpack(pack(expected[words:]), dim))
        assert not model.outputs.any() and not model.inputs[:, dim:].any()


def test_the_seed_decides_the_start() -> None:
    first, again, other = (new_model(np.ones(10, np.int64), config(seed=seed)).inputs for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[:, :6] != other[:, :6]).all()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"output"}),
        ({"loss": "softmax"}, {"output"}),
        ({"loss": "hierarchical-softmax"}, {"nodes"}),
        ({"subword": "2:3"}, {"output", "ngrams.bytes", "ngrams.offsets", "ngram_vectors"}),
        ({"subword": "2:3", "loss": "hierarchical-softmax"}, {"nodes", "ngrams.bytes", "ngrams.offsets"}
         | {"ngram_vectors"}),
    ],
)  # fmt: skip
def test_what_is_written(settings: dict[str, Any], expected: set[str], tmp_path: Path) -> None:
    training = Training(corpus_of(tmp_path, text(60)), config(**settings))
    before = training.model.inputs.copy()
    list(training.runner.run())
    assert (training.model.inputs != before).any()
    training.save(tmp_path / "model.e2v", {"made": "here"})
    assert verify(tmp_path / "model.e2v") == []
    model = open_artifact(tmp_path / "model.e2v", "model")
    assert model.arrays.keys() == {"keys.bytes", "keys.offsets", "counts", "input", *expected}
    assert sorted(model.keys) == sorted(WORDS) and model.provenance == {"made": "here"}
    matrix = training.model.outputs[:, :6]
    np.testing.assert_array_equal(model.arrays["nodes" if "nodes" in expected else "output"], matrix)
    if training.ngrams is None:
        np.testing.assert_array_equal(model.arrays["input"], training.model.inputs[:, :6])
    else:
        parts, ngrams = training.model.parts, training.model.ngrams
        assert parts is not None and ngrams is not None
        composed = parts.compose(training.model.inputs, ngrams, 0, len(WORDS))
        np.testing.assert_array_equal(model.arrays["input"], composed)
        assert list(model.keys_of("ngrams")) == list(training.ngrams.keys)
        rows = ngrams.take(np.arange(len(ngrams)))
        np.testing.assert_array_equal(model.arrays["ngram_vectors"], rows)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("matrix", ["inputs", "outputs"])
def test_what_is_no_number_is_not_written(bad: float, matrix: str, tmp_path: Path) -> None:
    training = Training(corpus_of(tmp_path, text(20)), config())
    getattr(training.model, matrix)[7, 1] = bad
    target = tmp_path / "model.e2v"
    target.write_bytes(b"what was there")
    with pytest.raises(TrainingError, match=f"{matrix.removesuffix('s')} vectors.*lower lr"):
        training.save(target, {})
    assert target.read_bytes() == b"what was there"


def test_one_word_has_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a vocabulary of 1 has nothing to tell apart; lower min_count"):
        Training(corpus_of(tmp_path, "a a a\n"), config())


def test_with_weight_on_ngrams_alone_words_are_their_mean(tmp_path: Path) -> None:
    """And a word without n-grams, which has no other part, is not divided by nothing."""
    training = Training(corpus_of(tmp_path, "cat cats cat cats q\n"), config(subword="3:3", word_weight=0.0))
    list(training.runner.run())
    training.save(tmp_path / "model.e2v", {})
    model = open_artifact(tmp_path / "model.e2v")
    ngrams = dict(zip(model.keys_of("ngrams"), model.arrays["ngram_vectors"], strict=True))
    words = dict(zip(model.keys, model.arrays["input"], strict=True))
    assert set(ngrams) == {"<ca", "cat"}  # those of several words
    for word in ("cat", "cats"):
        np.testing.assert_allclose(words[word], (ngrams["<ca"] + ngrams["cat"]) / 2, rtol=1e-5, atol=1e-7)
    own = training.model.inputs[model.keys.find("q"), :6]
    assert own.any() and words["q"].tolist() == own.tolist()
