from __future__ import annotations

import pytest

from e2v.inputs.dialect import DialectOptions, cut_sample, detect_dialect
from e2v.inputs.header import Above, directive, first_even_line, n_even, titles_above

ROWS = b"1,2\n3,4\n5,6\n"


@pytest.mark.parametrize(
    ("head", "above"),
    [
        (b"Sales\nuser,item\n" + ROWS, Above(6, 1)),
        (b"Sales\n\nuser,item\n" + ROWS, Above(7, 2)),
        (b"Sales,\nuser,item\n" + ROWS, Above(7, 1)),  # half empty
        (b"user,item\n" + ROWS, None),  # nothing is above it
        (b"Sales\n" + ROWS, None),  # nothing names the columns
        (b"Sales\nuser,user\n" + ROWS, None),
        (b"Sales\nuser,\n" + ROWS, None),
        (b"a,b\nuser,item\n" + ROWS, None),  # a row is above it
        (b"Sales\nuser,item\n1\n2\n3\n", None),  # of another length than the rows
        (b"Sales\nuser,item\n", None),
    ],
)
def test_titles_stand_above_a_header_only(head: bytes, above: Above | None) -> None:
    assert titles_above(head, DialectOptions()) == above


@pytest.mark.parametrize(
    ("head", "n", "first"),
    [
        (b"a,b\n" + ROWS, 3, 1),
        (b"a,b\n" + ROWS.removesuffix(b"\n"), 3, 1),  # the last of a whole text ends with it
        (b"a,b\n", 0, 0),
        (b"a\nb\nc\n", 0, 0),
        (b"Sales\n" + ROWS, 0, 2),
        (b"Sales\n\n" + ROWS, 0, 3),
        (b"a,b\n" + b"1,2\n" * 18 + b"3\n", 19, 1),  # nine in ten are enough
        (b"a,b\n" + b"1,2\n" * 7 + b"3\n", 0, 0),
    ],
)
def test_rows_are_even_where_nearly_all_have_as_many_fields(head: bytes, n: int, first: int) -> None:
    options = DialectOptions()
    assert n_even(cut_sample(head, detect_dialect(head, options))) == n
    assert first_even_line(head, options) == first


def test_a_first_line_may_say_what_separates_fields() -> None:
    assert directive(b"sep=;\na;b\n", DialectOptions()) == (Above(6, 1), DialectOptions(";"))
    assert directive(b'"SEP=|"\r\n', DialectOptions(",")) == (Above(9, 1), DialectOptions(","))
    assert directive(b"a;b\n", DialectOptions()) == (Above(), DialectOptions())
    assert directive(b"sep=\xe9\n", DialectOptions()) == (Above(), DialectOptions())
