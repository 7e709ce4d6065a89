"""Columns of Parquet files are the text that other formats would have."""

from __future__ import annotations

import math
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from e2v.errors import InputError, MissingExtraError
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import open_table, read_table

pyarrow: Any = pytest.importorskip("pyarrow", reason="needs the io extra")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs the io extra")


def read(path: Path, *columns: str) -> list[list[str]]:
    batches = list(read_table(Source(str(path)), columns, Faults(strict=True)))
    lines = [line for batch in batches for line in batch.first.tolist()]
    assert lines == list(range(1, len(lines) + 1))
    return [[text for batch in batches for text in batch.columns[n].strings()] for n in range(len(columns))]


def write(path: Path, **columns: Any) -> Path:
    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([12345678901.0, math.nan, None, 1.5], "float64", ["12345678901", "", "", "1.5"]),
        ([1.0, -0.0, math.inf], "float32", ["1", "0", ""]),
        ([0.1, None, 16777216.0], "float32", ["0.1", "", "16777216"]),
        ([2.0, 0.5], "float16", ["2", "0.5"]),
        ([7, None, 2**62], "int64", ["7", "", str(2**62)]),
        ([7, 2**64 - 1], "uint64", ["7", str(2**64 - 1)]),
        ([" a ", None, "日本"], "string", ["a", "", "日本"]),
        (["a", None, "b"], "large_string", ["a", "", "b"]),
        ([date(2024, 2, 29), None], "date32", ["2024-02-29", ""]),
        ([date(2024, 2, 29), None], "date64", ["2024-02-29", ""]),
        (
            [Decimal("12.50"), None, Decimal("-0.10"), Decimal("100.00")],
            "decimal",
            ["12.5", "", "-0.1", "100"],
        ),
        ([Decimal(10**37), Decimal(0), Decimal(120)], "integers", [str(10**37), "0", "120"]),
    ],
)
def test_columns_are_text(tmp_path: Path, values: list[Any], kind: str, texts: list[str]) -> None:
    kinds = {"date32": pyarrow.date32(), "date64": pyarrow.date64()}
    kinds |= {"decimal": pyarrow.decimal128(10, 2), "integers": pyarrow.decimal256(40, 0)}
    array = pyarrow.array(values, kinds.get(kind, kind))
    assert read(write(tmp_path / "table", a=array), "a") == [texts]
    if kind in ("string", "int64"):
        assert read(write(tmp_path / "table", a=array.dictionary_encode()), "a") == [texts]


@pytest.mark.parametrize("kind", ["list", "large list", "list of two"])
def test_each_element_of_a_list_is_a_row(tmp_path: Path, kind: str) -> None:
    element = pyarrow.string()
    lists = {"list": pyarrow.list_(element), "large list": pyarrow.large_list(element)}
    items = [["a", "b"], None, ["c", None], ["d", "e"]] + ([[], ["f"]] if kind in lists else [])
    array = pyarrow.array(items, lists.get(kind, pyarrow.list_(element, 2)))
    path = write(tmp_path / "table", user=list(range(len(items))), items=array)
    found = [
        (line, *texts)
        for batch in open_table(Source(str(path))).rows(("items", "user"), Faults(strict=True), lists="items")
        for line, *texts in zip(
            batch.first.tolist(), *(column.strings() for column in batch.columns), strict=True
        )
    ]
    more = [(6, "f", "5")] if kind in lists else []
    assert found == [
        *[
            (1, "a", "0"),
            (1, "b", "0"),
            (2, "", "1"),
            (3, "c", "2"),
            (3, "", "2"),
            (4, "d", "3"),
            (4, "e", "3"),
        ],
        *more,
    ]
    with pytest.raises(InputError, match="column items is "):
        read(path, "items")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_are_microseconds(tmp_path: Path, unit: str, zone: str | None) -> None:
    array = pyarrow.array([datetime(1970, 1, 2), None], pyarrow.timestamp(unit, zone))
    assert read(write(tmp_path / "table", at=array), "at") == [["86400000000", ""]]


def test_times_of_nanoseconds_are_cut(tmp_path: Path) -> None:
    array = pyarrow.array([1_234_567, 1_999], pyarrow.timestamp("ns"))
    assert read(write(tmp_path / "table", at=array), "at") == [["1234", "1"]]


def test_columns_of_one_name_are_told_by_number(tmp_path: Path) -> None:
    arrays = [pyarrow.array(values) for values in ([1, 2], ["x", "y"], [3, 4])]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, ["a", "b", "a"]), tmp_path / "table")
    assert read(tmp_path / "table", "3", "b", "1") == [["3", "4"], ["x", "y"], ["1", "2"]]
    with pytest.raises(InputError, match="2 columns 'a'; name one by its number: 1, 3"):
        read(tmp_path / "table", "a")


def test_no_rows(tmp_path: Path) -> None:
    assert read(write(tmp_path / "table", a=pyarrow.array([], "string")), "a") == [[]]


def test_text_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    bad = pyarrow.array([b"\xff"], "binary").view("string")
    assert read(write(tmp_path / "table", a=bad), "a") == [["\udcff"]]


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "table", user=pyarrow.array([1]), list=pyarrow.array([[1]]))
    with pytest.raises(InputError, match="no column 'item'"):
        read(path, "user", "item")
    with pytest.raises(InputError, match="column list is list<"):
        read(path, "user", "list")
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="cut cannot be read as Parquet"):
        read(cut, "user")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"needs pyarrow, .*; pip install pyarrow$"):
        read(path, "user")
