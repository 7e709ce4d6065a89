from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.inputs.tsv import escape, unescape

keys = st.text("ab\\\t\n\rtnr \u00a0日\udcff", max_size=12)


@given(keys)
def test_a_field_holds_any_key(key: str) -> None:
    field = escape(key)
    assert not set(field) & set("\t\n\r")
    assert unescape(field) == key


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("new york", "new york"),
        ("a\tb", r"a\tb"),
        ("a\nb\r", r"a\nb\r"),
        ("\\frac", r"\\frac"),
        (r"\t", r"\\t"),
    ],
)
def test_the_escapes_are_those_documented(key: str, field: str) -> None:
    assert escape(key) == field


def test_other_backslashes_are_read_as_themselves() -> None:
    assert unescape(r"\frac \_ ends in \ ".strip()) == "\\frac \\_ ends in \\"
