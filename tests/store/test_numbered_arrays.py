"""The layers of a tower, of which a model has as many as it likes, must fit together."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.store.schema import KINDS, ArraySpec, field_name, schema_problems
from tests.golden.contents import GOLDEN

CODES = {np.dtype(np.uint8): "U8", np.dtype(np.int64): "I64", np.dtype(np.float32): "F32"}


def problems(changes: dict[str, tuple[int, ...] | None]) -> list[str]:
    """What is wrong with the golden tower when some arrays have other shapes, or are missing."""
    shapes = {name: (CODES[array.dtype], array.shape) for name, array in GOLDEN["model-1-tower"].items()}
    for name, shape in changes.items():
        if shape is None:
            del shapes[name]
        else:
            shapes[name] = ("F32", shape)
    arrays = {name: ArraySpec(name, code, shape, 0, 0, "") for name, (code, shape) in shapes.items()}
    return [str(problem) for problem in schema_problems(KINDS["model"], arrays)]


def test_the_golden_tower_is_sound() -> None:
    assert problems({}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tower.0.bias": None}, "tower.0.bias: missing"),
        ({"tower.0.weight": None}, "tower.0.weight: missing"),
        ({"tower.1.bias": (4,)}, "tower.1.bias: shape [4], but n is 3 by tower.1.weight"),
        ({"tower.0.weight": (3, 4)}, "tower.0.weight: takes 3 numbers, but is given 5"),
        ({"tower.1.weight": (5, 3)}, "tower.1.weight: takes 5 numbers, but is given 4"),
        (
            {"tower.1.weight": None, "tower.1.bias": None},
            "tower.0.weight: gives 4 numbers, but vectors have 3",
        ),
        ({"tower.3.weight": (3, 3), "tower.3.bias": (3,)}, "tower.2.weight: missing"),
        ({"tower.01.weight": (3, 3)}, "tower.01.weight: not an array of this kind of file"),
        ({"tower.length": (2,)}, "tower.length: shape [2], but 1 is 1 by definition"),
        ({"features.scale": None}, "features.scale: missing"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, tuple[int, ...] | None], problem: str) -> None:
    assert problems(changes) == [problem]


def test_families() -> None:
    assert field_name("tower.12.weight") == "tower.N.weight"
    assert field_name("keys.offsets") == "keys.offsets"
