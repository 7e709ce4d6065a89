from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.store import Keys
from e2v.vectors.suggest import edit_distances, rows_with, suggest
from tests.oracles.queries import edits

VOCABULARY = [
    "the",
    "king",
    "Paris",
    "germany",
    "german",
    "kings",
    "queen",
    "kin",
    "Ürümqi",
    "東京",
    "東京都",
    "new_york",
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("kingg", ["king", "kings"]),
        ("kign", ["king", "kin"]),  # two letters swapped are one edit
        ("QUEEN", ["queen"]),
        ("paris", ["Paris"]),
        ("ürümqi", ["Ürümqi"]),
        ("germ", ["germany", "german"]),  # the beginning of both
        ("new york", ["new_york"]),
        ("東亰", ["東京"]),
        ("xyzzy", []),
        ("kin\udcff", ["king", "kin"]),
        ("", []),
    ],
)
def test_likely_meanings(wanted: str, expected: list[str]) -> None:
    assert suggest(Keys.from_strings(VOCABULARY), wanted) == expected


def test_what_looks_the_same_or_has_lost_its_zeros_comes_first() -> None:
    keys = Keys.from_strings(["17", "007", "0007", "caf\u00e9", "cafe\u0301s", "8"])
    assert suggest(keys, "7") == ["007", "0007", "17"]
    assert suggest(keys, "00007", limit=2) == ["007", "0007"]
    assert suggest(keys, "0017") == ["17", "007", "0007"]
    assert suggest(keys, "cafe\u0301")[0] == "caf\u00e9"
    assert suggest(keys, "caf\u00e9s")[0] == "cafe\u0301s"


def test_same_letters_come_before_fewer_edits_before_beginnings() -> None:
    keys = Keys.from_strings(["cathedral", "cut", "CAT", "cats"])
    assert suggest(keys, "cat", limit=4) == ["CAT", "cut", "cats", "cathedral"]


def test_a_letter_that_two_are_the_lower_case_of_does_not_stop_it() -> None:
    keys = Keys.from_strings(["İzmir", "Toy Story (1995)"])
    assert suggest(keys, "toy story") == ["Toy Story (1995)"]
    assert suggest(keys, "izmir") == suggest(keys, "İZMİR") == ["İzmir"]


def test_bytes_that_are_not_utf8_do_not_stop_it() -> None:
    keys = Keys.from_strings([b"\xff\xfe", b"king", "Ü".encode()])
    assert suggest(keys, "kinq") == ["king"]
    assert suggest(keys, "\udcff\udcfd") == ["\udcff\udcfe"]
    assert suggest(keys, "kin\ud800") == ["king"]


def test_very_long_keys_take_no_time() -> None:
    long = "x" * 10_000
    keys = Keys.from_strings([long + "y", long, "king"])
    assert suggest(keys, long + "z") == []
    assert suggest(keys, long[:-1]) == [long + "y", long]


def test_an_empty_vocabulary_suggests_nothing() -> None:
    assert suggest(Keys.from_strings([]), "king") == []
    assert suggest(Keys.from_strings([""]), "king") == []


def test_parts_come_last_and_only_long_ones() -> None:
    keys = Keys.from_strings(
        ["Godfather, The", "bottled beer", "canned beer", "beers", "rebeer", "beef", "a the"]
    )
    assert suggest(keys, "beer", limit=9) == ["beers", "beef", "bottled beer", "canned beer", "rebeer"]
    assert suggest(keys, "the") == []
    assert suggest(keys, "father") == ["Godfather, The"]


@given(st.lists(st.text("ab日", max_size=6), min_size=1, max_size=8), st.text("ab日", min_size=1, max_size=3))
def test_rows_with_a_part_are_found(known: list[str], part: str) -> None:
    def codes(text: str) -> np.ndarray:
        return np.frombuffer(text.encode("utf-32-le"), "<u4")

    starts = np.cumsum([0, *map(len, known)])
    expected = [row for row, word in enumerate(known) if part in word]
    assert rows_with(codes("".join(known)), starts, codes(part), 99) == expected
    assert rows_with(codes("".join(known)), starts, codes(part), 2) == expected[:2]


words = st.text("abc", min_size=1, max_size=6)


@given(st.lists(words, min_size=1, max_size=5), words)
def test_distances_agree_with_the_recurrence(known: list[str], target: str) -> None:
    size = len(known[0])
    same_size = [(word * size)[:size] for word in known]
    codes = np.array([[ord(letter) for letter in word] for word in same_size], np.uint32)
    found = edit_distances(codes, np.array([ord(letter) for letter in target], np.uint32))
    assert found.tolist() == [edits(word, target) for word in same_size]
