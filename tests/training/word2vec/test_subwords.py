"""Words made of parts, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.corpus.text.ngrams import NgramDictionary, build_ngrams, ngrams
from e2v.training.word2vec.frozen import FrozenRows
from e2v.training.word2vec.ngram_rows import NgramRows
from e2v.training.word2vec.subwords import Parts, word_parts

WORDS = ["cat", "cats", "møllen", "møller", "xyz"]
COUNTS = np.array([90, 40, 9, 5, 1])


@pytest.fixture(scope="module")
def dictionary() -> NgramDictionary:
    return build_ngrams(WORDS, 2, 4)


def slow_composition(dictionary: NgramDictionary, rows: np.ndarray, weight: float) -> np.ndarray:
    """(weight * own row + sum of n-gram rows) / (weight + number of n-grams), word by word."""
    known = {gram: rows[len(WORDS) + row] for row, gram in enumerate(dictionary.keys)}
    vectors = []
    for row, word in enumerate(WORDS):
        parts = [known[gram] for gram in ngrams(word, 2, 4) if gram in known]
        vectors.append(sum(parts, weight * rows[row]) / (weight + len(parts)))
    return np.array(vectors)


def random_rows(
    dictionary: NgramDictionary, rng: np.random.Generator, kept: int = 0
) -> tuple[np.ndarray, NgramRows]:
    """Own rows, and those of the n-grams, float32[..., 3]."""
    ngrams = NgramRows.zeros(kept, len(dictionary.keys) - kept, 3)
    ngrams.put(np.arange(len(ngrams)), rng.normal(size=(len(ngrams), 3)).astype(np.float32))
    return rng.normal(size=(len(WORDS), 3)).astype(np.float32), ngrams


@pytest.mark.parametrize("weight", [1.0, 2.5, 0.25])
@pytest.mark.parametrize("kept", [0, 4])
def test_a_word_is_the_weighted_mean_of_its_row_and_its_ngrams(
    dictionary: NgramDictionary, weight: float, kept: int
) -> None:
    parts = word_parts(dictionary, weight, COUNTS)
    own, ngrams = random_rows(dictionary, np.random.default_rng(1), kept)
    rows = np.concatenate((own, ngrams.take(np.arange(len(ngrams)))))
    expected = slow_composition(dictionary, rows, weight)
    np.testing.assert_allclose(parts.compose(own, ngrams, 0, len(WORDS)), expected, rtol=1e-5)
    np.testing.assert_allclose(parts.compose(own, ngrams, 1, 3), expected[1:3], rtol=1e-5)
    np.testing.assert_allclose(expected[4], own[4])  # shares nothing, and is its own row


def test_rows_that_stay_are_exact_and_others_of_16_bits(dictionary: NgramDictionary) -> None:
    ngrams = NgramRows.zeros(2, 3, 40)
    rows = np.random.default_rng(4).normal(size=(5, 40)).astype(np.float32)
    ngrams.put(np.arange(5), rows)
    taken = ngrams.take(np.array([4, 0, 1, 2, 3]))
    np.testing.assert_array_equal(taken[1:3], rows[:2])
    np.testing.assert_allclose(taken[[3, 4, 0]], rows[2:], rtol=2**-8)
    assert not (taken.view(np.uint32)[[3, 4, 0]] & 0xFFFF).any()
    np.testing.assert_array_equal(np.concatenate(list(ngrams.blocks(2))), taken[[1, 2, 3, 4, 0]])


def test_weights_sum_to_one(dictionary: NgramDictionary) -> None:
    parts = word_parts(dictionary, 2.0, COUNTS)
    sizes = np.diff(parts.offsets)
    np.testing.assert_allclose(parts.own + sizes * parts.shared, 1, rtol=1e-6)
    assert parts.own[sizes == 0].tolist() == [1] and parts.ngrams.dtype == np.int32
    assert parts.own.dtype == parts.shared.dtype == np.float32


def test_the_rows_that_are_used_most_have_replicas(
    dictionary: NgramDictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.training.word2vec.subwords.MAX_PART_REPLICAS", 2)
    parts = word_parts(dictionary, 1.0, COUNTS)
    # Every n-gram of the cats is used alike.
    assert [dictionary.keys[row] for row in parts.replicated] == list(dictionary.keys)[:2]
    assert all("c" in dictionary.keys[row] or "t" in dictionary.keys[row] for row in parts.replicated)
    frozen = word_parts(dictionary, 1.0, COUNTS, FrozenRows(0, 1))
    assert 0 not in frozen.replicated and len(frozen.replicated) == 2


def test_own_rows_are_set_so_that_words_have_given_vectors(dictionary: NgramDictionary) -> None:
    parts = word_parts(dictionary, 1.0, COUNTS)
    rng = np.random.default_rng(2)
    own, ngrams = random_rows(dictionary, rng)
    before, before_ngrams = own.copy(), ngrams.trained.copy()
    wanted = rng.normal(size=(3, 3)).astype(np.float32)
    parts.decompose(own, ngrams, np.array([0, 3, 4]), wanted)
    np.testing.assert_allclose(parts.compose(own, ngrams, 0, len(WORDS))[[0, 3, 4]], wanted, atol=1e-5)
    np.testing.assert_array_equal(own[1:3], before[1:3])
    np.testing.assert_array_equal(ngrams.trained, before_ngrams)


def test_without_weight_a_word_stays_what_its_ngrams_make_it() -> None:
    weights = np.zeros(1, np.float32), np.ones(1, np.float32)
    parts = Parts(np.array([0, 1]), np.array([0], np.int32), *weights, np.zeros(0, np.int64))
    own, ngrams = np.ones((1, 3), np.float32), NgramRows.zeros(0, 1, 3)
    parts.decompose(own, ngrams, np.array([0]), np.full((1, 3), 7, np.float32))
    assert (own == 1).all() and not ngrams.trained.any()
