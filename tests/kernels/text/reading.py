"""The kernels that cut up and read text, and put events in order, against their oracles.

Also a program, `python -m tests.kernels.text.reading [case ...]`, so that the kernels can be had with
the JIT off, or mutated. Every case is small, seeded, and raises AssertionError where kernel and oracle
differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime, timezone

import numpy as np

from e2v.kernels.linalg import ordering
from e2v.kernels.text import field_values, fields
from tests.oracles import tables as oracle

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - as the docs of datetime have it


def padded(text: bytes) -> np.ndarray:
    return np.frombuffer(text + b"\0" * 16, np.uint8).copy()


def column(values: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Text, starts and stops."""
    ends = np.cumsum([0, *map(len, values)])
    return padded(b"".join(values)), ends[:-1].copy(), ends[1:].copy()


def values_of(text: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
    return [text[start:stop].tobytes() for start, stop in zip(starts, stops, strict=True)]


def cut(text: bytes, form: bytes, size: int, room: int) -> list[oracle.Row]:
    """The rows of a text, of which `size` bytes more are seen each time, with room for so many fields."""
    found = []
    start, stop, line = 0, 0, 1
    ended = False
    while not ended:
        stop = min(stop + size, len(text))
        ended = stop == len(text)
        full = True
        while full:
            buffer = padded(text[:stop])
            starts, stops, first, last = np.zeros((4, room), np.int64)
            quoted, faults = np.zeros((2, room), np.uint8)
            bounds = np.zeros(room + 1, np.int64)
            at = np.frombuffer(form, np.uint8)
            n, start, line, full = fields.split_fields(
                buffer, start, stop, ended, at, line, starts, stops, quoted, bounds, first, last, faults
            )
            fields.unquote(buffer, starts[: bounds[n]], stops[: bounds[n]], quoted, at[2], at[3])
            field_values.trim(buffer, starts[: bounds[n]], stops[: bounds[n]])
            values = values_of(buffer, starts[: bounds[n]], stops[: bounds[n]])
            for row in range(n):
                assert not faults[row] or bounds[row] == bounds[row + 1]
                of_row = None if faults[row] else values[bounds[row] : bounds[row + 1]]
                unclosed = faults[row] == fields.UNCLOSED
                found.append(oracle.Row(of_row, int(first[row]), int(last[row]), bool(unclosed)))
            if n == 0 and full:
                room *= 2
    return found


def rows() -> None:
    rng = np.random.default_rng(7)
    for form in (b",\0\0\0", b',\0"\0', b',\0"\\', b'\t\0"\0', b'::"\0', b'\0\0"\0', b"\0\0\0\0"):
        letters = [
            b"a",
            b" ",
            b"\n",
            b"\r",
            form[:2].strip(b"\0") or b"\t",
            form[2:3],
            form[3:] + b'"',
            form[3:],
            form[:1],
            b"\n",
        ]
        for _ in range(150):
            text = b"".join(letters[i] for i in rng.integers(0, len(letters), rng.integers(1, 20)))
            wanted = oracle.rows(text, *(part.strip(b"\0") for part in (form[:2], form[2:3], form[3:])))
            for size, room in ((len(text), 20), (1, 20), (3, 1)):
                assert cut(text, form, size, room) == wanted, (text, form, size)


def ids() -> None:
    for value in (
        *(b"", b" ", b"12", b"12.0", b"-12.000", b"0.0", b"1.50", b"1.0.0", b".0", b"-.0", b"--1.0", b"00.0"),
        *(
            b"a.0",
            b"12.0 ",
            b"\t12\r",
            b"10",
            b"100",
            b"nan",
            b"NaN",
            b"NULL",
            b" Null",
            b"\\N",
            b"\\n",
            b"na",
        ),
        *(
            b"null0",
            b"naN0",
            b"nano",
            b"12.",
            b"12.10",
            b"x y",
            b"+1.0",
            b"n",
            b"\\NN",
            b"1e5.0",
            b"\x0bz\x0c",
        ),
    ):
        text, starts, stops = column([b"pad", value, b"0.0"])
        states = np.zeros(3, np.uint8)
        field_values.trim(text, starts, stops)
        field_values.find_ids(text, starts, stops, states)
        wanted = oracle.item_id(value)
        assert (states[1] == field_values.MISSING) == (wanted is None), value
        assert wanted is None or values_of(text, starts, stops)[1] == wanted, value
        assert values_of(text, starts, stops)[::2] == [b"pad", b"0"], value


NUMBERS = (
    *(
        b"0",
        b"-0",
        b"+5",
        b"007",
        b"1.5",
        b"1.",
        b".5",
        b"-.5e-3",
        b"1e22",
        b"1e23",
        b"1E+2",
        b"123456789.25",
    ),
    *(b"9007199254740992", b"9007199254740993", b"999999999999999999", b"1000000000000000000", b"1e-22"),
    *(
        b"9223372036854775807",
        b"9007199254740993.0",
        b"0.1",
        b"3,5",
        b"1e-23",
        b"0.0000000000000000000000001",
    ),
    *(
        b"-9007199254740993",
        b"00000000000000000000000000001",
        b"1e99999999999999999999",
        b"-3",
        b"-2.5",
        b"12",
    ),
    *(b"", b" ", b"nan", b"NULL", b".", b"-", b"+", b"e5", b"1e", b"1e+", b"1e5x", b"5_0", b"0x10", b"inf"),
    *(b"1.2.3", b"1,2.3", b"1,000", b"1,2,3", b"--1", b"1 2", b"1-", b"\xd9\xa5", b"1e1.5", b",5", b"4,"),
)


def numbers() -> None:
    for comma in (False, True):
        for value in NUMBERS:
            text, starts, stops = column([b"1", value, b"9"])
            found, integers = np.zeros(3), np.zeros(3, np.int64)
            states, whole = np.zeros(3, np.uint8), np.zeros(3, np.bool_)
            field_values.trim(text, starts, stops)
            field_values.find_numbers(text, starts, stops, comma, found, integers, whole, states)
            wanted = oracle.number(value, decimal_comma=comma)
            if states[1] == field_values.UNSURE:  # left to Python
                assert len(value) > 16 or b"e" in value.lower(), value
                continue
            if states[1] == field_values.OTHER and b"," in value:  # as are thousands and cents
                continue
            assert (states[1] == field_values.MISSING) == oracle.is_missing(oracle.trimmed(value)), value
            assert (states[1] == field_values.VALUE) == (wanted is not None), value
            if wanted is not None:
                assert found[1] == float(wanted), value
                assert whole[1] == isinstance(wanted, int), value
                assert not whole[1] or integers[1] == wanted, value
            assert found.tolist()[::2] == [1, 9]


#: Forms that are not left to Python.
USUAL = re.compile(r"[0-9-]{10}([T ][0-9:]{5}(:[0-9]{2}(\.([0-9]{3}|[0-9]{6}))?)?(Z|[+-]\d\d:[0-5]\d)?)?")


def micros(text: str) -> int | None:
    """By Python."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)) - EPOCH  # noqa: UP017
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def times() -> None:
    days = [
        f"{y:04}-{m:02}-{d:02}"
        for y in (0, 1, 1900, 1970, 2000, 2023, 2024)
        for m in range(14)
        for d in (0, 1, 28, 29, 30, 31, 32)
    ]
    clocks = [
        "00:00",
        "23:59",
        "24:00",
        "12:60",
        "07:08:09",
        "23:59:60",
        "01:02:03.4",
        "01:02:03.456",
        "01:02:03.456789",
        "01:02:03.4567891",
        "1:02",
        "01:2",
        "01-02",
        "01:02:",
        "01:02:03.",
        "01:02:3",
        "-1:00",
        "01:02:03x",
    ]
    zones = [
        "",
        "Z",
        "+00:00",
        "-08:30",
        "+23:59",
        "+24:00",
        "+01:60",
        "+0100",
        "+01",
        "*01:00",
        "ZZ",
        " ",
        "+1:000",
        "+01-00",
    ]
    values = days + [f"2024-02-29{mark}{clock}{zone}" for mark in "T " for clock in clocks for zone in zones]
    values += [
        "2024/02/29",
        "2024-2-29",
        "24-02-29",
        "",
        "NULL",
        "20240229",
        "2024-02-29T",
        "0001-01-01T00:00+01:00",
        "2024-02-2a",
    ]
    for value in values:
        text, starts, stops = column([b"x", value.encode(), b"2024-01-01"])
        found, states = np.zeros(3, np.int64), np.zeros(3, np.uint8)
        field_values.find_iso_times(text, starts, stops, found, states)
        wanted = micros(value)
        assert (states[1] == field_values.MISSING) == oracle.is_missing(value.encode()), value
        if states[1] == field_values.VALUE:
            assert found[1] == wanted, value
        if wanted is not None and USUAL.fullmatch(value):
            assert states[1] == field_values.VALUE, value
        assert (found[2], states[2]) == (micros("2024-01-01"), field_values.VALUE)


def equal() -> None:
    for word in (b"", b"a", b"ab"):
        values = [b"", b"a", b"ab", b"b", b"abc", b"aB"]
        found = np.zeros(len(values), np.bool_)
        fields.find_equal(*column(values), np.frombuffer(word, np.uint8), found)
        assert found.tolist() == [value == word for value in values]


def order() -> None:
    rng = np.random.default_rng(7)
    lengths = [0, 1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 0]
    for kinds in (1, 2, 3, 20, 10_000):
        rows = rng.permutation(np.repeat(np.arange(len(lengths)), lengths)).astype(np.int32)
        for dtype in (np.int64, np.float64):
            values = rng.integers(-kinds, kinds, len(rows)).astype(dtype)
            if kinds == 3:
                values.sort()
            if kinds == 20:
                values[::-1].sort()
            bounds = np.concatenate(([0], np.bincount(rows, minlength=len(lengths)).cumsum()))
            found = np.full(len(rows), -1)
            ends = bounds[:-1].copy()
            ordering.group(rows, ends, found)
            assert found.tolist() == oracle.grouped(rows.tolist(), [0] * len(rows))
            assert ends.tolist() == bounds[1:].tolist()
            ordering.sort_groups(found, bounds, values)
            assert found.tolist() == oracle.grouped(rows.tolist(), values.tolist())
            assert found.tolist() == np.lexsort((values, rows)).tolist()


CASES: dict[str, Callable[[], None]] = {
    "rows": rows,
    "ids": ids,
    "numbers": numbers,
    "times": times,
    "equal": equal,
    "order": order,
}


def main() -> None:
    for name in sys.argv[1:] or CASES:
        CASES[name]()


if __name__ == "__main__":
    main()
