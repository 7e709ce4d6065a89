from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from e2v.errors import DamagedFileError
from e2v.store.provenance import Record

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("method", "arguments", "right", "wrong"),
    [
        ("text", (), ["", "x"], [1, [], True]),
        ("text", (("a", "b"),), ["a", "b"], ["c", "", 1, []]),
        ("flag", (), [True, False], [0, 1, "true"]),
        ("whole", (), [0, 1, MOST], [-1, MOST + 1, 1.0, True, "1"]),
        ("whole", (1, 3), [1, 3], [0, 4]),
        ("number", (), [0, -1, 1.5, -1e308], [math.inf, math.nan, 10**400, True, "1"]),
        ("number", (0, 1), [0, 1, 0.5], [-0.1, 1.1]),
        ("ngram_lengths", (), ["3:6", "1:99"], ["3", "0:6", "3:100", "3:6 ", 3]),
        ("inner", (), [{}, {"x": 1}], [[], 1, "x", False]),
        ("items_of", (), [[], [{}]], [{}, [1], 0, ""]),
    ],
)
def test_a_field_is_of_its_type(
    method: str, arguments: tuple[Any, ...], right: list[Any], wrong: list[Any]
) -> None:
    field = "subword" if method == "ngram_lengths" else "field"
    for value in right:
        found = getattr(Record(Path("f"), {field: value}), method)(field, *arguments)
        if method == "ngram_lengths":
            assert ":".join(map(str, found)) == value
        elif method in ("inner", "items_of"):
            assert (dict(found) if method == "inner" else list(map(dict, found))) == value
        else:
            assert found == value
    for value in wrong:
        with pytest.raises(DamagedFileError, match=rf"^f is damaged: provenance: inner.{field} is .*, not "):
            getattr(Record(Path("f"), {field: value}, "inner"), method)(field, *arguments)


@pytest.mark.parametrize(
    ("bounds", "wanted"),
    [((), "a number"), ((0, 1.5), "a number from 0 to 1.5"), ((-2,), "a number from -2 to inf")],
)
def test_a_number_that_cannot_be_is_told_with_its_bounds(bounds: tuple[float, ...], wanted: str) -> None:
    with pytest.raises(DamagedFileError, match=rf"provenance: field is true, not {wanted}$"):
        Record(Path("f"), {"field": True}).number("field", *bounds)


def test_a_field_that_is_not_there() -> None:
    record = Record(Path("f"), {"null": None})
    for field in ("null", "absent"):
        assert record.text(field, ("a",)) is record.flag(field) is record.whole(field, 1) is None
        assert record.number(field, 1) is record.ngram_lengths(field) is None
        assert not record.inner(field)
    assert not record.items_of("absent")
