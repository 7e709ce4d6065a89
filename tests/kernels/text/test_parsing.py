"""Numbers are read to the last bit: as float32(float(text))."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from e2v.kernels.text.parsing import MALFORMED, parse_records, parse_rows


def parsed(raw: bytes, dim: int, *, keyed: bool = False, n: int = 1000, notes: int = 1000):
    """Rows, keys and notes of lines, and where reading stopped."""
    text = np.zeros(-(-(len(raw) + 24) // 8) * 8, np.uint8)
    text[: len(raw)] = np.frombuffer(raw, np.uint8)
    text[len(raw)] = ord("\n")
    rows = np.full((n, dim), np.nan, np.float32)
    starts, stops = np.zeros((2, n), np.int64)
    noted = np.zeros((notes, 4), np.int64)
    count, position, status = parse_rows(
        text, text.view(np.uint64), 0, len(raw), keyed, rows, starts, stops, noted
    )
    keys = [raw[start:stop] for start, stop in zip(starts[:count], stops[:count], strict=True)]
    return rows[:count], keys, noted[: max(status, 0)].tolist(), position, status


def value(number: str) -> tuple[np.float32, bool]:
    """What the kernel makes of a number, and whether it left it to Python."""
    rows, _, notes, _, status = parsed(number.encode() + b"\n", 1)
    assert status != MALFORMED, number
    return rows[0, 0], bool(notes)


def reference(number: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(number))


def check(number: str) -> None:
    found, left = value(number)
    assert left or found.view(np.uint32) == reference(number).view(np.uint32), number


digits = st.text("0123456789", max_size=24)
decimals = st.builds(
    lambda sign, whole, fraction, exponent: f"{sign}{whole}{fraction}{exponent}",
    st.sampled_from(["", "-", "+"]),
    digits.filter(bool),
    st.one_of(st.just(""), digits.map(".{}".format)),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from("eE"), st.integers(-400, 400))),
)


@given(decimals)
@example("0." + "0" * 60 + "1")
@example("1" * 40)
@example("18446744073709551616")  # 2^64, which wraps to zero
@example("0.00000000000000000000")
@example("-0")
@example("3.4028236e38")  # above the largest float32
@example("1e-46")
def test_any_decimal(number: str) -> None:
    check(number)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_what_programs_print_is_read_without_help(number: float) -> None:
    single = np.float32(number)
    for text in (f"{number:.9g}", f"{number:.6f}", f"{number:.5g}", repr(float(single)), str(single)):
        check(text)
    if 1e-30 < abs(number) < 1e30:
        found, left = value(f"{number:.9g}")
        assert found == single and not left


@given(st.integers(0, 2**32 - 1), st.integers(-30, 30), st.integers(0, 3))
def test_halfway_between_two_float32(bits: int, nudge: int, more: int) -> None:
    """The hardest numbers: exact midpoints, and decimals that differ from them in the last digits."""
    single = np.uint32(bits).view(np.float32)
    if not np.isfinite(single) or abs(single) > 1e9 or 0 < abs(single) < 1e-9:
        return
    middle = (float(single) + float(np.nextafter(single, np.float32(np.inf)))) / 2
    for precision in (15, 16, 17, 18, 19, 19 + more):
        text = f"{middle:.{precision}g}"
        check(text)
        if "e" not in text:
            check(str(int(text.replace(".", "").replace("-", "") or "0") + nudge))


def test_a_midpoint_is_left_to_who_has_more_digits() -> None:
    # 1 + 2^-24 lies between two float32: in 25 digits it cannot be told from its neighbours by 19
    above = f"{1 + 2**-24:.24f}" + "1"
    assert value(above)[1]
    assert value("16777217") == (np.float32(16777216), False)


@pytest.mark.parametrize(
    "word", ["", ".", "-", "+", "e5", "1e", "1e+", "1.5x", "--1", "0x10", "1_0", "1,5", "nan", "inf"]
)
def test_what_is_no_number_is_not_read_as_one(word: str) -> None:
    *_, status = parsed(b"%s 1\n" % word.encode(), 2)
    assert status == MALFORMED


def test_lines_with_keys() -> None:
    raw = b"the 1 2\na b\t3  4 \r\n1 5 6\n\xff\xfe 7 8\n. . . 9 10\nlast 1"
    rows, keys, _, position, status = parsed(raw, 2, keyed=True)
    assert keys == [b"the", b"a b", b"1", b"\xff\xfe", b". . ."]
    assert rows.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    assert raw[position:] == b"last 1" and status == 0  # an incomplete line is left


@pytest.mark.parametrize("line", [b"", b"the", b"the 1", b"the 1 2 3", b" 1 2", b"the 1 x", b"the 1 2 x"])
def test_a_malformed_line_is_where_reading_stops(line: bytes) -> None:
    raw = b"a 1 2\n" + line + b"\n"
    _rows, keys, _, position, status = parsed(raw, 2, keyed=True)
    assert keys == [b"a"] and position == 6 and status == 0
    *_, status = parsed(raw[6:], 2, keyed=True)
    assert status == MALFORMED


def test_reading_goes_on_where_rows_or_notes_are_full() -> None:
    hard = b"1." + b"1" * 30
    raw = b"".join(b"k%d " % row + hard + b" 2\n" for row in range(5))
    for limits in ({"n": 2}, {"notes": 2}):
        _rows, keys, notes, position, status = parsed(raw, 2, keyed=True, **limits)
        assert keys == [b"k0", b"k1"] and raw[position:].startswith(b"k2") and status == 2
        assert [raw[start:stop] for *_, start, stop in notes] == [hard, hard]
        assert [note[:2] for note in notes] == [[0, 0], [1, 0]]


def test_notes_of_what_turns_out_to_be_a_key_are_dropped() -> None:
    rows, keys, notes, _, _ = parsed(b"1.%s %s b 1 2\n" % (b"1" * 30, b"2" * 40), 2, keyed=True)
    assert keys == [b"1.%s %s b" % (b"1" * 30, b"2" * 40)] and notes == [] and rows.tolist() == [[1, 2]]


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.binary(min_size=5, max_size=5))),
    st.integers(0, 40),
)
def test_records(records: list[tuple[bytes, bytes]], missing: int) -> None:
    records = [(key.replace(b" ", b"_").replace(b"\n", b"_"), row) for key, row in records]
    whole = b"\n".join(key + b" " + row for key, row in records)
    raw = whole[: max(0, len(whole) - missing)]
    text = np.frombuffer(raw + bytes(16), np.uint8)
    rows = np.zeros((len(records) + 1, 5), np.uint8)
    starts, stops = np.zeros((2, len(rows)), np.int64)
    n, position = parse_records(text, 0, len(raw), rows, starts, stops)
    assert [row.tobytes() for row in rows[:n]] == [row for _, row in records[:n]]
    assert [raw[a:b] for a, b in zip(starts[:n], stops[:n], strict=True)] == [key for key, _ in records[:n]]
    assert n == len(records) if missing == 0 else position <= len(raw)
    if n < len(records):
        assert len(raw) - position < len(b"\n" + records[n][0] + b" ") + 5
