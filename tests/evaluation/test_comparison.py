"""Which method is best, and when nobody can say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from e2v.errors import SettingError
from e2v.evaluation.comparison import compare_rankings
from e2v.evaluation.settings import METHODS, USUAL, ComparisonSettings
from e2v.settings import resolve


def ranked(*ndcg: float) -> np.ndarray:
    """Metrics of some users, of whom only the NDCG matters."""
    values = np.zeros((len(ndcg), 4))
    values[:, 2] = ndcg
    return values


def compare(**ndcg: list[float]):
    values = {name.replace("_", "-"): ranked(*of_users) for name, of_users in ndcg.items()}
    return compare_rankings(values, dict.fromkeys(values, 1.0), 20)


def test_a_lead_is_the_mean_of_paired_differences() -> None:
    found = compare(svd=[0.2, 0.4, 0.3, 0.1], tower=[0.5, 0.6, 0.6, 0.5])
    best, other = found.rows
    differences = [0.3, 0.2, 0.3, 0.4]
    assert (best.method, best.behind, best.error) == ("tower", 0, None)
    assert other.behind == pytest.approx(np.mean(differences))
    assert other.error == pytest.approx(np.std(differences, ddof=1) / math.sqrt(4))
    assert found.tied == []
    assert found.verdict == "tower is best: NDCG@20 0.5500, 120 % above svd"


def test_two_standard_errors_are_no_lead() -> None:
    # Differences of mean m and standard deviation s over n users: clear if m > 2 s / sqrt(n).
    spread = np.array([-1.0, 1.0] * 8)
    error = spread.std(ddof=1) / 4
    for lead, clear in ((1.99, False), (2.01, True)):
        found = compare(svd=list(np.full(16, 5.0)), tower=list(5 + lead * error + spread))
        assert (found.tied == []) is clear
        assert ("tower is best" in found.verdict) is clear


def test_what_needs_no_training_is_named() -> None:
    few = [0.2, 0.21, 0.2, 0.21]
    found = compare(item_knn=few, tower=[0.4, 0.41, 0.4, 0.41])
    assert found.verdict.endswith("98 % above item-knn, which needs no training")
    assert compare(popularity=few, svd=[0.3] * 4, tower=[0.6] * 4).verdict == (
        "tower is best: NDCG@20 0.6000, 100 % above svd; 193 % above popularity, which needs no training"
    )
    assert compare(item_knn=[0.4] * 4, tower=few).verdict.endswith("above tower; it needs no training")
    tied = compare(item_knn=[0.5, 0.1], tower=[0.1, 0.6])
    assert (found.chosen, tied.chosen) == ("tower", "item-knn")
    assert tied.verdict == (
        "no clear winner: tower (NDCG@20 0.3500) is within two standard errors of item-knn 0.3000; "
        "of them item-knn needs no training"
    )


def test_one_user_or_no_hit_is_no_winner() -> None:
    assert compare(svd=[0.1], tower=[0.9]).tied == ["svd"]
    nothing = compare(svd=[0.0, 0.0], tower=[0.0, 0.0])
    assert nothing.verdict.startswith("no winner: none") and nothing.chosen is None
    assert compare(svd=[0.0] * 3, tower=[1.0] * 3).verdict.endswith("where svd has none")


def test_methods_are_named_with_commas_or_as_a_list() -> None:
    assert resolve(ComparisonSettings, {}).methods == USUAL
    assert resolve(ComparisonSettings, {"methods": "tower,svd,tower"}).methods == ("tower", "svd")
    assert resolve(ComparisonSettings, {"methods": ["gf-cf"]}).methods == ("gf-cf",)
    for wrong in ("als", "svd, tower", "", []):
        with pytest.raises(SettingError, match=f"takes some of {','.join(METHODS)}"):
            resolve(ComparisonSettings, {"methods": wrong})


def test_the_interval_is_of_the_paired_differences() -> None:
    best, other = compare(svd=[0.2, 0.4, 0.3, 0.1], tower=[0.5, 0.6, 0.6, 0.5]).rows
    margin = 2 * np.std([0.3, 0.2, 0.3, 0.4], ddof=1) / 2
    assert other.interval == pytest.approx((0.3 - margin, 0.3 + margin))
    assert best.interval == (None, None)
