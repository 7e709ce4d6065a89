"""Words that a model has never seen, made of their n-grams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import UnknownKeyError
from e2v.store import ArtifactWriter, Keys
from e2v.vectors import Query, Searcher, analogy, load_vectors, odd_one_out, similar, similarity
from tests.oracles import queries as oracle

RNG = np.random.default_rng(6)
WORDS = ["cat", "cats", "møller", "dog"]
NGRAMS = ["<c", "ca", "at", "ts", "s>", "mø", "øl", "<dog"]
INPUT = RNG.normal(size=(4, 5)).astype(np.float32)
OUTPUT = RNG.normal(size=(4, 5)).astype(np.float32)
NGRAM_VECTORS = RNG.normal(size=(8, 5)).astype(np.float32)

#: A word that was never seen, and which of NGRAMS it has: each once, however often it occurs.
UNSEEN = {"at": [2], "catsts": [0, 1, 2, 3, 4], "mølmø": [5, 6]}


def write(path: Path, provenance: dict[str, object]) -> Path:
    with ArtifactWriter(path, "model", provenance) as writer:
        writer.add_keys("keys", Keys.from_strings(WORDS))
        writer.add("counts", np.array([9, 5, 3, 2]))
        writer.add("input", INPUT)
        writer.add("output", OUTPUT)
        writer.add_keys("ngrams", Keys.from_strings(NGRAMS))
        writer.add("ngram_vectors", NGRAM_VECTORS)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("unseen") / "model.e2v", {"settings": {"subword": "2:4"}})


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize(
    ("which", "name", "weight"),
    [("input", "input", 1), ("sum", "sum", 1), ("sum:0.4", "sum", 0.4), ("concat:0.7", "concat", 0.7)],
)
def test_an_unseen_word_is_the_mean_of_its_ngrams_without_an_output_vector(
    model: Path, which: str, name: str, weight: float, center: bool
) -> None:
    vectors = load_vectors(model, which, center=center)
    made = np.array([NGRAM_VECTORS[rows].mean(axis=0) for rows in UNSEEN.values()])
    expected = oracle.combined(made, np.zeros_like(made), name, weight, center=False)
    if center:
        seen = oracle.combined(INPUT, OUTPUT, name, weight, center=False)
        mean = np.mean([oracle.unit(row) for row in seen], axis=0)
        expected = np.array([oracle.unit(row) for row in expected]) - mean
    found = vectors.vectors_of(["cat", *UNSEEN, "dog"])
    np.testing.assert_allclose(found[1:-1], expected, atol=1e-6)
    np.testing.assert_array_equal(found[[0, -1]], vectors.vectors_of(["cat", "dog"]))


def test_a_word_of_the_vocabulary_is_its_own_vector(model: Path) -> None:
    np.testing.assert_array_equal(load_vectors(model).vectors_of(WORDS), INPUT)


def test_a_word_without_known_ngrams_stays_unknown(model: Path) -> None:
    vectors = load_vectors(model)
    assert "xyz" not in vectors and "" not in vectors and "\ud800" not in vectors
    assert all(word in vectors for word in (*WORDS, *UNSEEN))
    for ask in (
        lambda: vectors.vectors_of(["cat", "xyz"]),
        lambda: similar(vectors, ["xyz"]),
        lambda: similarity(vectors, "cat", "xyz"),
        lambda: vectors.resolve("xyz"),
    ):
        with pytest.raises(UnknownKeyError):
            ask()


@pytest.mark.parametrize("asked", [{"which": "output"}, {"predict": True}])
def test_ngrams_make_no_output_vectors(model: Path, asked: dict[str, Any]) -> None:
    vectors = load_vectors(model, **asked)
    assert "catsts" not in vectors and "cat" in vectors


@pytest.mark.parametrize("provenance", [{}, {"settings": {"dim": 5}}])
def test_without_lengths_no_ngrams(tmp_path: Path, provenance: dict[str, object]) -> None:
    assert "catsts" not in load_vectors(write(tmp_path / "model.e2v", provenance))


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_questions_with_unseen_words(model: Path, method: str) -> None:
    """As if they were keys, but for being answers."""
    vectors = load_vectors(model)
    made = [NGRAM_VECTORS[rows].mean(axis=0) for rows in UNSEEN.values()]
    matrix = np.array([*INPUT, *made])
    words = [*WORDS, *UNSEEN]
    catsts, at = words.index("catsts"), words.index("at")
    scores = oracle.scores(matrix, [catsts, 0], [at], method)
    expected = oracle.ranked(scores[: len(WORDS)], [0], 10, None)
    answers = next(Searcher(vectors, method=method).answer([Query(["catsts", "cat"], ["at"])]))
    assert [key for key, *_ in answers] == [WORDS[row] for row in expected]
    assert [score for _, score, _ in answers] == pytest.approx([scores[row] for row in expected], abs=1e-5)
    assert analogy(vectors, "catsts", "at", "cat", method=method) == answers
    cosine = float(oracle.unit(matrix[catsts]) @ oracle.unit(matrix[3]))
    assert similarity(vectors, "catsts", "dog") == pytest.approx(cosine, abs=1e-6)
    odd, score = oracle.odd(matrix[[catsts, 0, 3]])
    assert odd_one_out(vectors, ["catsts", "cat", "dog"]) == (
        ["catsts", "cat", "dog"][odd],
        pytest.approx(score, abs=1e-6),
        None,
    )


def test_more_keys_after_the_most_frequent(model: Path) -> None:
    vectors = load_vectors(model)
    head = vectors.head(2, ["dog", "catsts", "cat", "dog"])
    assert list(head.keys) == ["cat", "cats", "dog", "catsts"]
    assert head.counts is not None and head.counts.tolist() == [9, 5, 2, 0]
    expected = vectors.vectors_of(list(head.keys))
    assert head.matrix.shape == expected.shape
    np.testing.assert_array_equal(head.matrix.rows(slice(0, 4)), expected)
    np.testing.assert_array_equal(head.matrix.rows(slice(1, 3)), expected[1:3])
    np.testing.assert_array_equal(head.matrix.rows(np.array([3, 0])), expected[[3, 0]])
    assert list(vectors.head(2).keys) == ["cat", "cats"] and "catsts" in vectors.head(2)
    with pytest.raises(UnknownKeyError):
        vectors.head(2, ["xyz"])
