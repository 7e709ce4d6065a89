from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.vectors import matrix as matrix_module
from e2v.vectors import nearest
from e2v.vectors.matrix import Stored
from e2v.vectors.nearest import Scorer, best, best_of_each
from tests.oracles import queries as oracle

#: Few distinct values, so that many are equal; long enough for peaks of groups to be used.
scores = st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 1.0, np.nan]), max_size=40) | st.builds(
    lambda seed, size: list(np.random.default_rng(seed).integers(0, 50, size) / 50),
    st.integers(0, 100),
    st.integers(64, 2000),
)


@given(scores, st.integers(0, 30))
def test_best_are_the_first_of_the_sorted(values: list[float], n: int) -> None:
    usable = [i for i, value in enumerate(values) if value > -np.inf]
    expected = sorted(usable, key=lambda i: (-np.float32(values[i]), i))[:n]
    assert best(np.array(values, np.float32), n).tolist() == expected


@pytest.mark.parametrize("queries", [1, 5])
def test_cosines_and_dot_products_agree_with_float64_across_blocks(queries: int, monkeypatch) -> None:
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 64)
    rng = np.random.default_rng(queries)
    rows = rng.normal(size=(101, 7)).astype(np.float32)
    rows[3] = 0
    asked = rng.normal(size=(queries, 7)).astype(np.float32)
    cosines = [[float(oracle.unit(row) @ oracle.unit(query)) for row in rows[:95]] for query in asked]
    scorer = Scorer(Stored(rows), 95)
    for line in cosines:
        line[3] = np.nan  # a row of zeros has no direction
    for _ in range(2):  # the second time with the lengths kept from the first
        np.testing.assert_allclose(scorer.scores(asked), cosines, atol=1e-6)
    dots = asked.astype(np.float64) @ rows[:95].astype(np.float64).T
    np.testing.assert_allclose(Scorer(Stored(rows), 95, cosine=False).scores(asked), dots, atol=1e-5)


def test_a_row_that_is_not_finite_is_never_among_the_best() -> None:
    rows = np.ones((4, 3), np.float32)
    rows[1, 0], rows[2, 0] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        scores = Scorer(Stored(rows), 4).scores(rows[:1])[0]
    assert best(scores, 4).tolist() == [0, 3]


def test_a_row_of_zeros_is_like_nothing_and_nothing_is_like_it() -> None:
    rows = np.array([[1, 0], [0, 0], [-1, 0]], np.float32)
    scorer = Scorer(Stored(rows), 3)
    assert [best(scores, 3).tolist() for scores in scorer.scores(rows)] == [[0, 2], [], [2, 0]]


def test_batches_keep_memory_in_bounds() -> None:
    small, large = (Scorer(Stored(np.ones((2, 2), np.float32)), n) for n in (100, 10_000_000))
    assert small.batch_size * 100 * 4 <= 64 << 20
    assert large.batch_size == 1
    assert 100 < nearest.batch_size(large.span) <= (64 << 20) / 4 / large.span


@pytest.mark.parametrize("cosine", [True, False])
@pytest.mark.parametrize("n", [1, 4, 50, 400])
def test_the_best_are_the_same_in_spans(n: int, cosine: bool, monkeypatch) -> None:
    """With equal scores in different spans, rows that are left out, and more wanted than a span has."""
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 21)
    monkeypatch.setattr(nearest, "_SPAN", 40)
    rng = np.random.default_rng(n)
    rows = rng.integers(-2, 3, (300, 3)).astype(np.float32)
    rows[7] = 0
    asked = rng.integers(1, 3, (5, 3)).astype(np.float32)
    left_out = rng.random((5, 300)) < 0.4
    left_out[3, :290] = True
    left_out[4] = True
    scorer = Scorer(Stored(rows), 280, cosine=cosine)
    assert scorer.span == 35
    whole = Scorer(Stored(rows), 280, cosine=cosine).scores(asked)
    whole[left_out[:, :280]] = -np.inf
    expected = best_of_each(whole, n)

    def leave_out(span: slice, scores: np.ndarray) -> None:
        scores[left_out[:, span]] = -np.inf

    for _ in range(2):  # the second time with the lengths kept from the first
        found, scores = scorer.best(asked, n, leave_out)
        np.testing.assert_array_equal(found, expected)
        there = found >= 0
        np.testing.assert_array_equal(scores[there], np.take_along_axis(whole, expected, axis=1)[there])
        assert (scores[~there] == -np.inf).all()


@given(st.integers(0, 100), st.integers(1, 5), st.integers(0, 300), st.integers(0, 30), st.booleans())
def test_the_best_of_each_row_are_those_of_the_row(seed: int, q: int, m: int, n: int, gaps: bool) -> None:
    """With equal scores, rows that have fewer, and rows that differ in how many pass the bound."""
    rng = np.random.default_rng(seed)
    table = (rng.integers(0, 20, (q, m)) / 20).astype(np.float32) ** rng.integers(1, 4, (q, 1))
    if gaps:
        table[rng.random((q, m)) < 0.5] = rng.choice([-np.inf, np.nan])
    found = best_of_each(table.copy(), n)
    assert found.shape == (q, min(n, m))
    for row, values in zip(found.tolist(), table, strict=True):
        usable = [i for i, value in enumerate(values) if value > -np.inf]
        expected = sorted(usable, key=lambda i: (-values[i], i))[:n]
        assert row == expected + [-1] * (len(row) - len(expected))


@pytest.mark.parametrize("cosine", [True, False])
def test_every_digit_is_the_same_for_any_number_of_threads(cosine: bool, monkeypatch) -> None:
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 700)
    monkeypatch.setattr(nearest, "_WORTH_THREADS", 1)
    monkeypatch.setattr(nearest, "_SEARCHED_AT_ONCE", 5000)
    rng = np.random.default_rng(5)
    rows, bias = rng.normal(size=(1003, 7)).astype(np.float32), rng.normal(size=1003).astype(np.float32)
    asked = rng.normal(size=(31, 7)).astype(np.float32)
    scored = [
        Scorer(Stored(rows), 1003, cosine=cosine, bias=bias, threads=threads).scores(asked)
        for threads in (1, 2, 5, None)
    ]
    for scores in scored[1:]:
        np.testing.assert_array_equal(scores, scored[0])
    dots = asked @ rows.T
    expected = (
        dots / np.linalg.norm(asked, axis=1)[:, None] / np.linalg.norm(rows, axis=1) if cosine else dots
    )
    np.testing.assert_allclose(scored[0], expected + bias, atol=1e-5)
    best_ones = [best_of_each(scored[0].copy(), 9, threads) for threads in (1, 3)]
    np.testing.assert_array_equal(*best_ones)
    assert best_ones[0][0].tolist() == np.argsort(-scored[0][0], kind="stable")[:9].tolist()
