"""Items of sets, made of attributes as words are of n-grams; and the decomposition that knows attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus
from e2v.store import open_artifact, verify
from e2v.training.linear.products import product
from e2v.training.linear.settings import SvdSettings
from e2v.training.linear.svd import write_svd
from e2v.training.word2vec import attributes
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training
from tests.builders import write_tastes


@pytest.fixture(scope="module")
def tastes(tmp_path_factory: pytest.TempPathFactory) -> DescribedCorpus:
    """Users who like one half of 30 items, known by its kind; and one item of each that nobody has had."""
    folder = tmp_path_factory.mktemp("attributes")
    lines = [f"{item},{'low' if item < 15 else 'high'},{item % 4}" for item in range(29)]  # nothing of 29
    (folder / "items.csv").write_text("\n".join(["id,kind,size", *lines, "new low,low,", "new high,high,3"]))
    corpus = open_corpus(write_tastes(folder / "corpus.e2v"))
    return DescribedCorpus(corpus, FeatureColumns.parse(folder / "items.csv"))


def dense(corpus: DescribedCorpus) -> np.ndarray:
    n = len(corpus.attributes)
    return product(corpus.parts, np.eye(n, dtype=np.float32), np.empty((len(corpus.keys), n), np.float32))


def by_ridge(corpus: DescribedCorpus, vectors: np.ndarray) -> np.ndarray:
    """What a ridge regression of the vectors of the first items makes of the last two."""
    matrix = dense(corpus).astype(float)
    known = matrix[:-2]
    fitted = np.linalg.solve(known.T @ known + 3 * np.eye(matrix.shape[1]), known.T @ vectors[:-2])
    return matrix[-2:] @ fitted


def test_parts_of_items(tastes: DescribedCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributes, "_OWN", 3.0)
    training = Training(tastes, Word2VecSettings(context="set", dim=6, threads=1))
    parts, rows, attribute_rows = training.model.parts, training.model.inputs, training.model.ngrams
    assert parts is not None and attribute_rows is not None and (len(rows), len(attribute_rows)) == (32, 6)
    made, rows = parts.compose(rows, attribute_rows, 0, 32), rows[:, :6]
    having = [np.flatnonzero(row) for row in dense(tastes)]
    for item, row in enumerate(made):
        of_attributes = attribute_rows.take(having[item])
        if item >= 30:
            expected = of_attributes.mean(axis=0)
        elif len(of_attributes):
            expected = (3 * rows[item] + of_attributes.mean(axis=0)) / 4
        else:
            expected = rows[item]
        np.testing.assert_allclose(row, expected, rtol=1e-5)


def test_training_sets(tastes: DescribedCorpus, tmp_path: Path) -> None:
    settings = Word2VecSettings(context="set", dim=8, epochs=40, threads=1, lr=0.05, sample=0.0)
    training = Training(tastes, settings)
    for _ in training.runner.run():
        pass
    training.save(tmp_path / "model.e2v", {})
    model = open_artifact(tmp_path / "model.e2v")
    assert verify(model.path) == []
    assert model.arrays["new"].tolist() == [0] * 30 + [1, 1] and not model.has("ngrams")
    vectors, outputs = model.arrays["input"], model.arrays["output"]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    low = np.array([int(key) < 15 for key in list(model.keys)[:30]])
    low_like, high_like = unit[-2:] @ unit[:30].T
    assert low_like[low].mean() > low_like[~low].mean() + 0.3
    assert high_like[~low].mean() > high_like[low].mean() + 0.3
    np.testing.assert_allclose(outputs[-2:], by_ridge(tastes, outputs), atol=2e-4)
    assert np.abs(outputs[-2:]).max() > 0.01


def test_the_decomposition_of_what_nobody_has_had(tastes: DescribedCorpus, tmp_path: Path) -> None:
    plain = open_corpus(tastes.path)
    write_svd(plain, tmp_path / "plain.e2v", SvdSettings(dim=4))
    write_svd(tastes, tmp_path / "svd.e2v", SvdSettings(dim=4))
    model, other = open_artifact(tmp_path / "svd.e2v"), open_artifact(tmp_path / "plain.e2v")
    assert verify(model.path) == [] and len(model.keys) == 32
    for name in ("input", "output"):
        found = model.arrays[name]
        np.testing.assert_array_equal(found[:30], other.arrays[name])
        np.testing.assert_allclose(found[-2:], by_ridge(tastes, found), rtol=1e-3, atol=1e-5)
