from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from e2v.store import Keys

ENOUGH_LOOKUPS = 40  # after so many, `find` answers from a dict

#: Few distinct bytes, so that keys share lengths, beginnings and ends, and repeat.
near_keys = st.lists(st.binary(max_size=6).map(lambda key: bytes(byte % 3 + 97 for byte in key)), max_size=60)
any_keys = st.lists(st.binary(max_size=40), max_size=20)

HARD = [b" ", b"\xc2\xa0", b"\t\n\r", b"\0", b"", b"\xff", b"a\xe9", b"x" * 10_000, "日本".encode()]


@given(any_keys)
def test_bytes_survive(keys: list[bytes]) -> None:
    packed = Keys.from_strings(keys)
    assert [packed.bytes_at(row) for row in range(len(keys))] == keys
    assert packed.blob.dtype == np.uint8 and packed.offsets.dtype == np.int64


@given(any_keys)
def test_strings_survive(keys: list[bytes]) -> None:
    """Decoding and encoding again gives the same keys, valid UTF-8 or not."""
    strings = list(Keys.from_strings(keys))
    assert [string.encode("utf-8", "surrogateescape") for string in strings] == keys
    again = Keys.from_strings(strings)
    assert [again[row] for row in range(len(again))] == strings
    assert [again.bytes_at(row) for row in range(len(keys))] == keys


@given(near_keys | any_keys, st.data())
def test_rows_are_found_by_scan_and_by_dict(keys: list[bytes], data: st.DataObject) -> None:
    packed = Keys.from_strings(keys)
    queries = data.draw(st.lists(st.sampled_from(keys) if keys else st.binary(max_size=3), max_size=5))
    queries += [query + b"?" for query in queries] + [query[1:] for query in queries]
    expected = [keys.index(query) if query in keys else -1 for query in queries]
    every = [[row for row, key in enumerate(keys) if key == query] for query in queries]
    for n_lookups in (0, ENOUGH_LOOKUPS):
        for _ in range(n_lookups):
            packed.find(b"a")
        assert [packed.find(query) for query in queries] == expected
        assert [list(packed.rows_of(query)) for query in queries] == every
    assert [query in packed for query in queries] == [row >= 0 for row in expected]


@pytest.mark.parametrize("key", HARD)
def test_hard_keys_are_found(key: bytes) -> None:
    packed = Keys.from_strings([b"a", *HARD, b"b"])
    row = 1 + HARD.index(key)
    for _ in range(ENOUGH_LOOKUPS):
        assert packed.find(key) == packed.find(key.decode("utf-8", "surrogateescape")) == row
    assert packed[row].encode("utf-8", "surrogateescape") == key


def test_many_keys_of_one_length() -> None:
    """More candidates than are compared one by one, differing in the last byte only, or nowhere."""
    words = [b"abcdef%04d" % number for number in range(3000)]
    packed = Keys.from_strings(words * 2)
    assert [packed.find(word) for word in words[::300]] == list(range(0, 3000, 300))
    assert packed.find(b"abcdef9999") == -1


def test_a_few_lookups_build_no_dict() -> None:
    packed = Keys.from_strings(f"word{number}" for number in range(200_000))
    tracemalloc.start()
    try:
        assert packed.find("word123456") == 123456
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000  # a dict of so many keys takes 20 MB


def test_a_lone_surrogate_is_no_key() -> None:
    packed = Keys.from_strings(["a"])
    assert packed.find("\ud800") == -1 and not list(packed.rows_of("\ud800"))
    assert "\ud800" not in packed
    with pytest.raises(ValueError, match="surrogates"):
        Keys.from_strings(["\ud800"])


def test_other_types_are_not_in_keys() -> None:
    assert 1 not in Keys.from_strings(["1"])


@given(any_keys, st.slices(20))
@example([b"a", b"b"], slice(2, 0))
def test_slices_are_keys(keys: list[bytes], part: slice) -> None:
    sliced = Keys.from_strings(keys)[part]
    assert isinstance(sliced, Keys)
    assert [sliced.bytes_at(row) for row in range(len(sliced))] == keys[part]


def test_indices_are_those_of_a_list() -> None:
    packed = Keys.from_strings(["a", "b", "c"])
    assert packed[-1] == "c" and packed[np.int64(1)] == "b"
    for index in (3, -4):
        with pytest.raises(IndexError):
            packed[index]


def test_long_runs_are_iterated_whole() -> None:
    words = [str(number) for number in range(150_000)]
    assert list(Keys.from_strings(words)) == words


@pytest.mark.parametrize(
    "offsets",
    [
        [],
        [1, 3],
        [0, 2],
        [0, 4],
        [0, 2, 1, 3],
        [0, -1, 3],
        [0, 2**62, 3],
        [0, 2**63 - 1, -(2**63), -1, 3],  # every difference is positive in wrapping arithmetic
    ],
)
def test_offsets_that_do_not_describe_the_bytes(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="key offsets"):
        Keys(np.zeros(3, np.uint8), np.array(offsets, np.int64))


def test_repr_is_short() -> None:
    assert repr(Keys.from_strings(["a", "b", "c", "d"])) == "Keys(['a', 'b', 'c', ...], n=4)"
    assert repr(Keys.from_strings([])) == "Keys([], n=0)"


def test_taking_keys() -> None:
    keys = Keys.from_strings(["a", "", "ccc", "dd"])
    assert list(keys.take(np.array([3, 0, 1, 3]))) == ["dd", "a", "", "dd"]
    assert list(keys.take(np.array([], np.int64))) == []


@pytest.mark.parametrize("at_once", [1, 3, 10, 1 << 20])
@given(any_keys, st.data())
def test_taking_in_runs_changes_nothing(at_once: int, keys: list[bytes], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.sampled_from(range(len(keys))))) if keys else []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("e2v.store.keys._TAKEN_AT_ONCE", at_once)
        taken = Keys.from_strings(keys).take(np.array(rows, np.int64))
    assert list(taken.all_bytes()) == [keys[row] for row in rows]


def test_taking_long_keys_takes_little_more_than_they_are() -> None:
    keys = Keys.from_strings([bytes([97 + k]) * 3_000_000 for k in range(6)] + [b"short"] * 5)
    tracemalloc.start()
    taken = keys.take(np.arange(len(keys))[::-1].copy())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken.bytes_at(5) == b"f" * 3_000_000 and peak < 3 * len(keys.blob)


@given(st.lists(st.binary(max_size=12) | st.text(max_size=8).map(lambda s: s.encode("utf-8", "ignore"))))
def test_lower_case_is_unicode_s(keys: list[bytes]) -> None:
    expected = [k.decode("utf-8", "surrogateescape").lower() for k in keys]
    assert list(Keys.from_strings(keys).lower()) == expected


def test_lower_case_of_letters_that_change_their_length() -> None:
    assert list(Keys.from_strings(["İX", "ΟΔΟΣ", "K", "STRASSE", "\udcffÀ"]).lower()) == [
        "i̇x",
        "οδος",
        "k",
        "strasse",
        "\udcffà",
    ]


@given(any_keys, any_keys)
def test_keys_after_keys(first: list[bytes], second: list[bytes]) -> None:
    both = Keys.from_strings(first) + Keys.from_strings(second)
    assert [both.bytes_at(row) for row in range(len(both))] == first + second


@given(near_keys, near_keys)
def test_the_rows_of_other_keys(here: list[bytes], others: list[bytes]) -> None:
    keys = list(dict.fromkeys(here))
    for asked in (others, keys):
        found = Keys.from_strings(keys).find_all(Keys.from_strings(asked))
        assert found.dtype == np.int32
        assert found.tolist() == [keys.index(key) if key in keys else -1 for key in asked]
