"""EASE beside the ridge regressions that it stands for, and the inverse beside NumPy's."""

from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import user_histories
from e2v.errors import InputError
from e2v.training.linear import ease
from e2v.training.linear.baselines import BASELINES
from tests.builders import ragged, write_corpus, write_tastes
from tests.oracles import evaluation as oracle


@pytest.mark.parametrize("ordered", [False, True])
def test_ease_is_a_ridge_regression_for_each_item(monkeypatch, tmp_path: Path, ordered: bool) -> None:
    monkeypatch.setattr(ease, "_PENALTY", 3.0)
    monkeypatch.setattr(ease, "_PIVOTS", 7)
    monkeypatch.setattr(ease, "_ROWS", 4)
    corpus = open_corpus(write_tastes(tmp_path / "c.e2v", made={"ordered": ordered}))
    _, histories = user_histories(corpus)
    matrix = oracle.interactions(list(histories), len(corpus.keys))
    asked = oracle.recency(list(histories), len(corpus.keys)) if ordered else None
    expected = oracle.ease(matrix, 3, asked)
    for threads in (1, 3):
        found = BASELINES["ease"](corpus, threads=threads).scores(histories)
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("n", "pivots", "rows"), [(1, 4, 4), (13, 4, 5), (16, 8, 4), (9, 64, 64)])
def test_the_inverse(monkeypatch, n: int, pivots: int, rows: int) -> None:
    monkeypatch.setattr(ease, "_PIVOTS", pivots)
    monkeypatch.setattr(ease, "_ROWS", rows)
    x = np.random.default_rng(n).standard_normal((3 * n, n))
    matrix = (x.T @ x + np.eye(n)).astype(np.float32)
    expected = np.linalg.inv(matrix.astype(np.float64))
    ease.invert(matrix, threads=2)
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    assert (matrix == matrix.T).all()


def test_users_who_had_both_are_counted_once_each() -> None:
    users = ragged([[0, 1, 1], [1, 2], [1]])
    assert ease.cooccurrences(users, 4).tolist() == [[1, 1, 0, 0], [1, 3, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_more_pairs_than_memory_are_refused(monkeypatch, tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", [[f"i{item}" for item in range(2000)]], ["u"]))
    monkeypatch.setattr(ease, "machine_memory", lambda: 31_000_000)
    told = r"c\.e2v: ease takes a matrix of all pairs of 2,000 items, 16 MB, and this machine has 31 MB"
    with pytest.raises(InputError, match=told):
        BASELINES["ease"](corpus)
    monkeypatch.setattr(ease, "machine_memory", lambda: None)
    assert ease.Ease(corpus).scores(ragged([[0]])).shape == (1, 2000)
