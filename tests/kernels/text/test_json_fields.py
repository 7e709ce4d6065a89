"""Objects that are read by the kernel have the values that a parser of JSON finds."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.inputs import json_rows
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import read_table
from e2v.inputs.values import Column, ids, padded
from tests.oracles import json_rows as oracle

COLUMNS = ["user", "é", "n"]
NUMBERS = (
    "0.00001 0.0001 4.50 4.05 1e5 1.0E2 -0 -0.0 01 1. .5 +1 - 1_0 5.00 0.1234567890123456 "
    "12345678901234567890 1234567890123456.0 Infinity -Infinity NaN nul"
)


def read(folder: Path, lines: list[str]) -> tuple[list[tuple[int, tuple[str, ...]]], list[int]]:
    path = folder / "lines.json"
    head = json.dumps(dict.fromkeys(COLUMNS, 0))  # which tells that the columns are there
    path.write_bytes("\n".join([head, *lines]).encode("utf-8", "surrogateescape"))
    faults = Faults(strict=False)
    notes: list[int] = []
    faults.add = lambda _source, line, _why, _last=None: notes.append(line - 1)  # type: ignore[method-assign]
    found = []
    for rows in read_table(Source(str(path)), COLUMNS, faults):
        columns = [ids(column)[0].strings() for column in rows.columns]
        found += list(zip((rows.first - 1).tolist(), zip(*columns, strict=True), strict=True))
    return found[1:], sorted(notes)


names = st.sampled_from([*COLUMNS, "other", 'q"', "users", ""])
texts = st.text(st.sampled_from('ab é日 "\\/\n\t,:{}[]1.0'), max_size=6)
numbers = st.one_of(
    st.integers(-3, 10**20),
    st.floats(),
    st.decimals(-100, 100, places=3).map(float),
    st.integers(0, 99).map(float),
)
values = st.one_of(
    texts,
    numbers,
    st.none(),
    st.booleans(),
    st.just([1, {"user": 2}]),
    st.just({"user": "x"}),
    st.just("nan"),
)
objects = st.lists(st.tuples(names, values), max_size=5)
RANDOM = st.randoms(use_true_random=False)
spaces = st.sampled_from(["", " ", "\t", " \r"])


def written(pairs: list[tuple[str, object]], space: str, ascii_only: bool) -> str:
    encode = json.JSONEncoder(ensure_ascii=ascii_only).encode
    members = [f"{encode(name)}{space}:{space}{encode(value)}" for name, value in pairs]
    return space + "{" + space + f"{space},{space}".join(members) + space + "}" + space


@given(
    st.lists(st.builds(written, objects, spaces, st.booleans()), max_size=6),
    RANDOM,
)
def test_rows_are_those_of_a_parser(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], chance: random.Random
) -> None:
    damaged = []
    for line in lines:
        at = chance.randrange(len(line) + 1)
        cut, put = chance.randrange(2), chance.choice(["", "", "", '"', "\\", "0", "}", "x", "\x01", ","])
        damaged += [line, line[:at] + put + line[at + cut :]]
    expected, bad = oracle.rows(damaged, COLUMNS)
    expected = [(line, tuple(clean(value) for value in row)) for line, row in expected]
    assert read(tmp_path_factory.getbasetemp(), damaged) == (expected, bad)


@pytest.mark.parametrize("number", NUMBERS.split())
def test_numbers_are_those_of_a_parser(tmp_path: Path, number: str) -> None:
    lines = [f'{{"user": {number}}}', f'{{"user": {number}, "n": 1}}']
    expected, bad = oracle.rows(lines, COLUMNS)
    expected = [(line, tuple(clean(value) for value in row)) for line, row in expected]
    assert read(tmp_path, lines) == (expected, bad)


def clean(value: str) -> str:
    """What the rule for ids makes of text: a whole number is written as one."""
    head, point, tail = value.rpartition(".")
    whole = point and head.removeprefix("-").isascii() and head.removeprefix("-").isdecimal()
    return head if whole and tail and not tail.strip("0") else value


@pytest.mark.parametrize(
    "line",
    [
        '{"user": "a", "é": 1, "n": 2.5}',
        '{"n":-7,"user":"","é":"日本"}',
        '{"text": "an \\"escape\\" \\u00e9", "user": 1, "é": null}',
        "{}",
    ],
)
def test_simple_objects_need_no_parser(line: str) -> None:
    found, end, number = json_rows._simple_objects(
        padded(f"{line}\n".encode()), 0, len(line.encode()) + 1, 1, COLUMNS
    )
    assert not found.hard.any()
    assert (end, number) == (len(line.encode()) + 1, 2)
    parsed = json.loads(line)
    for column, starts, stops in zip(COLUMNS, found.starts, found.stops, strict=True):
        assert Column(found.text, starts, stops).string(0) == (oracle.text(parsed.get(column)) or "")
