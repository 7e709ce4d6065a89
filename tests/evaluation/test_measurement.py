import pytest

from e2v.errors import QualityGateError, UsageError
from e2v.evaluation.measurement import Measurement, Minimum, check, require

FOUND = [
    Measurement("analogies", "accuracy", 0.35, 10, 12),
    Measurement("recall", "recall@20", 0.1, 5, 5),
    Measurement("recall", "recall@50", 0.3, 5, 5),
    Measurement("family", "accuracy", None, 0, 4),
]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [("analogies=.35", "analogies", 0.35), ("a=b=-1e-2", "a=b", -0.01), ("x=1", "x", 1.0)],
)
def test_a_minimum_is_a_name_and_a_number(text: str, name: str, value: float) -> None:
    assert Minimum.parse(text) == Minimum(name, value)


@pytest.mark.parametrize("text", ["analogies", "analogies=", "=.3", "analogies=high", "analogies=nan", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a minimum"):
        Minimum.parse(text)


def test_what_reaches_its_minimum_passes() -> None:
    require([Minimum("analogies", 0.35), Minimum("recall", 0.1)], FOUND)


def test_every_measurement_of_the_name_is_held_and_every_failure_is_named() -> None:
    with pytest.raises(QualityGateError) as failure:
        require([Minimum("analogies", 0.36), Minimum("recall", 0.2)], FOUND)
    assert str(failure.value) == "analogies is 0.35, below 0.36; recall is 0.1, below 0.2"


def test_what_could_not_be_measured_fails() -> None:
    with pytest.raises(QualityGateError, match=r"family could not be measured \(0 of 4 covered\)"):
        require([Minimum("family", 0)], FOUND)


NAMES = [measurement.name for measurement in FOUND]


def test_a_name_that_will_not_be_measured_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="there are analogies, recall, family"):
        check([Minimum("ndcg", 0.1)], NAMES)
    with pytest.raises(UsageError, match=r"called 'recal'; there are recall$"):
        check([Minimum("recal", 0.1)], NAMES)


@pytest.mark.parametrize("value", [1.001, 35, float("inf")])
def test_a_value_that_nothing_reaches_is_a_mistake(value: float) -> None:
    check([Minimum("analogies", 1), Minimum("recall", -1)], NAMES)
    with pytest.raises(UsageError, match="recall is 1 at most, and cannot reach"):
        check([Minimum("analogies", 0.2), Minimum("recall", value)], NAMES)
