"""Ids, numbers and times by one rule: against slow definitions, and Python."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from e2v.inputs.values import (
    Column,
    DecimalMark,
    decimal_mark,
    id_text,
    ids,
    is_ambiguous,
    iso_times,
    number,
    numbers,
    trimmed,
)
from tests.oracles import tables as oracle

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What numbers are made of, and what is like it.
PIECES = [
    *"0123456789",
    *"+-.,eE _x",
    "00",
    "inf",
    "nan",
    "NULL",
    "\\N",
    "٥",
    "é",
    "99999999",
    "\t",
    "\u00a0",
]
MARKS: tuple[DecimalMark | None, ...] = (".", ",", None)
near_numbers = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=300)
@given(st.lists(near_numbers, max_size=6))
@example(["12.0", "-12.000", "1.0.0", ".0", "0", "10", "nan0"])
def test_ids_are_those_of_the_definition(texts: list[str]) -> None:
    found, missing = ids(Column.of(texts))
    keys = [None if gone else found.bytes_at(row) for row, gone in enumerate(missing)]
    assert keys == [oracle.item_id(text.encode()) for text in texts]


plain = st.from_regex(
    r"[+-]?([0-9]{1,25}(\.[0-9]{0,25})?|\.[0-9]{1,25})([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
#: Such as -16.017 and 0,125.
lone_groups = st.from_regex(r"[+-]?[0-9]{1,4}[.,][0-9]{2,4}", fullmatch=True)


@settings(max_examples=300)
@given(
    st.one_of(near_numbers, plain, plain.map(lambda text: text.replace(".", ",")), lone_groups),
    st.sampled_from([".", ",", None]),
)
@example("9223372036854775807", ".")
@example("9223372036854775808", ".")
@example("-9223372036854775808", ".")
@example("1.7976931348623157e308", ".")
@example("1e400", ".")
def test_numbers_are_those_of_the_definition(text: str, mark: DecimalMark | None) -> None:
    wanted = oracle.number_in_column(text.encode(), mark)
    found = numbers(Column.of([text]), mark)
    assert found.wrong.tolist() == [wanted is None]
    if wanted is not None:
        assert found.values[0] == wanted
        assert found.values.dtype == (np.int64 if isinstance(wanted, int) else np.float64)
    if text.isascii():
        assert number(text, mark) == (None if wanted is None else float(wanted))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1))
def test_what_python_writes_is_read_to_the_last_bit(real: float, whole: int) -> None:
    assert numbers(Column.of([repr(real), f"{real:.17e}"])).values.tolist() == [real, real]
    assert numbers(Column.of([str(whole)])).values.tolist() == [whole]
    assert numbers(Column.of([str(whole), "x"])).wrong.tolist() == [False, True]


@pytest.mark.parametrize("text", ["5_0", "٥", "inf", "-Infinity", "nan", "0x10", "1e", "1 2", "", "1e999"])
def test_what_is_no_number(text: str) -> None:
    assert numbers(Column.of([text])).wrong.tolist() == [True]
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,016.50", 1016.5),
        ("1.016,50", 1016.5),
        ("-1,234,567", -1234567),
        ("1.234.567", 1234567),
        ("2,5", 2.5),
        ("12,99", 12.99),
    ],
)
def test_thousands_set_apart(text: str, value: float) -> None:
    for mark in MARKS:
        assert numbers(Column.of([text]), mark).values.tolist() == [value]
        assert number(text, mark) == value


def test_a_group_of_thousands_begins_with_no_zero() -> None:
    for mark in MARKS:
        assert numbers(Column.of(["0.125", "-0.500"]), mark).values.tolist() == [0.125, -0.5]
    assert numbers(Column.of(["0.125,50", "0,125,500", "0.125.500", "012.500,5"])).wrong.all()
    assert not is_ambiguous("0,125") and not is_ambiguous("0.125") and not is_ambiguous("1016")


def test_what_a_comma_or_a_point_means_is_told_by_the_column() -> None:
    both = ["1,016", "1.016"]
    assert all(map(is_ambiguous, both)) and numbers(Column.of(both), None).wrong.all()
    assert numbers(Column.of(both), ",").values.tolist() == [1.016, 1016]
    assert numbers(Column.of(both), ".").wrong.tolist() == [True, False]
    assert numbers(Column.of(both), ".").values[1] == 1.016
    for telling in ("12,50", "0,125", "3,14159", "1.016,5", "1.234.567"):
        assert decimal_mark([*both, telling, "12", "x,y"]) == ","
        assert decimal_mark([*both, telling, "4.5"]) is None
    for telling in ("12.50", "0.125", "1016.500", "1,016.5", "1,234,567"):
        assert decimal_mark([*both, telling, "12", "x.y"], None) == "."
    assert decimal_mark([*both, "12"]) == "." and decimal_mark([*both, "12"], None) is None


zones = st.one_of(
    st.none(), st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)


@settings(max_examples=300)
@given(
    moments,
    st.sampled_from("T "),
    st.sampled_from(["auto", "minutes", "seconds", "milliseconds", "microseconds"]),
)
@example(datetime(2024, 2, 29, 23, 59, 59, 999_999), "T", "auto")
@example(datetime(1900, 2, 28), "T", "auto")
def test_times_are_those_of_python(moment: datetime, mark: str, form: str) -> None:
    text = moment.isoformat(mark, form)
    wanted = datetime.fromisoformat(text)
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    found = iso_times(Column.of([text, f" {text[:10]} "]))
    day = datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
    assert found.values.tolist() == [(time - EPOCH) // timedelta(microseconds=1) for time in (wanted, day)]
    assert not found.wrong.any()


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-32",
        "0000-01-01",
        "2024-01-01T25:00",
        "2024-01-01 10:60",
        "2024-01-01 10:00:61",
        "yesterday",
        "",
        "NULL",
        "٢٠٢٤-01-01",
        "2024-01-01T10:00+25:00",
        "9999-12-31T23:30:00-02:00",
        "0001-01-01T00:30:00+02:00",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert iso_times(Column.of([text])).wrong.tolist() == [True]


def test_the_first_moment_and_the_last() -> None:
    found = iso_times(Column.of(["0001-01-01", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59+00:30"]))
    assert not found.wrong.any()
    moments = (datetime(1, 1, 1), datetime.max, datetime(9999, 12, 31, 23, 29, 59))
    assert [datetime(1970, 1, 1) + timedelta(microseconds=int(value)) for value in found.values] == list(
        moments
    )


def test_other_forms_of_iso_8601() -> None:
    texts = [
        "2024-01-01T10",
        "20240101T1000",
        "2024-W01-1",
        "2024-01-01T10:00:00.5Z",
        "2024-01-01T10:00+0200",
    ]
    found = iso_times(Column.of(texts))
    day = (datetime(2024, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    hour = 3_600_000_000
    assert found.values.tolist() == [
        day + 10 * hour,
        day + 10 * hour,
        day,
        day + 10 * hour + 500_000,
        day + 8 * hour,
    ]


def test_a_column() -> None:
    column = Column.of(["a", b"\xff ", " é\t", "x" * 50])
    assert trimmed(column).strings() == ["a", "\udcff", "é", "x" * 50]
    assert (len(column), column.string(2), column.bytes_at(1)) == (4, "é", b"\xff")
    assert column.shown(2) == "'é'"
    assert column.shown(3) == f"'{'x' * 39}…'"
    assert column.take(np.array([2, 0])).strings() == ["é", "a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (1.5, "1.5"),
        (1e22, "1e+22"),
        ("a", "a"),
        (True, None),
        (None, None),
        ([], None),
        (math.nan, None),
        (math.inf, None),
        (2**70, str(2**70)),
        (-0.0, "0"),
    ],
)
def test_values_as_ids(value: object, text: str | None) -> None:
    assert id_text(value) == text
