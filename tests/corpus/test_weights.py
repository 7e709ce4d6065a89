"""How much events count, by their weights and by their age."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.corpus.weights import event_weights
from e2v.durations import Duration
from e2v.errors import InputError, UsageError
from e2v.settings import option_name
from e2v.store import verify
from tests.builders import write_corpus

DAY = 86_400


def weights_of(folder: Path, half_life: float | None = None, **arrays: object) -> np.ndarray | None:
    return event_weights(open_corpus(write_corpus(folder / "c.e2v", ["ab", "ba"], **arrays)), half_life)


def test_all_count_alike(tmp_path: Path) -> None:
    assert weights_of(tmp_path) is None


def test_weights_are_1_on_average(tmp_path: Path) -> None:
    found = weights_of(tmp_path, weights=np.array([1, 2, 4, 1], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [0.5, 1, 2, 0.5])


@pytest.mark.parametrize(("unit", "scale"), [("seconds", 1), ("microseconds", 1_000_000), ("numbers", 1)])
def test_half_as_much_for_each_half_life(tmp_path: Path, unit: str, scale: int) -> None:
    times = np.array([100, 98, 99.5, 70]) * DAY * scale
    expected = np.array([1, 0.5, 0.5**0.25, 0.5**15])
    arrays = {"times": times if unit == "numbers" else times.astype(np.int64), "made": {"times": unit}}
    found = weights_of(tmp_path, Duration("2d"), **arrays)
    np.testing.assert_allclose(found, expected / expected.mean(), rtol=1e-6)
    given = np.array([3, 1, 1, 5], np.float32)
    found = weights_of(tmp_path, Duration("2d"), weights=given, **arrays)
    np.testing.assert_allclose(found, expected * given / (expected * given).mean(), rtol=1e-6)


def test_a_plain_number_is_for_times_that_are_numbers(tmp_path: Path) -> None:
    times = np.array([3, 2, 1, 0])
    assert weights_of(tmp_path, 1.0, times=times, made={"times": "numbers"}) is not None
    with pytest.raises(UsageError) as caught:
        weights_of(tmp_path, 30.0, times=times, made={"times": "seconds"})
    said = str(caught.value.spelled(option_name))
    assert said.startswith("--half-life 30: of what? ") and said.endswith("such as 30d")


def test_nothing_is_too_old_to_count(tmp_path: Path) -> None:
    found = weights_of(tmp_path, 1.0, times=np.array([1e300, 0, 1e300, 1e300]), made={"times": "numbers"})
    assert 0 < found[1] < 1e-9


def test_without_times_there_is_no_age(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        weights_of(tmp_path, 5.0)
    assert "--half-life needs times, and" in str(caught.value.spelled(option_name))


@pytest.mark.parametrize("wrong", [0, -1, np.nan, np.inf])
def test_what_is_no_weight(tmp_path: Path, wrong: float) -> None:
    with pytest.raises(InputError, match="damaged: weights"):
        weights_of(tmp_path, weights=np.array([1, wrong, 1, 1], np.float32))
    assert "weights" in {problem.array for problem in verify(tmp_path / "c.e2v")}
