"""Words made of parts, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.corpus.text.ngrams import NgramDictionary, build_ngrams, ngrams
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


@pytest.mark.parametrize("weight", [1.0, 2.5, 0.25])
def test_a_word_is_the_weighted_mean_of_its_row_and_its_ngrams(
    dictionary: NgramDictionary, weight: float
) -> None:
    parts = word_parts(dictionary, weight, COUNTS)
    rows = np.random.default_rng(1).normal(size=(len(WORDS) + len(dictionary.keys), 3)).astype(np.float32)
    expected = slow_composition(dictionary, rows, weight)
    np.testing.assert_allclose(parts.compose(rows, 0, len(WORDS)), expected, rtol=1e-5)
    np.testing.assert_allclose(parts.compose(rows, 1, 3), expected[1:3], rtol=1e-5)
    np.testing.assert_allclose(expected[4], rows[4])  # shares nothing, and is its own row


def test_weights_sum_to_one_and_own_rows_come_first(dictionary: NgramDictionary) -> None:
    parts = word_parts(dictionary, 2.0, COUNTS)
    np.testing.assert_allclose(np.add.reduceat(parts.weights, parts.offsets[:-1]), 1, rtol=1e-6)
    assert parts.rows[parts.offsets[:-1]].tolist() == list(range(len(WORDS)))
    assert parts.rows.dtype == np.int32 and parts.weights.dtype == np.float32


def test_the_rows_that_are_used_most_have_replicas(
    dictionary: NgramDictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.training.word2vec.subwords.MAX_PART_REPLICAS", 2)
    parts = word_parts(dictionary, 1.0, COUNTS)
    # Every n-gram of the cats is used alike, and those of one word more than any word's own row.
    assert [dictionary.keys[row - len(WORDS)] for row in parts.replicated] == list(dictionary.keys)[:2]
    assert all(
        "c" in key or "t" in key for key in (dictionary.keys[row - len(WORDS)] for row in parts.replicated)
    )


def test_own_rows_are_set_so_that_words_have_given_vectors(dictionary: NgramDictionary) -> None:
    parts = word_parts(dictionary, 1.0, COUNTS)
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(len(WORDS) + len(dictionary.keys), 3)).astype(np.float32)
    before = rows.copy()
    wanted = rng.normal(size=(2, 3)).astype(np.float32)
    parts.decompose(rows, np.array([0, 3]), wanted)
    np.testing.assert_allclose(parts.compose(rows, 0, len(WORDS))[[0, 3]], wanted, atol=1e-5)
    np.testing.assert_array_equal(np.delete(rows, [0, 3], axis=0), np.delete(before, [0, 3], axis=0))


def test_without_weight_a_word_stays_what_its_ngrams_make_it() -> None:
    parts = Parts(
        np.array([0, 2]),
        np.array([0, 1], np.int32),
        np.array([0, 1], np.float32),
        np.zeros(0, np.int64),
        np.array([2]),
    )
    rows = np.ones((2, 3), np.float32)
    parts.decompose(rows, np.array([0]), np.full((1, 3), 7, np.float32))
    assert (rows == 1).all()
