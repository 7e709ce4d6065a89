"""Rows of JSON lines and of arrays of objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import InputError
from e2v.inputs.faults import Faults
from e2v.inputs.json_rows import JsonTable, _objects_of_array
from e2v.inputs.sources import Source
from e2v.inputs.tables import open_table

NO_OBJECT = "not a JSON object"


def read(
    folder: Path, text: str, columns: Sequence[str] = ("id", "title"), size: int = 1 << 20
) -> tuple[list[tuple[str, ...]], list[int], list[str]]:
    """Rows, their lines, and the faults."""
    path = folder / "table"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    table = open_table(Source(str(path)))
    assert isinstance(table, JsonTable)
    faults = Faults(strict=False)
    batches = list(table.rows(columns, faults))
    rows = [row for b in batches for row in zip(*[c.strings() for c in b.columns], strict=True)]
    lines = [line for batch in batches for line in batch.first.tolist()]
    return rows, lines, [said.partition(", ")[2] for said in faults.first]


def test_lines_that_are_no_row(tmp_path: Path) -> None:
    text = (
        '{"id":1,"title":"a"}\n[1]\n{"id":1\n{"id":true,"title":"b"}\n\n{"id":2}\n'
        '{"id":3,"title":{"x":1}}\n{"id":4,"id":5,"title":"c"}\n'
    )
    rows, lines, said = read(tmp_path, text)
    assert (rows, lines) == ([("1", "a"), ("2", "")], [1, 6])
    assert said == [
        f"line 2: {NO_OBJECT}",
        f"line 3: {NO_OBJECT}",
        "line 4: id is no text and no number",
        "line 7: title holds an object: jq -c '.title |= .x' FILE takes what is in it out",
        "line 8: it has 'id' twice",
    ]


def test_names_twice_matter_where_they_are_asked_for(tmp_path: Path) -> None:
    for nested in ("", '"n":[],'):  # which Python's parser reads
        text = (
            f'{{"id":1,"title":"a"}}\n{{{nested}"id":2,"x":1,"x":2,"title":"b"}}\n{{{nested}"id":1,"id":1}}\n'
        )
        assert read(tmp_path, text) == (
            [("1", "a"), ("2", "b")],
            [1, 2],
            ["line 3: it has 'id' twice"],
        )


def test_a_column_may_be_asked_for_twice(tmp_path: Path) -> None:
    assert read(tmp_path, '{"id":1,"title":"a"}\n', ["id", "title", "id"])[0] == [("1", "a", "1")]


def test_strict_is_about_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text('{"id":1}\n{"id":[1]}\n{"id":true}\n')
    with pytest.raises(InputError, match="line 2: id is no text"):
        list(open_table(Source(str(path))).rows(["id"], Faults(strict=True)))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id":"\\ud800","title":""}', "id is no text and no number"),
        ('{"id":' + "[" * 100_000, NO_OBJECT),
        ('{"id":Infinity}', "id is no text and no number"),
        ("nonsense", NO_OBJECT),
    ],
)
def test_a_line_that_is_no_row(tmp_path: Path, line: str, why: str) -> None:
    assert read(tmp_path, f'{{"id":1,"title":"a"}}\n{line}\n') == ([("1", "a")], [1], [f"line 2: {why}"])


def test_an_array_on_many_lines(tmp_path: Path) -> None:
    text = (
        '\n[\n {"id": 1,\n  "title": "a]}"},\n\n {"id": [2], "title": "b"}, 7,\n {"id": 3, "title": "[{"}]\n'
    )
    assert read(tmp_path, text) == (
        [("1", "a]}"), ("3", "[{")],
        [3, 7],
        ["line 6: id is no text and no number", f"line 6: {NO_OBJECT}"],
    )


@pytest.mark.parametrize(
    "text", ['[{"id": 1}, {"id": 2', '[{"id": 1}', '[{"id": 1},', '[{"id": 1} {"id": 2}]']
)
def test_an_array_that_is_cut_short_or_damaged(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="line 1: the JSON array ends early or is damaged"):
        read(tmp_path, text, ["id"])


@pytest.mark.parametrize(
    "text", ["[]", '{"id": ', "[[1, 2], [3, 4]]", '["user", "item"]\n["1", "2"]', "{}\n"]
)
def test_json_without_objects(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="holds no object"):
        read(tmp_path, text)


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    text = '{"id": 1, "user": {"name": "a"}}\n'
    with pytest.raises(InputError, match="no field 'title'; there are id, user"):
        read(tmp_path, text)
    with pytest.raises(InputError, match=r"no field 'user.name'; jq "):
        read(tmp_path, text, ["id", "user.name"])


leaves = st.one_of(st.integers(), st.text('ab]}[{",\\\né', max_size=4), st.booleans(), st.none())
elements = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text("ab{", max_size=2), inner)),
)


@given(st.lists(elements, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_arrays_are_read_as_they_come(array: list, size: int, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(array, indent=indent, ensure_ascii=ascii_only).encode()
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert [found for _, found in _objects_of_array(Source("-"), chunks)] == array


def test_each_element_of_a_list_is_a_row_where_that_is_asked_for(tmp_path: Path) -> None:
    text = '{"id":1,"x":["a","b"]}\n{"id":2,"x":"c"}\n{"id":3,"x":[]}\n{"id":4,"x":[{"sku":5}]}\n'
    text += '{"id":6,"x":[7]}\n'
    for whole in (text, f"[{text.strip().replace(chr(10), ',' + chr(10))}]"):
        (tmp_path / "table").write_text(whole)
        faults = Faults(strict=False)
        (batch,) = open_table(Source(str(tmp_path / "table"))).rows(["id", "x"], faults, lists="x")
        rows = list(zip(*(column.strings() for column in batch.columns), strict=True))
        assert rows == [("1", "a"), ("1", "b"), ("2", "c"), ("3", ""), ("6", "7")]
        assert batch.first.tolist() == [1, 1, 2, 3, 5]
        assert "line 4: x holds objects: jq -c '.x |= map(.sku)' FILE" in faults.first[0]
    assert read(tmp_path, text, ["id", "x"])[0] == [("2", "c")]


@pytest.mark.parametrize("user", ['{"id": 1}', '{"name": "x"}'])
def test_an_object_in_a_column_is_told_with_what_takes_it_out(tmp_path: Path, user: str) -> None:
    (tmp_path / "log").write_text(
        f'{{"user": {user}, "items": ["a"]}}\n{{"user": 1, "items": [{{"sku": 1}}]}}\n'
    )
    faults = Faults(strict=False)
    table = open_table(Source(str(tmp_path / "log")))
    assert not sum(len(rows.first) for rows in table.rows(("user", "items"), faults, "items"))
    inner = user.split('"')[1]
    assert f"user holds an object: jq -c '.user |= .{inner}' FILE" in faults.first[0]
    assert "items holds objects: jq -c '.items |= map(.sku)' FILE" in faults.first[1]
