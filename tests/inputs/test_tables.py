"""Tables of every format give the same columns; rows that cannot be read are noted with their lines."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v import notices
from e2v.errors import InputError
from e2v.inputs.dialect import DialectOptions
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import joined_names, open_table, read_table, refuse_tables
from e2v.inputs.values import ids

ROWS = [("1", "Heat, the film"), ("2", 'said "no"'), ("ü", "日本"), ("bad\udcff", "x")]


def write(folder: Path, content: str | bytes, name: str = "table") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return path


def read(
    path: Path,
    columns: Sequence[str] = ("id", "title"),
    faults: Faults | None = None,
    quote: str | None = None,
) -> tuple[list[tuple[str, ...]], list[int]]:
    """The rows and the lines on which they begin."""
    batches = list(
        read_table(Source(str(path)), columns, faults or Faults(strict=True), DialectOptions(quote=quote))
    )
    rows = [row for b in batches for row in zip(*[c.strings() for c in b.columns], strict=True)]
    return rows, [line for batch in batches for line in batch.first.tolist()]


CSV = 'title,n,id\n"Heat, the film",0,1\n"said ""no""",0,2\n日本,0,ü\nx,0,bad\udcff\n'
TSV = 'title\tn\tid\nHeat, the film\t0\t1\nsaid "no"\t0\t2\n日本\t0\tü\nx\t0\tbad\udcff\n'
JSON = (
    '{"id": 1, "title": "Heat, the film", "more": [1]}\n\n{"title": "said \\"no\\"", "id": "2"}\n'
    '{"id": "\\u00fc", "title": "日本"}\n{"id": "bad\udcff", "title": "x"}'
)
ARRAY = "[" + JSON.replace("\n\n", ",\n").replace("}\n{", "},{") + "]"


@pytest.mark.parametrize(
    "text", [CSV, CSV.replace("\n", "\r\n"), "\ufeff" + CSV, TSV, JSON, "\n" + JSON, ARRAY, " \n" + ARRAY]
)
@pytest.mark.parametrize("size", [7, 1 << 20])
def test_every_format_gives_the_same(
    tmp_path: Path, text: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, text)
    compressed = write(tmp_path, gzip.compress(path.read_bytes()), "compressed")
    source = Source(str(path))
    table = open_table(source)
    monkeypatch.setattr(Source.chunks, "__defaults__", (size,))
    batches = list(table.rows(("id", "title"), Faults(strict=True)))
    rows = [row for b in batches for row in zip(*[c.strings() for c in b.columns], strict=True)]
    assert rows == ROWS
    if size > 7:
        assert read(compressed)[0] == ROWS


def test_columns_by_number_have_no_header(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,c\nd,e,f\n")
    assert read(path, ("3", "1")) == ([("c", "a"), ("f", "d")], [1, 2])
    for number in ("4", "0"):
        with pytest.raises(InputError, match="numbered from 1 to 3"):
            read(path, (number, "1"))


def test_a_value_of_the_first_row_is_no_name(tmp_path: Path) -> None:
    assert read(write(tmp_path, "2,1,1\n5,6,7\n"), ("1", "2"))[0] == [("2", "1"), ("5", "6")]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'titel'") as caught:
        read(write(tmp_path, CSV), ("id", "titel"))
    assert "there are title, n, id" in str(caught.value)
    with pytest.raises(InputError, match="is empty"):
        read(write(tmp_path, " \n"))
    with pytest.raises(InputError, match="2 columns 'id'; name one by its number: 1, 3"):
        read(write(tmp_path, "id,title,id\n1,a,2\n"))
    assert read(tmp_path / "table", ("3", "title"))[0] == [("2", "a")]


@pytest.mark.parametrize("text", ['"id"x,title\n1,a\n', '"a\nb,c\n'])
def test_a_first_row_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="its first row cannot be read"):
        read(write(tmp_path, text), ("1", "2"))


def test_rows_that_cannot_be_read_are_noted(tmp_path: Path) -> None:
    faults = Faults(strict=False)
    text = 'id,title\n1,a\n2\n\n3,"two\nlines"\n4,b,c\n5,"x"y\n6,c\nid,title\n7,"never closed\n8,d\n'
    rows, lines = read(write(tmp_path, text), faults=faults)
    assert rows == [("1", "a"), ("3", "two\nlines"), ("6", "c")]
    assert lines == [2, 5, 9]
    assert faults.lines == 6
    assert [told.partition(", ")[2].partition(" (")[0] for told in faults.first] == [
        "line 3: 1 field, not 2",
        "line 7: 3 fields, not 2",
        "line 8: there is text after a closing quote",
        "line 10: the names of the columns again",
        "lines 11 to 12: a quote that is opened in line 11 is never closed",
    ]
    with pytest.raises(InputError, match=r"table, line 3: 1 field, not 2$"):
        read(tmp_path / "table")


def test_lines_that_would_be_rows_within_quotes_are_remarked_on(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,title\n1,"12 inch\n1,x\n2,y"\n3,z\n')
    faults = Faults(strict=False)
    assert read(path, faults=faults)[0] == [("1", "12 inch\n1,x\n2,y"), ("3", "z")]
    assert (faults.lines, faults.remarks) == (0, 1)
    assert "lines 2 to 4: each of these lines would be a row" in faults.first_remarks[0]
    with pytest.raises(InputError, match="each of these lines would be a row"):
        read(path)
    assert len(read(path, quote="")[0]) == 4


def test_the_first_faults_are_kept_in_the_order_of_lines() -> None:
    faults = Faults(strict=False)
    source = Source("-")
    for line in (9, 3, 7, 1, 8, 5, 2):
        faults.add(source, line, "odd")
    assert faults.first == [f"stdin, line {line}: odd" for line in (1, 2, 3, 5, 7)]
    assert faults.lines == 7


values = st.one_of(
    st.integers(-(2**62), 2**62),
    st.integers(2**53 - 2, 2**53 + 3),
    st.integers(-(2**40), 2**40).map(float),
    st.just(math.nan),
    st.none(),
    st.sampled_from(
        ["", " ", "NULL", "nan", " a ", "12.0", "x,y", "tab\tbed", 'say "no"', "two\nlines", "é", "\\N"]
    ),
)


@given(st.lists(values, min_size=1, max_size=8))
def test_one_item_has_one_key_in_all_formats(tmp_path_factory: pytest.TempPathFactory, column: list) -> None:
    folder = tmp_path_factory.mktemp("formats")
    texts = {}
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        file = io.StringIO()
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("id", "n"), *(("" if value is None else value, "1") for value in column)])
        texts[name] = file.getvalue()
    texts["jsonl"] = "".join(json.dumps({"id": value, "n": 1}) + "\n" for value in column)
    texts["json"] = json.dumps([{"id": value, "n": 1} for value in column])
    found = {}
    for name, text in texts.items():
        path = write(folder, text, name)
        batches = list(read_table(Source(str(path)), ["id"], Faults(strict=False), DialectOptions(quote='"')))
        found[name] = []
        for batch in batches:
            keys, missing = ids(batch.columns[0])
            found[name] += [None if m else k for k, m in zip(keys.strings(), missing.tolist(), strict=True)]
    assert found["tsv"] == found["jsonl"] == found["json"] == found["csv"]
    assert len(found["csv"]) == len(column)
    for key, value in zip(found["csv"], column, strict=True):
        if isinstance(value, int | float) and value == value:  # noqa: PLR0124 - not nan
            assert key == str(int(value))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "written in May\n1,2,3\n4,5,6\n7,8,9\n",
            "no header in its first line, and a table begins in line 2",
        ),
        ("1,2\n1,2,3,4\n5\n6,7,8\n", "names no columns, and its lines have different numbers of fields"),
        ("1\n2,2\n3,3,3,3\n", "is no table: its first line has no fields"),
        ("1\n2\n3\n", "is no table: its first line has no fields"),
        ("1,2\n3,4\n5,6\n", "has no header: its first row is 1, 2"),
    ],
)
def test_why_a_table_names_no_columns(tmp_path: Path, text: str, why: str) -> None:
    assert why in open_table(Source(str(write(tmp_path, text)))).unnamed[0]


def test_many_names_are_cut_short() -> None:
    names = [f"n{number}" for number in range(12)]
    assert joined_names(names[:10]) == ", ".join(names[:10])
    assert joined_names(names) == ", ".join(names[:10]) + " and 2 more"
    assert joined_names(["a" * 30, "b" * 31]) == f"{'a' * 30}, {'b' * 29}…"


def test_a_table_is_not_read_as_lines_of_items(tmp_path: Path) -> None:
    of_two = "u,i\n" + "1,2\n" * 20
    for text in (of_two, "user,item\n1,2\n3,4\n"):
        source = Source(str(write(tmp_path, text)))
        with pytest.raises(InputError, match="is a table, not lines of items: its columns are u"):
            refuse_tables(source, DialectOptions(), "read it otherwise")
        with notices.hear() as told:
            refuse_tables(source, DialectOptions(delimiter=","), "read it otherwise")
        assert "all of them are read as items" in told[0][1]
    for text in ("1,2\n3,4\n" * 20, "u,i\n1,2\n3,4\n", "a b c\nd e\nf\n", "user,item\n1\n2\n3\n"):
        refuse_tables(Source(str(write(tmp_path, text))), DialectOptions(), "read it otherwise")


def test_what_a_table_is_read_as(tmp_path: Path) -> None:
    for text, form in ((CSV, "CSV"), (TSV, "TSV"), (JSON, "JSON lines"), (ARRAY, "a JSON array")):
        assert open_table(Source(str(write(tmp_path, text)))).described == form


@pytest.mark.parametrize(
    ("text", "has_names"),
    [
        ("customer_id,what\nzoe,x\nyan,y\nzed,y\n", True),  # what nothing else is called
        ("customer_id,what\nana,x\nbob,y\nann,y\n", True),
        ("customer_id,what\nana,x,y\ncustomer_id,y\nann,y\n", False),  # what is a value, too
        ("customer_id,what\nana,x,y\nbob\ncustomer_id\n", True),  # in a row of another length
        ("customer_id,what\n", False),
    ],
)
def test_a_name_is_no_value_of_its_column(tmp_path: Path, text: str, has_names: bool) -> None:
    table = open_table(Source(str(write(tmp_path, text))), DialectOptions(delimiter=","))
    assert (table.names == ["customer_id", "what"]) is has_names
