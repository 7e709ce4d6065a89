from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.histories import sentences_of, user_histories
from e2v.training.linear import baselines
from e2v.training.linear.baselines import BASELINES
from tests.builders import ragged, write_corpus, write_tastes
from tests.oracles import evaluation as oracle


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return open_corpus(write_tastes(tmp_path / "c.e2v"))


def matrix_of(corpus):
    _, histories = user_histories(corpus)
    return histories, oracle.interactions(list(histories), len(corpus.keys))


def test_popularity_is_the_same_for_all(corpus) -> None:
    histories, _ = matrix_of(corpus)
    scores = BASELINES["popularity"](corpus).scores(histories.take(np.arange(3)))
    assert scores.tolist() == [corpus.counts.tolist()] * 3


def test_item_knn(monkeypatch, corpus) -> None:
    monkeypatch.setattr(baselines, "_NEIGHBOURS", 4)
    monkeypatch.setattr(baselines, "_BLOCK_ITEMS", 7)
    histories, matrix = matrix_of(corpus)
    found = BASELINES["item-knn"](corpus).scores(histories)
    np.testing.assert_allclose(found, oracle.item_knn(matrix, 4), atol=1e-5)


def test_item_knn_weighs_histories_in_order_by_recency(monkeypatch, tmp_path: Path) -> None:
    corpus = open_corpus(write_tastes(tmp_path / "ordered.e2v", made={"ordered": True}))
    monkeypatch.setattr(baselines, "_NEIGHBOURS", 4)
    histories, matrix = matrix_of(corpus)
    assert any(len(set(history)) < len(history) for history in map(list, histories))
    found = BASELINES["item-knn"](corpus).scores(histories)
    asked = oracle.recency(list(histories), len(corpus.keys))
    np.testing.assert_allclose(found, oracle.item_knn(matrix, 4, asked), atol=1e-5)


@pytest.mark.parametrize("ordered", [False, None])
def test_item_knn_of_sets_knows_no_order(tmp_path: Path, ordered: bool | None) -> None:
    knn = BASELINES["item-knn"](open_corpus(write_tastes(tmp_path / "s.e2v", made={"ordered": ordered})))
    assert (knn.scores(ragged([[0, 1, 2]])) == knn.scores(ragged([[2, 0, 2, 1]]))).all()


def test_gf_cf(monkeypatch, corpus) -> None:
    monkeypatch.setattr(baselines, "_GF_CF_RANK", 5)
    histories, matrix = matrix_of(corpus)
    found = BASELINES["gf-cf"](corpus).scores(histories)
    np.testing.assert_allclose(found, oracle.gf_cf(matrix, 5, 0.3), atol=1e-3)


WEIGHED = {
    "popularity": lambda matrix, _: np.tile(matrix.sum(axis=0), (len(matrix), 1)),
    "item-knn": lambda matrix, asked: oracle.item_knn(matrix, 4, asked),
    "ease": lambda matrix, asked: oracle.ease(matrix, 300, asked),
    "gf-cf": lambda matrix, asked: oracle.gf_cf(matrix, 5, 0.3, asked),
}


@pytest.mark.parametrize("name", list(BASELINES))
def test_an_event_of_weight_w_counts_as_w_events(monkeypatch, tmp_path: Path, name: str) -> None:
    """In what is learned; the histories that are asked about are sets of items."""
    monkeypatch.setattr(baselines, "_NEIGHBOURS", 4)
    monkeypatch.setattr(baselines, "_GF_CF_RANK", 5)
    plain = open_corpus(write_tastes(tmp_path / "plain.e2v"))
    weights = np.random.default_rng(8).uniform(0.2, 3, len(plain.tokens)).astype(np.float32)
    weights /= weights.mean()
    sentences = [[plain.keys[row] for row in history] for history in sentences_of(plain)]
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", sentences, plain.names, weights=weights))
    histories, asked = matrix_of(corpus)
    matrix = oracle.interactions(
        list(histories), len(corpus.keys), np.split(weights.astype(float), corpus.offsets[1:-1])
    )
    found = BASELINES[name](corpus).scores(histories)
    np.testing.assert_allclose(found, WEIGHED[name](matrix, asked), atol=1e-3)


@pytest.mark.parametrize("name", list(BASELINES))
def test_one_user_and_one_item(tmp_path: Path, name: str) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", [["a"]], ["u"]))
    scores = BASELINES[name](corpus).scores(ragged([[0]]))
    assert scores.shape == (1, 1)
    assert np.isfinite(scores).all()
