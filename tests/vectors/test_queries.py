from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.errors import UnknownKeyError, UsageError
from e2v.store import Keys
from e2v.vectors import (
    KeyedVectors,
    Query,
    Searcher,
    analogy,
    load_vectors,
    odd_one_out,
    similar,
    similarity,
)
from tests.builders import keyed, write_model
from tests.oracles import queries as oracle

RNG = np.random.default_rng(11)
N = 300
INPUT = RNG.normal(size=(N, 8)).astype(np.float32)
OUTPUT = RNG.normal(size=(N, 8)).astype(np.float32)
KEYS = Keys.from_strings(keyed(N))
VECTORS = KeyedVectors(KEYS, INPUT)


def rows_of(keys: tuple[str, ...]) -> list[int]:
    return [int(key[1:]) for key in keys]


QUERIES = [
    Query(("k5",)),
    Query(("k5", "k250")),
    Query(("k7", "k30"), ("k2",)),
    Query(("k299",), ("k1", "k0")),
    Query(("k5", "k5")),
]


@pytest.mark.parametrize("restrict", [None, 40, 10 * N])
@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_answers_agree_with_float64(method: str, restrict: int | None) -> None:
    answers = list(Searcher(VECTORS, restrict=restrict, method=method).answer(QUERIES, 12))
    assert len(answers) == len(QUERIES)
    for (plus, minus), found in zip(QUERIES, answers, strict=True):
        scores = oracle.scores(INPUT, rows_of(plus), rows_of(minus), method)
        expected = oracle.ranked(scores, rows_of((*plus, *minus)), 12, restrict)
        assert rows_of(tuple(key for key, *_ in found)) == expected
        np.testing.assert_allclose([score for _, score, _ in found], [scores[i] for i in expected], rtol=1e-5)


@pytest.mark.parametrize("which", ["sum:0.4", "concat:0.7"])
def test_combined_and_centred_vectors_answer_like_their_matrix(tmp_path: Path, which: str) -> None:
    path = write_model(tmp_path / "m.e2v", keyed(N), INPUT, OUTPUT)
    name, weight = which.split(":")
    matrix = oracle.combined(INPUT, OUTPUT, name, float(weight), center=True)
    found = similar(load_vectors(path, which, center=True), ["k3"], n=20)
    assert rows_of(tuple(key for key, *_ in found)) == oracle.ranked(
        oracle.scores(matrix, [3], [], "3cosadd"), [3], 20, None
    )


def test_what_keys_predict_is_ranked_by_dot_product(tmp_path: Path) -> None:
    vectors = load_vectors(write_model(tmp_path / "m.e2v", keyed(N), INPUT, OUTPUT), predict=True)
    for plus, minus in QUERIES:
        found = similar(vectors, plus, minus, n=9)
        scores = oracle.dot_products(INPUT, OUTPUT, rows_of(plus), rows_of(minus))
        expected = oracle.ranked(scores, rows_of((*plus, *minus)), 9, None)
        assert rows_of(tuple(key for key, *_ in found)) == expected
        np.testing.assert_allclose([score for _, score, _ in found], [scores[i] for i in expected], rtol=1e-5)
    assert similarity(vectors, "k4", "k9") == pytest.approx(float(INPUT[4] @ OUTPUT[9]), rel=1e-5)
    with pytest.raises(UsageError, match="3cosmul"):
        Searcher(vectors, method="3cosmul")
    with pytest.raises(UsageError, match="odd one out"):
        odd_one_out(vectors, ["k1", "k2", "k3"])


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_an_analogy_is_a_minus_b_plus_c(method: str) -> None:
    assert analogy(VECTORS, "k1", "k2", "k3", method=method) == similar(
        VECTORS, ["k1", "k3"], ["k2"], method=method
    )


def test_a_planted_analogy_is_found() -> None:
    """paris - france is madrid - spain, and nothing else points there."""
    spain, france, capital, noise = np.eye(4, dtype=np.float32)
    rows = np.array([spain + capital, spain, france, noise, france + capital, spain + france])
    vectors = KeyedVectors(
        Keys.from_strings(["madrid", "spain", "france", "other", "paris", "pyrenees"]), rows
    )
    for method in ("3cosadd", "3cosmul"):
        assert analogy(vectors, "madrid", "spain", "france", method=method)[0].key == "paris"


def test_batches_answer_as_single_questions_do() -> None:
    queries = [Query((key,)) for key in keyed(N)]
    together = list(Searcher(VECTORS).answer(queries, 5))
    assert [[key for key, *_ in answers] for answers in together] == [
        [key for key, *_ in similar(VECTORS, query.plus, n=5)] for query in queries
    ]
    assert list(Searcher(VECTORS).answer([])) == []


def test_few_keys_give_few_answers() -> None:
    two = KeyedVectors(Keys.from_strings(["a", "b"]), np.ones((2, 3), np.float32))
    assert [key for key, *_ in similar(two, ["a"])] == ["b"]
    assert similar(two, ["a", "b"]) == []
    assert similar(two, ["b"], restrict=1) == [("a", pytest.approx(1), None)]


def test_equal_scores_come_in_the_order_of_the_vocabulary() -> None:
    same = KeyedVectors(Keys.from_strings(keyed(500)), np.ones((500, 3), np.float32))
    assert [key for key, *_ in similar(same, ["k2"], n=4)] == ["k0", "k1", "k3", "k4"]


def test_similarity_is_the_cosine() -> None:
    assert similarity(VECTORS, "k4", "k9") == pytest.approx(
        float(oracle.unit(INPUT[4]) @ oracle.unit(INPUT[9])), abs=1e-6
    )
    assert similarity(VECTORS, "k4", "k4") == pytest.approx(1)


@pytest.mark.parametrize("rows", [(1, 2, 3), (10, 20, 30, 40, 50), (7, 7, 9)])
def test_the_odd_one_is_least_like_the_mean(rows: tuple[int, ...]) -> None:
    index, cosine = oracle.odd(INPUT[list(rows)])
    assert odd_one_out(VECTORS, [f"k{row}" for row in rows]) == (
        f"k{rows[index]}",
        pytest.approx(cosine, abs=1e-6),
        None,
    )


def test_two_keys_have_no_odd_one() -> None:
    with pytest.raises(UsageError, match="three keys or more"):
        odd_one_out(VECTORS, ["k1", "k2"])


@pytest.mark.parametrize(
    ("ask", "n_keys"),
    [
        (lambda vectors: similar(vectors, ["k1", "k2"], ["k3"]), 3),
        (lambda vectors: similar(vectors, ["k1", "k2"], ["k3"], method="3cosmul"), 3),
        (lambda vectors: analogy(vectors, "k1", "k2", "k3"), 3),
        (lambda vectors: similarity(vectors, "k1", "k2"), 2),
        (lambda vectors: odd_one_out(vectors, ["k1", "k2", "k3", "k4"]), 4),
    ],
)
def test_a_key_is_looked_up_once(ask, n_keys: int, looked_up: list[str]) -> None:
    ask(VECTORS)
    assert sorted(looked_up) == [f"k{number}" for number in range(1, n_keys + 1)]


def test_keys_can_be_given_by_title_or_resolved() -> None:
    titled = KeyedVectors(KEYS, INPUT, titles=Keys.from_strings(f"Number {key}" for key in KEYS))
    expected = similar(titled, ["k1", "k2"], ["k3"], n=4)
    assert (
        similar(titled, ["Number k1", titled.resolve("k2")], [titled.resolve("Number k3")], n=4) == expected
    )
    assert odd_one_out(titled, ["Number k7", "k7", "k9"])[0::2] == ("k9", "Number k9")


def test_unknown_keys_are_errors() -> None:
    for ask in (
        lambda: similar(VECTORS, ["nobody"]),
        lambda: similar(VECTORS, ["k1"], ["nobody"]),
        lambda: similarity(VECTORS, "k1", "nobody"),
        lambda: odd_one_out(VECTORS, ["k1", "k2", "nobody"]),
    ):
        with pytest.raises(UnknownKeyError, match="nobody"):
            ask()
