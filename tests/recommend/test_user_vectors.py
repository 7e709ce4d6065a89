"""User vectors from histories, against the definition in docs/formats.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.errors import DamagedFileError
from e2v.recommend.user_vectors import user_vectors
from e2v.store import ArtifactWriter, open_artifact
from tests.builders import ragged, write_model
from tests.golden.contents import GOLDEN
from tests.golden.make import FOLDER

ARRAYS = {name: array.astype(float) for name, array in GOLDEN["model-1-tower"].items()}
BY_RECENCY = GOLDEN["model-1-recency"]


def by_definition(history: list[int], features: list[float]) -> np.ndarray:
    x = np.array([ARRAYS["input"][item] for item in set(history)]).mean(axis=0) if history else np.zeros(3)
    x = np.concatenate((x, features)) @ ARRAYS["tower.0.weight"] + ARRAYS["tower.0.bias"]
    x = np.maximum(x, 0) @ ARRAYS["tower.1.weight"] + ARRAYS["tower.1.bias"]
    return x / np.linalg.norm(x) * 12.5


@pytest.mark.parametrize("features", [None, [[0.5, 1.0], [-2.0, 0.0], [0.0, 1.0]]])
def test_a_tower(features: list[list[float]] | None) -> None:
    model = open_artifact(FOLDER / "model-1-tower.e2v")
    histories = [[4], [8, 2, 8, 8, 3], []]
    given = None if features is None else np.array(features, np.float32)
    found = user_vectors(model, ragged(histories), given)
    expected = [by_definition(h, f) for h, f in zip(histories, features or [[0.0, 0.0]] * 3, strict=True)]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_tower_by_recency() -> None:
    """A repeated item counts where it came last, and whoever is asked for beside one changes nothing."""
    model = open_artifact(FOLDER / "model-1-recency.e2v")
    histories = [[4], [8, 2, 8, 8, 3], [8, 3, 2, 8], [3, 8], [1, 8, 3], []]
    found = user_vectors(model, ragged(histories))
    for vector, history in zip(found, ([4], [2, 8, 3], [3, 2, 8], [3, 8], [1, 8, 3]), strict=False):
        weights = [(len(history) - place) ** -0.75 for place in range(len(history))]
        mean = np.average(BY_RECENCY["input"][history].astype(float), axis=0, weights=weights)
        np.testing.assert_allclose(vector, 10 * mean / np.linalg.norm(mean), rtol=1e-5)
    assert found[-1].tolist() == [0, 0, 0]
    alone = np.concatenate([user_vectors(model, ragged([history])) for history in histories])
    assert alone.tobytes() == found.tobytes()


@pytest.mark.parametrize("exponent", [np.nan, np.inf])
def test_a_recency_that_is_no_number_is_refused(exponent: float, tmp_path: Path) -> None:
    with ArtifactWriter(tmp_path / "model.e2v", "model", {}) as writer:
        for name, array in BY_RECENCY.items():
            writer.add(name, np.array([exponent], np.float32) if name == "tower.recency" else array)
    with pytest.raises(DamagedFileError, match=r"tower\.recency: holds values that are not finite"):
        user_vectors(open_artifact(tmp_path / "model.e2v"), ragged([[1]]))


def test_a_plain_model_takes_the_mean_as_it_is(tmp_path: Path) -> None:
    model = open_artifact(write_model(tmp_path / "model.e2v", "abc", np.array([[1.0, 2], [3, 5], [7, 7]])))
    found = user_vectors(model, ragged([[0, 1, 1], []]))
    np.testing.assert_allclose(found, [[7 / 3, 4], [0, 0]], rtol=1e-6)
