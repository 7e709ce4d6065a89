from pathlib import Path

import numpy as np
import pytest

from e2v.corpus import open_corpus
from e2v.errors import InputError, UsageError
from e2v.evaluation import recommenders
from e2v.evaluation.histories import Histories, user_histories
from e2v.evaluation.recommenders import BASELINES, ModelRecommender
from e2v.evaluation.svd import write_svd
from e2v.store import open_artifact
from tests.builders import write_corpus, write_model
from tests.oracles import evaluation as oracle

N_ITEMS = 30


@pytest.fixture
def corpus(tmp_path: Path):
    """Users of two tastes: items below and above the middle."""
    rng = np.random.default_rng(7)
    sentences = []
    for user in range(80):
        low = user % 2 * N_ITEMS // 2
        taste = rng.integers(low, low + N_ITEMS // 2, rng.integers(2, 8))
        sentences.append([str(item) for item in (*taste, *rng.integers(0, N_ITEMS, 2))])
    return open_corpus(write_corpus(tmp_path / "c.e2v", sentences, [f"u{user}" for user in range(80)]))


def matrix_of(corpus):
    _, histories = user_histories(corpus)
    return histories, oracle.interactions(list(histories), len(corpus.keys))


def test_popularity_is_the_same_for_all(corpus) -> None:
    histories, _ = matrix_of(corpus)
    scores = BASELINES["popularity"](corpus).scores(histories.take(np.arange(3)))
    assert scores.tolist() == [corpus.counts.tolist()] * 3


def test_item_knn(monkeypatch, corpus) -> None:
    monkeypatch.setattr(recommenders, "_NEIGHBOURS", 4)
    monkeypatch.setattr(recommenders, "_ITEMS_AT_ONCE", 7)
    histories, matrix = matrix_of(corpus)
    found = BASELINES["item-knn"](corpus).scores(histories)
    np.testing.assert_allclose(found, oracle.item_knn(matrix, 4), atol=1e-5)


def test_gf_cf(monkeypatch, corpus) -> None:
    monkeypatch.setattr(recommenders, "_GF_CF_RANK", 5)
    histories, matrix = matrix_of(corpus)
    found = BASELINES["gf-cf"](corpus).scores(histories)
    np.testing.assert_allclose(found, oracle.gf_cf(matrix, 5, 0.3), atol=1e-3)


@pytest.mark.parametrize("name", list(BASELINES))
def test_one_user_and_one_item(tmp_path: Path, name: str) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", [["a"]], ["u"]))
    scores = BASELINES[name](corpus).scores(Histories(np.array([0, 1]), np.array([0], np.int32)))
    assert scores.shape == (1, 1)
    assert np.isfinite(scores).all()


def test_a_model_multiplies_the_mean_of_the_history_with_the_output(tmp_path: Path) -> None:
    items, output = np.array([[1.0, 0], [0, 1], [3, 3]]), np.array([[1.0, 2], [3, 4], [5, 6]])
    model = open_artifact(write_model(tmp_path / "m.e2v", "abc", items, output))
    scores = ModelRecommender(model).scores(Histories(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32)))
    np.testing.assert_allclose(scores, [[1.5, 3.5, 5.5], [9, 21, 33]])


def test_a_model_without_output_vectors_is_refused(tmp_path: Path) -> None:
    model = open_artifact(write_model(tmp_path / "m.e2v", "ab", np.eye(2), nodes=np.ones((1, 2))))
    with pytest.raises(InputError, match="no output vectors"):
        ModelRecommender(model)


def test_the_svd_model_filters_like_the_low_pass(tmp_path: Path, corpus) -> None:
    write_svd(corpus, tmp_path / "svd.e2v", 5, seed=1)
    model = open_artifact(tmp_path / "svd.e2v", "model")
    assert model.provenance["settings"] == {"dim": 5, "seed": 1}
    histories, matrix = matrix_of(corpus)
    found = ModelRecommender(model).scores(histories)
    filtered = oracle.low_pass(matrix, 5)
    expected = [filtered[history].mean(axis=0) for history in histories]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_svd_puts_tastes_apart(tmp_path: Path, corpus) -> None:
    write_svd(corpus, tmp_path / "svd.e2v", 2, seed=1)
    items = open_artifact(tmp_path / "svd.e2v").arrays["input"]
    unit = oracle.unit_rows(items)
    low = np.array([int(key) < N_ITEMS // 2 for key in corpus.keys])
    assert (unit[low] @ unit[low].T).mean() > 0.9
    assert (unit[low] @ unit[~low].T).mean() < 0.5


def test_more_dimensions_than_items_are_refused(tmp_path: Path, corpus) -> None:
    with pytest.raises(UsageError, match="--dim 30 at most"):
        write_svd(corpus, tmp_path / "svd.e2v", 31, seed=1)
    assert not (tmp_path / "svd.e2v").exists()
