from __future__ import annotations

import pytest

from e2v.store.schema import KINDS, ArraySpec, schema_problems


def described(arrays: dict[str, tuple[str, tuple[int, ...]]]) -> dict[str, ArraySpec]:
    return {name: ArraySpec(name, dtype, shape, 0, 0, "") for name, (dtype, shape) in arrays.items()}


KEYS = ["keys.bytes", "keys.offsets"]
VECTORS = {"keys.bytes": ("U8", (3,)), "keys.offsets": ("I64", (3,)), "vectors": ("F32", (2, 4))}


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("corpus", [*KEYS, "counts", "tokens", "offsets"]),
        ("model", [*KEYS, "counts", "input"]),
        ("vectors", [*KEYS, "vectors"]),
        ("users", [*KEYS, "vectors", "seen.items", "seen.offsets"]),
        ("index", [*KEYS, "vectors"]),
    ],
)
def test_what_a_file_needs(kind: str, needed: list[str]) -> None:
    assert schema_problems(KINDS[kind], {}) == [(name, "missing") for name in needed]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        ({"counts": ("I64", (2,))}, []),
        ({"counts": ("I32", (2,))}, ["counts: dtype I32, expected I64"]),
        ({"vectors": ("F64", (2, 4))}, ["vectors: dtype F64, expected F32 or F16 or I8"]),
        ({"vectors": ("F32", (2,))}, ["vectors: 1 dimensions, expected 2"]),
        ({"vectors": ("F32", (3, 4))}, ["vectors: shape [3, 4], but V is 2 by keys.offsets"]),
        ({"others": ("I64", (2,))}, ["others: not an array of this kind of file"]),
        ({"labels.bytes": ("U8", (2,))}, ["labels.offsets: missing"]),
        (
            {"labels.bytes": ("U8", (2,)), "labels.offsets": ("I64", (4,))},
            ["labels.offsets: shape [4], but V+1 is 3 by keys.offsets"],
        ),
        (
            {"keys.offsets": ("I64", (0,)), "vectors": ("F32", (0, 4))},
            [
                "keys.offsets: shape [0], but V+1 is 1 by keys.offsets",
                "vectors: shape [0, 4], but V is 0 by keys.offsets",
            ],
        ),
        ({"vectors": ("I8", (2, 4))}, ["scales: goes together with vectors of dtype I8"]),
        ({"vectors": ("I8", (2, 4)), "scales": ("F32", (2,))}, []),
    ],
)
def test_arrays_are_those_of_the_kind(
    changes: dict[str, tuple[str, tuple[int, ...]]], problems: list[str]
) -> None:
    assert list(map(str, schema_problems(KINDS["vectors"], described(VECTORS | changes)))) == problems
