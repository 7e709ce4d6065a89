from __future__ import annotations

import numpy as np
import pytest

from e2v.errors import SettingError
from e2v.store import Keys
from e2v.vectors import KeyedVectors, Query, ResolvedKey, Searcher, analogy, csls, similar
from e2v.vectors import matrix as matrix_module
from e2v.vectors.matrix import Stored
from tests.builders import keyed
from tests.oracles import queries as oracle

N = 300


def with_hubs(seed: int, n: int = N) -> np.ndarray:
    """Rows in clusters of different sizes, so that mean cosines differ; some of zeros."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, 6))
    rows = centres[(12 * rng.random(n) ** 3).astype(int)] + rng.normal(size=(n, 6))
    rows[rng.random(n) < 0.01] = 0
    rows[:9] = rng.normal(size=(9, 6))  # which are asked about
    return rows.astype(np.float32)


def answered(rows: np.ndarray, query: Query, penalties: np.ndarray, n: int) -> list[tuple]:
    """The n best of the rows for which there are penalties."""
    plus, minus = ([int(str(key)[1:]) for key in keys] for keys in query)
    scores = oracle.scores(rows, plus, minus, "3cosadd")[: len(penalties)] - penalties
    best = oracle.ranked(list(scores), [*plus, *minus], n, None)
    return [(f"k{row}", pytest.approx(scores[row], abs=2e-6), None) for row in best if scores[row] > -np.inf]


@pytest.mark.parametrize("ahead", [1, 40])
@pytest.mark.parametrize("weight", [0.25, 1])
@pytest.mark.parametrize("restrict", [None, 150])
def test_answers_are_the_oracles_of_all_keys(ahead: int, weight: float, restrict: int | None, monkeypatch):
    """However few are measured at a time, one query after the other or all at once."""
    monkeypatch.setattr(csls, "_AHEAD", ahead)
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 6 * 64)
    rows = with_hubs(ahead)
    vectors = KeyedVectors(Keys.from_strings(keyed(N)), rows)
    queries = [
        Query(("k5",)),
        Query(("k0", "k7"), ("k3",)),
        Query(("k8",), ("k1", "k2")),
        Query(("k4", "k4")),
    ]
    penalties = weight * np.array(oracle.mean_cosines(rows[:restrict], csls.NEIGHBOURS))
    expected = [answered(rows, query, penalties, 12) for query in queries]
    together = Searcher(vectors, restrict=restrict, csls=weight, threads=2)
    assert list(together.answer(queries, 12)) == expected
    assert list(together.answer(queries[:2], 12)) == expected[:2]
    for query, answers in zip(queries, expected, strict=True):
        assert similar(vectors, query.plus, query.minus, n=12, restrict=restrict, csls=weight) == answers
    assert expected[0] != [*similar(vectors, ["k5"], n=12, restrict=restrict)]


def test_few_keys_are_measured() -> None:
    rows = np.random.default_rng(3).normal(size=(3000, 6)).astype(np.float32)
    searcher = Searcher(KeyedVectors(Keys.from_strings(keyed(3000)), rows), csls=0.25)
    list(searcher.answer([Query(("k1",))]))
    assert 0 < searcher._means._known.sum() < 300


def test_means_of_all_keys_are_the_oracles(monkeypatch) -> None:
    monkeypatch.setattr("e2v.vectors.nearest._BATCH_SIZE", 50 * 120)
    rows = np.random.default_rng(4).normal(size=(120, 5)).astype(np.float32)
    reported = []
    found = [csls.penalties(Stored(rows), 120, 0.5, threads, reported.append) for threads in (1, 3)]
    np.testing.assert_allclose(found[0], 0.5 * np.array(oracle.mean_cosines(rows, 10)), atol=1e-6)
    np.testing.assert_array_equal(*found)
    assert [each.done for each in reported[:3]] == [48, 96, 120]
    np.testing.assert_allclose(
        csls.penalties(Stored(rows), 60, 1), oracle.mean_cosines(rows[:60], 10), atol=1e-6
    )


def test_rows_of_zeros_and_few_keys() -> None:
    rows = np.array([[1, 0], [0, 0], [0.6, 0.8]], np.float32)
    np.testing.assert_allclose(csls.penalties(Stored(rows), 3, 1), [0.6, np.inf, 0.6], atol=1e-6)
    assert csls.penalties(Stored(rows), 1, 1).tolist() == [0]
    vectors = KeyedVectors(Keys.from_strings("abc"), rows)
    assert similar(vectors, ["a"], csls=0.5) == [("c", pytest.approx(0.6 - 0.3), None)]
    assert similar(vectors, ["b"], csls=0.5) == []
    assert similar(vectors, ["a"], restrict=1, csls=0.5) == []


def test_equal_scores_come_in_the_order_of_the_vocabulary() -> None:
    same = KeyedVectors(Keys.from_strings(keyed(500)), np.ones((500, 4), np.float32))
    found = similar(same, ["k2"], n=4, csls=0.25)
    assert found == [(key, pytest.approx(0.75), None) for key in ("k0", "k1", "k3", "k4")]


def test_a_vector_that_is_no_key_can_be_asked_about() -> None:
    """Such as that of a word made of its n-grams: it is no answer, and nobody's neighbour."""
    rows = with_hubs(6)
    vectors = KeyedVectors(Keys.from_strings(keyed(N)), rows)
    found = similar(vectors, [ResolvedKey("unseen", -1, rows[5])], n=N, csls=0.25)
    of_key = similar(vectors, ["k5"], n=N, csls=0.25)
    assert [each for each in found if each.key != "k5"] == [
        (key, pytest.approx(s), t) for key, s, t in of_key
    ]
    assert analogy(vectors, "k5", "k6", "k7", csls=0.25) == similar(vectors, ["k5", "k7"], ["k6"], csls=0.25)


def test_other_scores_than_cosines_are_refused() -> None:
    rows = np.eye(3, dtype=np.float32)
    vectors = KeyedVectors(Keys.from_strings("abc"), rows)
    predicting = KeyedVectors(Keys.from_strings("abc"), rows, targets=Stored(rows))
    with pytest.raises(SettingError, match="csls applies to cosines"):
        Searcher(vectors, method="3cosmul", csls=0.1)
    with pytest.raises(SettingError, match="csls applies to cosines"):
        Searcher(predicting, csls=0.1)
