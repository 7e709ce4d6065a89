from __future__ import annotations

import pytest

from e2v.errors import UsageError
from e2v.vectors.choice import VectorChoice


@pytest.mark.parametrize(
    ("text", "name", "weight"),
    [
        ("input", "input", 1.0),
        ("output", "output", 1.0),
        ("sum", "sum", 1.0),
        ("sum:0.4", "sum", 0.4),
        ("sum:-1", "sum", -1.0),
        ("concat:.7", "concat", 0.7),
    ],
)
def test_choices(text: str, name: str, weight: float) -> None:
    assert VectorChoice.parse(text) == VectorChoice(name, weight)


def test_concat_takes_a_second_weight() -> None:
    assert VectorChoice.parse("concat:1:.3") == VectorChoice("concat", 1.0, 0.3)


@pytest.mark.parametrize(
    "text",
    [
        "concat:1:",
        "concat:1:nan",
        "concat:1:2:3",
        "sum:1:2",
        "",
        "inputs",
        "Input",
        "input:1",
        "sum:",
        "sum:x",
        "concat:nan",
        "sum:inf",
        "sum:1e300",
        "sum:-1e6",
        "concat:1:nan",
    ],
)
def test_anything_else_is_refused_naming_it(text: str) -> None:
    with pytest.raises(UsageError, match=f"'{text}'"):
        VectorChoice.parse(text)
