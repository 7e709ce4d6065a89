from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.histories import Histories
from e2v.errors import InputError
from e2v.evaluation.recommender import ModelRecommender
from e2v.store import open_artifact
from tests.builders import write_model


def test_a_model_multiplies_the_mean_of_the_history_with_the_output(tmp_path: Path) -> None:
    items, output = np.array([[1.0, 0], [0, 1], [3, 3]]), np.array([[1.0, 2], [3, 4], [5, 6]])
    model = open_artifact(write_model(tmp_path / "m.e2v", "abc", items, output))
    histories = Histories(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32))
    scores = ModelRecommender(model).scores(histories, ["u", "v"])
    np.testing.assert_allclose(scores, [[1.5, 3.5, 5.5], [9, 21, 33]])


def test_a_history_of_zeros_says_as_little_as_none(tmp_path: Path) -> None:
    items = np.array([[0.0, 0], [0, 1], [3, 3]])
    model = open_artifact(write_model(tmp_path / "m.e2v", "abc", items, np.eye(3, 2)))
    scores = ModelRecommender(model).scores(Histories(np.array([0, 1]), np.array([0], np.int32)), ["u"])
    np.testing.assert_array_equal(scores, [model.arrays["counts"]])


def test_a_model_without_output_vectors_is_refused(tmp_path: Path) -> None:
    model = open_artifact(write_model(tmp_path / "m.e2v", "ab", np.eye(2), nodes=np.ones((1, 2))))
    with pytest.raises(InputError, match="no output vectors"):
        ModelRecommender(model)
