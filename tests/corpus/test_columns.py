from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from e2v.corpus.columns import Guess, guess_columns
from e2v.errors import InputError, UsageError
from e2v.inputs.sources import Source


def guess(folder: Path, text: str | bytes) -> Guess:
    (folder / "table").write_bytes(text.encode() if isinstance(text, str) else text)
    return guess_columns(Source(str(folder / "table")))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("userId,movieId,rating,timestamp", ("userId", "movieId", "timestamp")),
        ("user,item", ("user", "item", None)),
        ("date\tASIN\treviewer_ID", ("reviewer_ID", "ASIN", "date")),
        ('" uid ","product-id",price', ("uid", "product-id", None)),
        ("Customer Id,iid,time,date", ("Customer Id", "iid", None)),
        ("\ufeffuser,item", ("user", "item", None)),
        ('{"user": 1, "track_id": 2, "timestamp": 3}', ("user", "track_id", "timestamp")),
    ],
)
def test_names_without_doubt(tmp_path: Path, header: str, expected: tuple[str, str, str | None]) -> None:
    assert guess(tmp_path, header + "\n1,2\n") == expected
    assert guess(tmp_path, gzip.compress(header.encode())) == expected


@pytest.mark.parametrize(
    ("header", "listed"),
    [
        ("1,31,2.5", "1, 31, 2.5"),
        ("user,title", "user, title"),
        ("user,userId,item", "user, userId, item"),
        ("user,user,item", "user, user, item"),
        ("user,product_id,asin", "user, product_id, asin"),
        ("users,item", "users, item"),
        ("superuser,item", "superuser, item"),
        ("id,uidid", "id, uidid"),
        (",".join(f"{'x' * 40}{i}" for i in range(12)), f"{'x' * 29}…, {'x' * 29}…, .* and 2 more"),
        (json.dumps({"user": 1}), "user"),
    ],
)
def test_names_that_leave_doubt(tmp_path: Path, header: str, listed: str) -> None:
    with pytest.raises(UsageError, match=f"hold users and items[?] it has {listed}; name them with --user"):
        guess(tmp_path, header + "\n")


def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the io extra")
    import pyarrow

    parquet.write_table(pyarrow.table({"item_id": [1], "user_id": ["a"]}), tmp_path / "table")
    assert guess_columns(Source(str(tmp_path / "table"))) == ("user_id", "item_id", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('"a', "line 1: unexpected end"),
        ('{"user": ', "line 1: Expect"),
    ],
)
def test_no_header_at_all(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        guess(tmp_path, text)


def test_what_was_looked_at_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "table").write_text("user,item\n1,2\n")
    source = Source(str(tmp_path / "table"))
    assert source.peek() == b"user,item\n1,2\n"
    assert b"".join(source.chunks()) == b"".join(source.chunks()) == b"user,item\n1,2\n"
    assert source.position == 14
