"""What is read of word2vec's, GloVe's and fastText's formats besides what we write."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import InputError
from e2v.formats.transfer import row_reader
from e2v.inputs import sources
from tests.formats.support import read

ROWS = np.array([[0.5, -1.25], [4, 8]], np.float32)


def found(tmp_path: Path, content: bytes, name: str | None = None):
    (tmp_path / "data").write_bytes(content)
    return read(tmp_path / "data", name)


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\nthe 0.5 -1.25\nof 4 8\n",
        b"2 2\nthe 0.5 -1.25 \nof 4.000000 8.000000 \n",
        b"2 2\r\nthe 0.5 -1.25\r\nof 4 8\r\n",
        b"2 2 \nthe 0.5 -1.25\nof 4 8",
        b"2 2\nthe\t0.5\t-1.25\nof  +4   8.\n\n\n",
        b"the 5e-1 -.125e+1\nof 4 0.8E1\n",
        b"the 0.5 -1.25 \r\nof 4 8 \r\n\r\n",
    ],
)
def test_texts_may_differ_in_blanks_and_ends_of_lines(tmp_path: Path, content: bytes) -> None:
    vectors = found(tmp_path, content)
    assert vectors.keys == [b"the", b"of"]
    np.testing.assert_array_equal(vectors.values, ROWS)


@pytest.mark.parametrize("between", [b"", b"\n", b"\n\n"])
def test_binary_records_may_have_newlines_between_them(tmp_path: Path, between: bytes) -> None:
    records = [key + b" " + struct.pack("<2f", *row) for key, row in zip((b"the", b"of"), ROWS, strict=True)]
    for content in (between.join(records), between.join(records) + between, between + between.join(records)):
        vectors = found(tmp_path, b"2 2\n" + content)
        assert vectors.keys == [b"the", b"of"]
        np.testing.assert_array_equal(vectors.values, ROWS)


def test_numbers_that_look_like_newlines_and_spaces_are_numbers(tmp_path: Path) -> None:
    (row,) = np.frombuffer(b"\n\n\n\n  \n ", "<f4").reshape(1, 2)
    vectors = found(tmp_path, b"3 2\n" + b"\n".join(key + b" " + row.tobytes() for key in (b"a", b"b", b"c")))
    assert vectors.keys == [b"a", b"b", b"c"]
    np.testing.assert_array_equal(vectors.values, np.tile(row, (3, 1)))


def test_keys_with_spaces_in_published_glove_files(tmp_path: Path) -> None:
    vectors = found(tmp_path, b". . . 0.5 -1.25\nat name@domain.com 4 8\n1 5 0\n")
    assert vectors.keys == [b". . .", b"at name@domain.com", b"1"]
    np.testing.assert_array_equal(vectors.values, [*ROWS, [5, 0]])


def test_a_number_of_glove_may_be_a_key_but_no_header(tmp_path: Path) -> None:
    vectors = found(tmp_path, b"3 0.5 -1.25\n4 4 8\n")
    assert vectors.keys == [b"3", b"4"]
    np.testing.assert_array_equal(vectors.values, ROWS)


def test_a_vocabulary_of_numbers_only_is_read(tmp_path: Path) -> None:
    vectors = found(tmp_path, b"2 2\n1 0.5 -1.25\n2 4 8\n")
    assert vectors.keys == [b"1", b"2"]


def test_compressed_files_are_read(tmp_path: Path) -> None:
    import bz2
    import gzip
    import lzma

    zstandard = [sources.zstd.compress] if sources.zstd else []
    for compress in (gzip.compress, bz2.compress, lzma.compress, *zstandard):
        vectors = found(tmp_path, compress(b"2 2\nthe 0.5 -1.25\nof 4 8\n"))
        np.testing.assert_array_equal(vectors.values, ROWS)


def test_duplicates_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"4 1\na 1\nb 2\na 3\nc 4\n")
    vectors = read(tmp_path / "data", duplicates="first")
    assert vectors.keys == [b"a", b"b", b"c"]
    assert vectors.values[:, 0].tolist() == [1, 2, 4]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_duplicates_are_found_in_any_batch(tmp_path: Path, monkeypatch, batch_size: int) -> None:
    monkeypatch.setattr(row_reader, "_BATCH_SIZE", batch_size)
    (tmp_path / "data").write_bytes(b"6 1\na 1\nb 2\nc 3\nb 4\nd 5\na 6\n")
    vectors = read(tmp_path / "data", duplicates="first")
    assert vectors.keys == [b"a", b"b", b"c", b"d"]
    assert vectors.values[:, 0].tolist() == [1, 2, 3, 5]
    with pytest.raises(InputError, match="line 5: the key 'b' is in line 3 already"):
        read(tmp_path / "data")
