from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.histories import histories_of
from e2v.errors import UsageError
from e2v.recommend.user_vectors import user_vectors
from e2v.store import open_artifact
from e2v.training.linear.interactions import InteractionMatrix
from e2v.training.linear.settings import SvdSettings
from e2v.training.linear.svd import truncated_svd, write_svd
from tests.builders import ragged, write_tastes
from tests.oracles import evaluation as oracle


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return open_corpus(write_tastes(tmp_path / "c.e2v"))


@pytest.fixture
def dense(corpus) -> np.ndarray:
    return oracle.interactions(list(histories_of(corpus)), len(corpus.keys))


def matrix_of(corpus: Corpus) -> InteractionMatrix:
    return InteractionMatrix(histories_of(corpus), len(corpus.keys))


def test_values_and_vectors(corpus, dense) -> None:
    values, vectors = np.linalg.svd(oracle.normalised(dense))[1:]
    found = truncated_svd(matrix_of(corpus), 6, seed=5)
    np.testing.assert_allclose(found.values, values[:6], atol=1e-5)
    np.testing.assert_allclose(abs(found.items.T @ vectors[:6].T), np.eye(6), atol=1e-3)


def test_more_dimensions_than_there_are_hold_nothing() -> None:
    found = truncated_svd(InteractionMatrix(ragged([[0, 1], [0, 1], [2]]), 3), 3, seed=1)
    np.testing.assert_allclose(found.values, [1, 1, 0], atol=1e-6)
    assert np.isfinite(found.items).all()


def test_the_same_seed_gives_the_same_bytes(corpus) -> None:
    matrix = matrix_of(corpus)
    first, again, other = (truncated_svd(matrix, 3, seed).items.tobytes() for seed in (1, 1, 2))
    assert first == again != other


def test_the_svd_model_filters_like_the_low_pass(tmp_path: Path, corpus, dense) -> None:
    write_svd(corpus, tmp_path / "svd.e2v", SvdSettings(dim=5))
    model = open_artifact(tmp_path / "svd.e2v", "model")
    assert model.provenance["settings"] == {"dim": 5, "seed": 1}
    histories = histories_of(corpus)
    found = user_vectors(model, histories) @ model.arrays["output"].T
    filtered = oracle.low_pass(dense, 5)
    expected = [filtered[history].mean(axis=0) for history in histories]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_svd_puts_tastes_apart(tmp_path: Path, corpus) -> None:
    write_svd(corpus, tmp_path / "svd.e2v", SvdSettings(dim=2))
    items = open_artifact(tmp_path / "svd.e2v").arrays["input"]
    unit = oracle.unit_rows(items)
    low = np.array([int(key) < 15 for key in corpus.keys])
    assert (unit[low] @ unit[low].T).mean() > 0.9
    assert (unit[low] @ unit[~low].T).mean() < 0.5


def test_more_dimensions_than_items_are_refused(tmp_path: Path, corpus) -> None:
    with pytest.raises(UsageError, match="dim 30 at most"):
        write_svd(corpus, tmp_path / "svd.e2v", SvdSettings(dim=31))
    assert not (tmp_path / "svd.e2v").exists()
    for settings in (SvdSettings(dim=30), SvdSettings()):  # the default is what there is
        write_svd(corpus, tmp_path / "svd.e2v", settings)
        model = open_artifact(tmp_path / "svd.e2v")
        assert model.arrays["input"].shape == (30, 30) and model.provenance["settings"]["dim"] == 30
