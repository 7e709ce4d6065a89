"""What a file says that no digest can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from e2v.store import Keys, content
from e2v.store.content import (
    content_problems,
    counts_problems,
    ids_problems,
    offsets_problems,
    value_problems,
    weight_problems,
)

KEYS = Keys.from_strings(["a", "b", "c"])


@pytest.fixture(autouse=True)
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_AT_ONCE", 2)


def said(problems: Any) -> list[str]:
    return [f"{name} {what}" for name, what in problems]


@pytest.mark.parametrize(
    ("ids", "size", "problem"),
    [
        ([], 0, None),
        ([0, 2, 1, 0, 2], 3, None),
        ([-1], 3, "ids holds ids outside of 0..2: -1 at 0"),
        ([0, 1, 2, 3, 4], 3, "ids holds ids outside of 0..2: 3 at 3"),
        ([0, 1, 2, 0, 3], 3, "ids holds ids outside of 0..2: 3 at 4"),
        ([9, 0, 7], None, None),
        ([9, 0, 7, -2, -3], None, "ids holds negative ids: -2 at 3"),
    ],
)
def test_ids_are_rows(ids: list[int], size: int | None, problem: str | None) -> None:
    assert said(ids_problems("ids", np.array(ids, np.int32), size)) == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("offsets", "problem"),
    [
        ([0, 4], None),
        ([0, 0, 1, 1, 4], None),
        ([1, 4], "at do not run from 0 to the 4 things"),
        ([-1, 4], "at do not run from 0 to the 4 things"),
        ([0, 3], "at do not run from 0 to the 4 things"),
        ([0, 5], "at do not run from 0 to the 4 things"),
        ([0, 2, 3, 1, 4], "at are not ascending: 1 follows 3"),
        ([0, 9, 4], "at are not ascending: 4 follows 9"),
    ],
)
def test_offsets_cut_all_into_runs(offsets: list[int], problem: str | None) -> None:
    found = said(offsets_problems("at", np.array(offsets), "things", 4))
    assert found == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("counts", "problem"),
    [
        ([], None),
        ([0, 5], None),
        ([2**62, 2**61], None),
        ([2**62, 2**62], "counts adds up to 2^63 or more"),
        ([2**63 - 1, 1], "counts adds up to 2^63 or more"),
        ([2**63 - 1], None),  # which the fuzzer found to be imported, and refused by verify
        ([2**62, 2**62 - 1], None),
        ([2**63 - 1] * 3, "counts adds up to 2^63 or more"),
        ([1, -1], "counts holds negative counts"),
    ],
)
def test_counts_add_up(counts: list[int], problem: str | None) -> None:
    assert said(counts_problems(np.array(counts, np.int64))) == ([problem] if problem else [])


def test_numbers_are_finite_and_weights_are_above_0() -> None:
    good = np.array([[1, 2], [3, 4]], np.float32)
    odd = np.array([[1, 2], [3, np.inf]], np.float16)
    arrays = {"good": good, "odd": odd, "ids": np.array([1])}
    assert said(value_problems(arrays)) == ["odd holds values that are not finite"]
    assert not said(weight_problems(good))
    assert (
        said(weight_problems(good - 4)) == said(weight_problems(good - 1)) == ["weights are not all above 0"]
    )


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, None),
        ({"keys.bytes": np.frombuffer(b"aba", np.uint8)}, "keys.bytes 1 keys occur more than once"),
        ({"labels.bytes": np.frombuffer(b"aba", np.uint8), "labels.offsets": KEYS.offsets}, None),
        ({"names.bytes": np.frombuffer(b"aba", np.uint8), "names.offsets": KEYS.offsets}, None),
        (
            {"ngrams.bytes": np.frombuffer(b"aba", np.uint8), "ngrams.offsets": KEYS.offsets},
            "ngrams.bytes 1 keys occur more than once",
        ),
        (
            {"keys.offsets": np.array([0, 2, 4])},
            "keys.offsets key offsets do not run from 0 to the number of bytes",
        ),
        ({"counts": np.array([1, 1, -1])}, "counts holds negative counts"),
        ({"counts": np.zeros(3, np.int64)}, "counts are all 0, of keys that occur"),
        ({"new": np.array([0, 1, 0], np.uint8)}, None),
        ({"new": np.array([0, 2, 0], np.uint8)}, "new holds other numbers than 0 and 1"),
        ({"tokens": np.array([0, 3], np.int32)}, "tokens holds ids outside of 0..2: 3 at 1"),
        ({"offsets": np.array([0, 1])}, "offsets do not run from 0 to the 2 tokens"),
        ({"features.shift": np.zeros(2), "features.scale": np.array([1.0, -1])}, None),
        (
            {"features.shift": np.zeros(2), "features.scale": np.array([1.0, 0])},
            "features.scale holds 0, by which nothing can be divided",
        ),
        (
            {"features.shift": np.array([np.nan]), "features.scale": np.array([1.0])},
            "features.shift holds values that are not finite",
        ),
    ],
)
def test_a_corpus_means_something(changed: dict[str, Any], problem: str | None) -> None:
    arrays = {
        "keys.bytes": KEYS.blob,
        "keys.offsets": KEYS.offsets,
        "counts": np.array([1, 1, 0]),
        "tokens": np.array([0, 1], np.int32),
        "offsets": np.array([0, 2]),
    }
    assert said(content_problems("corpus", arrays | changed)) == ([problem] if problem else [])


def test_users_have_seen_items() -> None:
    arrays = {"seen.items": np.array([0, 5], np.int32), "seen.offsets": np.array([0, 1, 2])}
    assert not said(content_problems("users", arrays))
    odd = {"seen.items": np.array([0, -5], np.int32), "seen.offsets": np.array([0, 1])}
    assert said(content_problems("users", odd)) == [
        "seen.items holds negative ids: -5 at 1",
        "seen.offsets do not run from 0 to the 2 items",
    ]
