"""Starting from known vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus
from e2v.errors import DamagedFileError, InputError, UsageError
from e2v.store import Artifact, open_artifact
from e2v.training.word2vec.training import Training
from tests.builders import write_model, write_vectors
from tests.training.small import config, corpus_of, text

KNOWN = ["dogs", "unheard", "cat", "cats"]
VECTORS = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of(tmp_path_factory.mktemp("initial"), text(60))


def rows(corpus: Corpus) -> list[int]:
    """Where the words that both know are in the corpus."""
    return [corpus.keys.find(word) for word in ("dogs", "cat", "cats")]


@pytest.fixture
def model(tmp_path: Path) -> Artifact:
    return open_artifact(write_model(tmp_path / "known.e2v", KNOWN, VECTORS, 2 * VECTORS))


def test_known_words_start_from_their_vectors_and_others_at_random(corpus: Corpus, model: Artifact) -> None:
    training = Training(corpus, config())
    before = training.model.inputs.copy()
    assert training.load_vectors(model) == 3
    np.testing.assert_array_equal(training.model.inputs[rows(corpus), :6], VECTORS[[0, 2, 3]])
    np.testing.assert_array_equal(training.model.outputs[rows(corpus), :6], 2 * VECTORS[[0, 2, 3]])
    others = np.setdiff1d(np.arange(len(corpus.keys)), rows(corpus))
    np.testing.assert_array_equal(training.model.inputs[others], before[others])
    assert not training.model.outputs[others].any()


def test_vectors_give_inputs_only(corpus: Corpus, tmp_path: Path) -> None:
    training = Training(corpus, config())
    assert training.load_vectors(open_artifact(write_vectors(tmp_path / "v.e2v", KNOWN, VECTORS))) == 3
    np.testing.assert_array_equal(training.model.inputs[rows(corpus), :6], VECTORS[[0, 2, 3]])
    assert not training.model.outputs.any()


def test_nodes_of_a_tree_start_anew(corpus: Corpus, model: Artifact) -> None:
    training = Training(corpus, config(loss="hierarchical-softmax"))
    assert training.load_vectors(model) == 3
    assert not training.model.outputs.any()


def test_with_subwords_words_have_their_old_vectors(corpus: Corpus, model: Artifact) -> None:
    training = Training(corpus, config(subword="2:3"))
    training.load_vectors(model)
    assert training.model.parts is not None
    assert training.model.ngrams is not None
    composed = training.model.parts.compose(training.model.inputs, training.model.ngrams, 0, len(corpus.keys))
    np.testing.assert_allclose(composed[rows(corpus)], VECTORS[[0, 2, 3]], atol=1e-5)


def test_ngrams_start_from_their_vectors(corpus: Corpus, tmp_path: Path) -> None:
    first = Training(corpus, config(subword="2:4"))
    list(first.runner.run())
    first.save(tmp_path / "first.e2v", {})
    second = Training(corpus, config(subword="2:3", seed=9))
    second.load_vectors(open_artifact(tmp_path / "first.e2v"))
    assert first.ngrams is not None and second.ngrams is not None
    assert first.model.ngrams is not None and second.model.ngrams is not None
    old = np.array([first.ngrams.keys.find(gram) for gram in second.ngrams.keys])
    new = np.arange(len(second.ngrams.keys))
    np.testing.assert_array_equal(second.model.ngrams.take(new), first.model.ngrams.take(old))


def test_half_precision_and_scaled_vectors_are_a_start_too(corpus: Corpus, tmp_path: Path) -> None:
    scales = np.abs(VECTORS).max(axis=1) / 127
    small = np.round(VECTORS / scales[:, None]).astype(np.int8)
    quantised = open_artifact(write_vectors(tmp_path / "q.e2v", KNOWN, small, scales.astype(np.float32)))
    training = Training(corpus, config())
    training.load_vectors(quantised)
    np.testing.assert_allclose(training.model.inputs[rows(corpus), :6], VECTORS[[0, 2, 3]], atol=0.02)


def test_another_length_is_a_usage_error(corpus: Corpus, model: Artifact) -> None:
    with pytest.raises(UsageError, match=r"known\.e2v has 6 dimensions, and this run 7"):
        Training(corpus, config(dim=7)).load_vectors(model)


def test_a_start_that_knows_no_word_is_an_error(corpus: Corpus, tmp_path: Path) -> None:
    strange = open_artifact(write_vectors(tmp_path / "v.e2v", ["x", "y"], VECTORS[:2]))
    with pytest.raises(InputError, match="knows none of the words"):
        Training(corpus, config()).load_vectors(strange)


def test_a_damaged_start_is_an_error(corpus: Corpus, model: Artifact) -> None:
    content = bytearray(model.path.read_bytes())
    content[-1] ^= 1
    model.path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        Training(corpus, config()).load_vectors(open_artifact(model.path))
