"""Delimited text is cut up as its definition says, however it comes, and every line is accounted for."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from e2v.errors import InputError
from e2v.inputs import rows as rows_module
from e2v.inputs.dialect import BLANKS, Dialect, DialectOptions
from e2v.inputs.faults import Faults
from e2v.inputs.rows import cut_lines, cut_rows, item_lines, unquoted
from e2v.inputs.sources import Source
from e2v.inputs.values import trimmed
from tests.oracles import tables as oracle


class Chunks(Source):
    """A source whose text comes in chunks of a size, or of sizes that are repeated."""

    def __init__(self, text: bytes, *sizes: int) -> None:
        super().__init__("-")
        self._content = text
        self._sizes = sizes

    def chunks(self, size: int = 0, *, text: bool = True) -> Iterator[bytes]:
        at = 0
        for length in itertools.cycle(self._sizes or (max(len(self._content), 1),)):
            if at >= len(self._content):
                return
            yield self._content[at : at + length]
            at += length


def cut(text: bytes, dialect: Dialect, *sizes: int) -> tuple[list[oracle.Row], Faults]:
    """The rows of a text, as the oracle gives them."""
    faults = Faults(strict=False)
    found = []
    for part in cut_rows(Chunks(text, *sizes), dialect, faults):
        fields = trimmed(unquoted(part, np.arange(part.bounds[-1]), dialect))
        values = [fields.bytes_at(place) for place in range(len(fields))]
        for row in range(len(part.first)):
            fault = int(part.faults[row])
            of_row = None if fault else values[part.bounds[row] : part.bounds[row + 1]]
            found.append(oracle.Row(of_row, int(part.first[row]), int(part.last[row]), fault == 2))
    return found, faults


def expected(text: bytes, dialect: Dialect) -> list[oracle.Row]:
    delimiter = b"" if dialect.delimiter == BLANKS else dialect.delimiter.encode()
    return oracle.rows(text, delimiter, dialect.quote.encode(), dialect.escape.encode())


DIALECTS = [
    Dialect(delimiter, quote, escape)
    for delimiter in (",", "\t", ";", "|", "::", BLANKS)
    for quote, escape in (("", ""), ('"', ""), ('"', "\\"), ("'", ""))
]
COMMON = (Dialect(",", '"'), Dialect("\t", '"'))
#: What makes trouble, more often than it does in life.
NASTY = [
    *",;|:\t\"'\\\r\n \x0b\x0cab\0",
    '"\n',
    '\n"',
    '""',
    '","',
    "\r\n",
    "::",
    '\\"',
    "é",
    "日",
    "\ufeff",
    "\u00a0",
]
texts = st.lists(st.sampled_from(NASTY), max_size=24).map(lambda parts: "".join(parts).encode())
raw_texts = st.one_of(texts, st.binary(max_size=12))
some_dialects = st.sampled_from(DIALECTS)
sizes = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@settings(max_examples=600)
@given(raw_texts, some_dialects, sizes)
@example(b'"a"::b\n"c":d\n', Dialect("::", '"'), [1])
@example(b'"a""b","c\\"d"\n', Dialect(",", '"', "\\"), [1])
@example(b'a,"b\r\nc"\r\n', Dialect(",", '"'), [1])
def test_rows_are_those_of_the_definition(text: bytes, dialect: Dialect, chunks: list[int]) -> None:
    wanted = expected(text, dialect)
    assert cut(text, dialect)[0] == wanted
    assert cut(text, dialect, *chunks)[0] == wanted


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_small_text_of_each_dialect(dialect: Dialect) -> None:
    """All texts of up to three of the characters that matter, of common dialects four, in pieces of two."""
    letters = [b"a", dialect.delimiter[:1].encode(), (dialect.quote or '"').encode(), b"\n", b" "]
    letters += [b"\\"] if dialect.escape else []
    for length in range(5 if dialect in COMMON else 4):
        for letters_of_text in itertools.product(letters, repeat=length):
            text = b"".join(letters_of_text)
            assert cut(text, dialect, 2)[0] == expected(text, dialect), text


@settings(max_examples=300)
@given(texts, some_dialects, sizes)
def test_every_line_is_accounted_for(text: bytes, dialect: Dialect, chunks: list[int]) -> None:
    """A line is part of one row or one fault, or blank."""
    found, faults = cut(text, dialect, *chunks)
    used = [line for row in found for line in range(row.first, row.last + 1)]
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    blank = {number for number, line in enumerate(lines, 1) if not line.strip()}
    assert used == sorted(set(used))
    assert set(range(1, len(lines) + 1)) - blank <= set(used) <= set(range(1, len(lines) + 1))
    assert faults.lines == sum(row.last - row.first + 1 for row in found if row.fields is None)


@settings(max_examples=300)
@given(texts.filter(lambda text: b'"' not in text), st.sampled_from([",", "\t", ";", "|", "::"]))
def test_without_quotes_lines_are_split(text: bytes, delimiter: str) -> None:
    wanted = [
        [oracle.trimmed(field) for field in line.split(delimiter.encode())]
        for line in text.split(b"\n")
        if line.strip(oracle.BLANKS.replace(delimiter.encode(), b""))
    ]
    for quote in ("", '"'):
        assert [row.fields for row in cut(text, Dialect(delimiter, quote), 3)[0]] == wanted


fields = st.text(st.sampled_from([*",;|\t\"'\\\r\n ab", "é", "日"]), max_size=6)


@settings(max_examples=300)
@given(
    st.lists(st.lists(fields, min_size=2, max_size=4), max_size=5),
    st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    sizes,
)
def test_what_csv_writes_is_read_back(
    table: list[list[str]], delimiter: str, quoting: int, end: str, chunks: list[int]
) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)
    found, faults = cut(file.getvalue().encode(), Dialect(delimiter, '"'), *chunks)
    assert [row.fields for row in found] == [[oracle.trimmed(v.encode()) for v in row] for row in table]
    assert faults.lines == 0


@settings(max_examples=200)
@given(st.lists(st.lists(fields, min_size=2, max_size=4), max_size=5), sizes)
def test_what_csv_writes_with_escapes_is_read_back(table: list[list[str]], chunks: list[int]) -> None:
    file = io.StringIO()
    csv.writer(
        file, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\", lineterminator="\n"
    ).writerows(table)
    found, faults = cut(file.getvalue().encode(), Dialect(",", '"', "\\"), *chunks)
    assert [row.fields for row in found] == [[oracle.trimmed(v.encode()) for v in row] for row in table]
    assert faults.lines == 0


def told(text: str) -> tuple[list[list[str]], list[str]]:
    """The rows of CSV that can be read, and the faults."""
    found, faults = cut(text.encode(), Dialect(",", '"'))
    return [[value.decode() for value in row.fields] for row in found if row.fields is not None], faults.first


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a,b,\nc,d,", [["a", "b", ""], ["c", "d", ""]]),
        (",\n,,\n", [["", ""], ["", "", ""]]),
        ("\n \n\na,b\n\n\t\n", [["a", "b"]]),
        ("a,b", [["a", "b"]]),
        ('"a" ,"b"\n "c","d" \n', [["a", "b"], ["c", "d"]]),
        ('"a\r\nb",c\r\n', [["a\r\nb", "c"]]),
        ('" ","\t"\n', [["", ""]]),
        ('""\n', [[""]]),
        ('"""",""""""\n', [['"', '""']]),
        ('a"b",c\n', [['a"b"', "c"]]),
        ("a\0b,\0\n", [["a\0b", "\0"]]),
        ('"",\n', [["", ""]]),
        ("a , b\n", [["a", "b"]]),
    ],
)
def test_edges(text: str, wanted: list[list[str]]) -> None:
    assert told(text) == (wanted, [])


def test_a_quote_that_is_never_closed_takes_all_its_lines(tmp_path: Path) -> None:
    found, said = told('1,a\n2,"b\n3,c\n\n4,d\n')
    assert found == [["1", "a"]]
    assert said == ["stdin, lines 2 to 5: a quote that is opened in line 2 is never closed"]
    found, said = told('1,a\n2,"b"c\n3,"d\ne"f\n4,g\n')
    assert found == [["1", "a"], ["4", "g"]]
    assert [place.partition(":")[0] for place in said] == ["stdin, line 2", "stdin, lines 3 to 4"]


def test_a_row_may_be_longer_than_many_chunks() -> None:
    long = b"x" * 300_000
    text = b"a,b\n" + long + b"," + long + b'\n"' + long + b'\n",c\n' + b",".join([b"y"] * 50_000) + b"\n"
    found, _ = cut(text, Dialect(",", '"'), 1 << 12)
    assert [row.fields for row in found] == [[b"a", b"b"], [long, long], [long, b"c"], [b"y"] * 50_000]
    assert [(row.first, row.last) for row in found] == [(1, 1), (2, 2), (3, 4), (5, 5)]


def test_a_row_without_end_is_an_error_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "LONGEST_LINE", 10_000)
    read = 0

    class Endless(Chunks):
        def chunks(self, size: int = 0, *, text: bool = True) -> Iterator[bytes]:
            nonlocal read
            yield b"a,b\n"
            while True:
                read += 100
                yield b"c" * 99 + b"\n"

    class EndlessQuote(Endless):
        def chunks(self, size: int = 0, *, text: bool = True) -> Iterator[bytes]:
            return (chunk.replace(b"b\n", b'"b\n') for chunk in super().chunks())

    class EndlessLine(Endless):
        def chunks(self, size: int = 0, *, text: bool = True) -> Iterator[bytes]:
            return (chunk if b"a" in chunk else chunk.replace(b"\n", b"c") for chunk in super().chunks())

    for kind, line, hint in ((EndlessQuote, 1, "is a quote never closed"), (EndlessLine, 2, "")):
        read = 0
        with pytest.raises(InputError, match=f"line {line}: a row of more than .* begins here; {hint}"):
            list(cut_rows(kind(b""), Dialect(",", '"'), Faults(strict=False)))
        assert read < 50_000


class TestLines:
    """Lines of items."""

    def lines(self, text: str, **given: bool) -> tuple[list[tuple[int, list[str]]], Faults]:
        faults = Faults(strict=False)
        found = []
        for lines in cut_lines(Chunks(text.encode()), DialectOptions(), faults, **given):
            items = lines.items.strings()
            for row, number in enumerate(lines.numbers.tolist()):
                found.append((number, items[lines.bounds[row] : lines.bounds[row + 1]]))
        return found, faults

    def test_items_and_the_numbers_of_their_lines(self) -> None:
        found, faults = self.lines("a b\n\nc\n d  e\r\n")
        assert found == [(1, ["a", "b"]), (3, ["c"]), (4, ["d", "e"])]
        assert (faults.lines, faults.remarks) == (0, 0)
        assert list(item_lines(Chunks(b"a b\n\nc\n"), Faults(strict=False))) == [(1, ["a", "b"]), (3, ["c"])]

    def test_missing_items_are_left_out_and_told(self) -> None:
        found, faults = self.lines("a,,NULL,b\n1.0,2.0\nnan,x\n,,\n")
        assert found == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["x"])]
        assert faults.first_remarks == [
            "stdin, line 1: 'NULL' is no id and left out",
            "stdin, line 3: 'nan' is no id and left out",
        ]

    def test_a_line_needs_its_user(self) -> None:
        found, faults = self.lines("u,a\n,b,NULL\nv\nnan,c\n", user_first=True)
        assert found == [(1, ["u", "a"]), (3, ["v"])]
        assert [place.split(": ")[0] for place in faults.first] == ["stdin, line 2", "stdin, line 4"]
        assert (faults.lines, faults.remarks) == (2, 0)

    @pytest.mark.parametrize(("text", "why"), [("", "is empty"), (" \n", "is empty"), ('{"a": 1}', "JSON")])
    def test_what_is_no_lines_of_items(self, text: str, why: str) -> None:
        with pytest.raises(InputError, match=why):
            self.lines(text)
