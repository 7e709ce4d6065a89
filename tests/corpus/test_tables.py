"""Tables of every format give the same columns; rows that cannot be read are noted with their lines."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from e2v.corpus.tables import Faults, lines_of, read_table
from e2v.errors import InputError, MissingExtraError
from e2v.inputs.sources import Source

ROWS = [("1", "Heat, the film"), ("2", 'said "no"'), ("ü", "日本"), ("bad\udcff", "x")]


def write(folder: Path, content: str | bytes, name: str = "table") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return path


def read(path: Path, columns: Sequence[str] = ("id", "title"), faults: Faults | None = None):
    """The rows and their lines."""
    batches = list(read_table(Source(str(path)), columns, faults or Faults(strict=True)))
    rows = [row for batch in batches for row in zip(*batch.columns, strict=True)]
    return rows, [line for batch in batches for line in batch.lines]


CSV = 'title,n,id\n"Heat, the film",0,1\n"said ""no""",0,2\n日本,0,ü\nx,0,bad\udcff\n'
TSV = 'title\tn\tid\nHeat, the film\t0\t1\nsaid "no"\t0\t2\n日本\t0\tü\nx\t0\tbad\udcff\n'
JSON = (
    '{"id": 1, "title": "Heat, the film", "more": [1]}\n\n{"title": "said \\"no\\"", "id": "2"}\n'
    '{"id": "\\u00fc", "title": "日本"}\n{"id": "bad\udcff", "title": "x"}'
)


@pytest.mark.parametrize("text", [CSV, CSV.replace("\n", "\r\n"), "\ufeff" + CSV, TSV, JSON, "\n" + JSON])
def test_every_format_gives_the_same(tmp_path: Path, text: str) -> None:
    rows, _ = read(write(tmp_path, text))
    assert rows == ROWS


def test_compressed_and_in_small_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, gzip.compress((TSV * 1).encode("utf-8", "surrogateescape")))
    monkeypatch.setattr(Source.chunks, "__defaults__", (7,))
    monkeypatch.setattr("e2v.corpus.tables._ROWS_AT_ONCE", 3)
    assert read(path)[0] == ROWS


def test_columns_by_number_have_no_header(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,c\nd,e,f\n")
    assert read(path, ("3", "1")) == ([("c", "a"), ("f", "d")], [1, 2])
    with pytest.raises(InputError, match="numbered from 1 to 3"):
        read(path, ("4", "1"))
    with pytest.raises(InputError, match="numbered from 1 to 3"):
        read(path, ("0", "1"))


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'titel'; there are title, n, id"):
        read(write(tmp_path, CSV), ("id", "titel"))
    with pytest.raises(InputError, match="is empty"):
        read(write(tmp_path, " \n"))


def test_rows_that_cannot_be_read_are_noted(tmp_path: Path) -> None:
    faults = Faults(strict=False)
    text = 'id,title\n1,a\n2\n\n3,"two\nlines"\n4,b,c\n5,"x"y\n6,c\n7,"never closed\n8,d\n'
    rows, lines = read(write(tmp_path, text), faults=faults)
    assert rows == [("1", "a"), ("3", "two\nlines"), ("6", "c")]
    assert lines == [2, 6, 9]
    assert faults.count == 4
    assert [told.rpartition("line ")[2] for told in faults.first] == [
        "3: expected 2 fields, got 1",
        "7: expected 2 fields, got 3",
        "8: ',' expected after '\"'",
        "11: unexpected end of data",
    ]
    with pytest.raises(InputError, match=r"table, line 3: expected 2 fields, got 1$"):
        read(tmp_path / "table")


def test_json_that_is_no_row(tmp_path: Path) -> None:
    faults = Faults(strict=False)
    text = (
        '{"id":1,"title":"a"}\n[1]\n{"id":1\n{"id":true,"title":"b"}\n{"id":2}\n{"id":"\\ud800","title":""}\n'
    )
    rows, _ = read(write(tmp_path, text + "[" * 100_000), faults=faults)
    assert rows == [("1", "a")]
    assert faults.count == 6
    assert [told.rpartition("line ")[2] for told in faults.first] == [
        "2: not a JSON object",
        "3: not a JSON object",
        "4: id is no text and no number",
        "5: title is no text and no number",
        "6: id is no text and no number",
    ]


def test_the_first_faults_are_kept_in_the_order_of_lines() -> None:
    faults = Faults(strict=False)
    source = Source("-")
    for line in (9, 3, 7, 1, 8, 5, 2):
        faults.add(source, line, "odd")
    assert faults.first == [f"stdin, line {line}: odd" for line in (1, 2, 3, 5, 7)]
    assert faults.count == 7


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_do_not_depend_on_the_chunks(size: int) -> None:
    text = "a\n\nü\r\n\x0bb\u2028c\nend".encode() + b"\xff"
    chunks = [text[first : first + size] for first in range(0, len(text), size)]
    assert list(lines_of(chunks)) == ["a\n", "\n", "ü\r\n", "\x0bb\u2028c\n", "end\udcff"]
    assert list(lines_of([b"a\n"])) == ["a\n"]


class TestParquet:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")

        table = pyarrow.table(
            {
                "user": pyarrow.array([7, 8, None, 9], pyarrow.int64()),
                "title": pyarrow.array(["a", "日本", "x", None]).dictionary_encode(),
                "at": pyarrow.array([3, 2, 1, 0], pyarrow.timestamp("us")),
                "list": pyarrow.array([[1], [2], [3], [4]]),
            }
        )
        parquet.write_table(table, tmp_path / "table.parquet", row_group_size=3)
        return tmp_path / "table.parquet"

    def test_columns_are_text(self, path: Path) -> None:
        faults = Faults(strict=False)
        rows, lines = read(path, ("user", "title", "at"), faults)
        assert rows == [
            ("7", "a", "1970-01-01 00:00:00.000003"),
            ("8", "日本", "1970-01-01 00:00:00.000002"),
        ]
        assert lines == [1, 2]
        assert [told.rpartition("line ")[2] for told in faults.first] == [
            "3: user is null",
            "4: title is null",
        ]

    def test_what_cannot_be_read(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(InputError, match="no column 'item'; there are user, title, at, list"):
            read(path, ("user", "item"))
        with pytest.raises(InputError, match=r"cannot be read as Parquet: .*list"):
            read(path, ("user", "list"))
        cut = write(path.parent, path.read_bytes()[:-9], "cut")
        with pytest.raises(InputError, match="cut cannot be read as Parquet"):
            read(cut, ("user", "title"))
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(MissingExtraError, match=r"reading Parquet needs the \[io\] extra"):
            read(path, ("user", "title"))
