"""Values at the edge of what vectors and counts can be: read as they are, or refused in one line."""

from __future__ import annotations

import json
import pickle
import sqlite3
import struct
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import InputError
from e2v.store import verify
from tests.conftest import Run
from tests.formats.support import read

MARK = b"\xef\xbb\xbf"
ROWS = np.array([[1, 2], [1, 3], [1, 3], [2, 1]], np.float32)


def refused(path: Path, name: str | None = None) -> str:
    with warnings.catch_warnings(), pytest.raises(InputError) as caught:
        warnings.simplefilter("error")
        read(path, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def records(keys: list[bytes], rows: np.ndarray, end: bytes = b"") -> bytes:
    header = b"%d %d\n" % rows.shape
    return header + b"".join(
        key + b" " + row.astype("<f4").tobytes() + end for key, row in zip(keys, rows, strict=True)
    )


class TestRecordsOutOfStep:
    """word2vec's binary format, in which a key ends at its first space."""

    @pytest.mark.parametrize("end", [b"", b"\n"])
    @pytest.mark.parametrize("dim", [2, 3, 50])
    @pytest.mark.parametrize("key", ["new york", "san jose", "the end", "x of y", "ko\u0308ln am rhein"])
    def test_a_key_with_a_space(self, tmp_path: Path, end: bytes, dim: int, key: str) -> None:
        rows = np.random.default_rng(3).normal(size=(40, dim)).astype(np.float32)
        keys = [f"word{row}".encode() for row in range(40)]
        path = tmp_path / "vectors.bin"
        path.write_bytes(records(keys, rows, end))
        assert read(path).keys == keys
        keys[20] = key.encode()
        path.write_bytes(records(keys, rows, end))
        said = refused(path)
        assert "was it written with keys that hold spaces?" in said and (
            "row 2" in said or "more follows" in said
        )

    def test_few_rows(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "v.bin").write_bytes(records([b"new york", b"b", b"c"], ROWS[:3]))
        said = run("import", "v.bin", check=False)
        assert (said.code, said.stdout) == (1, "") and not (tmp_path / "vectors.e2v").exists()
        assert "row 2: the key" in said.stderr and "holds a NUL byte; was it written with" in said.stderr

    def test_the_last_key(self, tmp_path: Path) -> None:
        (tmp_path / "v.bin").write_bytes(records([b"b", b"c", b"d", b"new york"], ROWS))
        assert "more follows after the 4 rows" in (said := refused(tmp_path / "v.bin"))
        assert "keys that hold spaces?" in said

    @pytest.mark.parametrize("encoding", ["latin-1", "koi8-r", "utf-8"])
    def test_keys_of_any_encoding(self, tmp_path: Path, encoding: str) -> None:
        letters = {"latin-1": "aéßü", "koi8-r": "жшюи", "utf-8": "日ж👩é"}[encoding]
        rng = np.random.default_rng(4)
        keys = list({"".join(rng.choice(list(letters), 6)).encode(encoding) for _ in range(500)})
        keys[7] = keys[7][:-1] + b"\xc3"  # word2vec cuts long words, within a character, too
        rows = rng.normal(size=(len(keys), 20)).astype(np.float32)
        (tmp_path / "v.bin").write_bytes(records(keys, rows, b"\n"))
        assert read(tmp_path / "v.bin").keys == keys

    def test_one_number_far_off(self, tmp_path: Path) -> None:
        rows = np.random.default_rng(4).normal(size=(200, 3)).astype(np.float32)
        keys = [b"%d" % row for row in range(200)]
        rows[150, 1] = 1e9  # odd, and possible
        (tmp_path / "v.bin").write_bytes(records(keys, rows))
        assert read(tmp_path / "v.bin").values[150, 1] == np.float32(1e9)
        rows[150, 1] = 1e30
        (tmp_path / "v.bin").write_bytes(records(keys, rows))
        assert "row 151: the numbers of '150' are far off all others" in refused(tmp_path / "v.bin")


@pytest.mark.parametrize("key", ["new york", "são joão", "東京 都"])
def test_text_with_a_space_in_its_first_key_is_text(tmp_path: Path, key: str) -> None:
    (tmp_path / "v.txt").write_text(f"2 2\n{key} 1 2\nb 1 3\n")
    assert read(tmp_path / "v.txt").keys == [key.encode(), b"b"]
    (tmp_path / "v.txt").write_text(f"2 2\n{key} 1\nb 1 3\n")
    assert "line 2" in refused(tmp_path / "v.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\na 1 2\nb 1 3\n",
        b"a 1 2\nb 1 3\n",
        b'{"key": "a", "vector": [1, 2]}\n{"key": "b", "vector": [1, 3]}\n',
    ],
)
def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v").write_bytes(MARK + content)
    found = read(tmp_path / "v")
    assert found.keys == [b"a", b"b"] and found.values.tolist() == [[1, 2], [1, 3]]


def test_a_byte_order_mark_before_the_keys_of_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", ROWS[:2])
    (tmp_path / "vocabulary.txt").write_bytes(MARK + b"a\nb\n")
    assert read(tmp_path / "vectors.npy").keys == [b"a", b"b"]


@pytest.mark.parametrize("count", [-1, 2**63, 2**64, 10**30])
class TestCounts:
    """Counts that `verify` would call damaged are not written."""

    def test_json_lines(self, tmp_path: Path, count: int) -> None:
        line = json.dumps({"key": "a", "vector": [1], "count": count})
        (tmp_path / "v").write_text(line + "\n")
        assert "line 1: its count is no whole number from 0 on" in refused(tmp_path / "v")

    def test_projector(self, tmp_path: Path, count: int) -> None:
        (tmp_path / "tensors.tsv").write_text("1\t2\n")
        (tmp_path / "metadata.tsv").write_text(f"key\tcount\na\t{count}\n")
        assert f"line 2: '{count}' is no count" in refused(tmp_path)

    def test_sqlite(self, tmp_path: Path, count: int) -> None:
        database_with(tmp_path / "v.db", count if count < 2**63 else float(count))
        assert "row 1: " in (said := refused(tmp_path / "v.db")) and "is no count" in said

    def test_fasttext(self, tmp_path: Path, count: int) -> None:
        stored = count if count < 2**63 else -(2**62)
        (tmp_path / "v.bin").write_bytes(fasttext(count=stored))
        assert f"row 1: {stored} is no count" in refused(tmp_path / "v.bin")

    def test_parquet(self, tmp_path: Path, count: int) -> None:
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        kind = arrow.int64() if count < 0 else arrow.uint64()
        value = count if count < 2**64 else 2**64 - 1
        table = {"word": ["a"], "vector": [[1.0]], "count": arrow.array([value], kind)}
        parquet.write_table(arrow.table(table), tmp_path / "v.parquet")
        assert f"row 1: {value} is no count" in refused(tmp_path / "v.parquet")


def test_counts_that_add_up_to_more_than_a_number_holds(tmp_path: Path) -> None:
    lines = [json.dumps({"key": key, "vector": [1], "count": 2**62}) for key in "ab"]
    (tmp_path / "v").write_text(lines[0])
    assert read(tmp_path / "v").counts.tolist() == [2**62]
    assert verify(tmp_path / "v.imported.e2v") == []
    (tmp_path / "v").write_text("\n".join(lines))
    assert "its counts add up to 2^63 or more" in refused(tmp_path / "v")


def database_with(path: Path, count: Any) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE vectors (key TEXT, vector BLOB, count, scale REAL)")
        database.execute("INSERT INTO vectors VALUES ('a', ?, ?, NULL)", (struct.pack("<f", 1), count))


def fasttext(
    buckets: int = 0, count: int = 5, longest: int = 0, shortest: int = 0, further: bytes = b""
) -> bytes:
    """A model of the words `a` and `b`; further: what follows its settings."""
    return (
        struct.pack("<ii", 793712314, 12)
        + struct.pack("<12id", 2, 5, 1, 1, 5, 1, 3, 2, buckets, shortest, longest, 100, 1e-4)
        + further
        + struct.pack("<3i2q", 2, 2, 0, 9, -1)
        + b"".join(key + b"\0" + struct.pack("<qb", count, 0) for key in (b"a", b"b"))
        + struct.pack("<?2q", False, 2, 2)
        + ROWS[:2].tobytes()
        + struct.pack("<?2q", False, 0, 2)
    )


class TestFastText:
    """Models whose sizes are not those of their matrices."""

    @pytest.mark.parametrize("buckets", [-1, -(2**31), 1, 2**31 - 1])
    def test_buckets(self, tmp_path: Path, buckets: int) -> None:
        (tmp_path / "v.bin").write_bytes(fasttext(buckets, longest=6, shortest=3))
        assert f"{buckets:,} buckets of n-grams, but 0 rows" in refused(tmp_path / "v.bin")

    @pytest.mark.parametrize(("shortest", "longest"), [(-1, 6), (9, 3), (3, 2**31 - 1)])
    def test_lengths(self, tmp_path: Path, shortest: int, longest: int) -> None:
        (tmp_path / "v.bin").write_bytes(fasttext(0, longest=longest, shortest=shortest))
        assert f"n-grams of {shortest:,} to {longest:,} characters" in refused(tmp_path / "v.bin")

    @pytest.mark.parametrize("place", [8 + 56, 8 + 56 + 4, 8 + 56 + 8])
    @pytest.mark.parametrize("size", [-1, 2**31 - 1, 3])
    def test_sizes_of_the_dictionary(self, tmp_path: Path, place: int, size: int) -> None:
        content = bytearray(fasttext())
        content[place : place + 4] = struct.pack("<i", size)
        (tmp_path / "v.bin").write_bytes(content)
        assert "truncated or damaged: a dictionary of" in refused(tmp_path / "v.bin")

    @pytest.mark.parametrize("further", [4, 8, 16])
    def test_programs_that_derive_from_it(self, tmp_path: Path, further: int) -> None:
        (tmp_path / "v.bin").write_bytes(fasttext(further=b"\1\0\0\0" * (further // 4)))
        assert "has further settings, as floret" in refused(tmp_path / "v.bin")

    def test_a_cut_file_says_where_it_ends(self, tmp_path: Path) -> None:
        whole = fasttext()
        (tmp_path / "v.bin").write_bytes(whole)
        assert read(tmp_path / "v.bin").keys == [b"a", b"b"]
        (tmp_path / "v.bin").write_bytes(whole[:-20])
        assert "it ends within its input matrix, of which 3 bytes" in refused(tmp_path / "v.bin")
        (tmp_path / "v.bin").write_bytes(whole[:-19])
        said = refused(tmp_path / "v.bin")
        assert "it ends within" in said


def static_model(folder: Path, header: dict[str, Any], data: bytes, tokens: int = 3) -> Path:
    text = json.dumps(header).encode()
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    vocabulary = {f"t{number}": number for number in range(tokens)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}))
    return folder


class TestStaticModels:
    """Safetensors with a mapping of tokens to rows."""

    MATRIX = np.array([[1, 2], [3, 4]], np.float32)

    def made(self, folder: Path, code: str, mapping: np.ndarray) -> Path:
        size = self.MATRIX.nbytes
        header = {
            "embeddings": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, size]},
            "mapping": {"dtype": code, "shape": mapping.shape, "data_offsets": [size, size + mapping.nbytes]},
        }
        return static_model(folder, header, self.MATRIX.tobytes() + mapping.tobytes())

    @pytest.mark.parametrize("code", ["U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"])
    def test_mappings_of_whole_numbers(self, tmp_path: Path, code: str) -> None:
        dtype = np.dtype(f"{code[0].lower()}{int(code[1:]) // 8}")
        found = read(self.made(tmp_path / "model", code, np.array([1, 0, 1], dtype)))
        assert found.values.tolist() == [[3, 4], [1, 2], [3, 4]]
        most = np.array([1, 0, np.iinfo(dtype).max], dtype)
        assert "its mapping names rows that are not there" in refused(
            self.made(tmp_path / "model", code, most)
        )

    @pytest.mark.parametrize(("code", "dtype"), [("BOOL", "?"), ("F32", "f4"), ("F64", "f8"), ("BF16", "u2")])
    def test_mappings_of_others(self, tmp_path: Path, code: str, dtype: str) -> None:
        said = refused(self.made(tmp_path / "model", code, np.array([1, 0, 1], dtype)))
        assert f"its mapping is no row of whole numbers, but 1 dimensions of {code}" in said

    def test_a_mapping_of_two_dimensions(self, tmp_path: Path) -> None:
        said = refused(self.made(tmp_path / "model", "I32", np.array([[1], [0], [1]], "i4")))
        assert "but 2 dimensions of I32" in said

    def test_numbers_that_are_not_read(self, tmp_path: Path) -> None:
        said = refused(self.made(tmp_path / "model", "F8_E4M3", np.zeros(3, "u1")))
        assert "mapping is of F8_E4M3, which is not read" in said

    @pytest.mark.parametrize(
        "entry",
        [
            {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]},
            {"dtype": "F32", "shape": [2, 2], "data_offsets": [-16, 0]},
            {"dtype": "F32", "shape": [1 << 40, 1 << 20], "data_offsets": [0, 1 << 62]},
            {"dtype": "F32", "shape": ["2", 2], "data_offsets": [0, 16]},
        ],
    )
    def test_shapes_and_places_that_cannot_be(self, tmp_path: Path, entry: dict[str, Any]) -> None:
        folder = static_model(tmp_path / "model", {"embeddings": entry}, self.MATRIX.tobytes(), 2)
        assert "is no whole safetensors file" in refused(folder)

    def test_two_tokens_of_one_number(self, tmp_path: Path) -> None:
        entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
        folder = static_model(tmp_path / "model", {"embeddings": entry}, self.MATRIX.tobytes(), 2)
        (folder / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0, "b": 0, "c": 1}}}')
        assert "two tokens have one number" in refused(folder)


class TestParquet:
    """Columns of other types than our own."""

    @pytest.fixture(autouse=True)
    def arrow(self) -> None:
        self.pa = pytest.importorskip("pyarrow")
        self.pq = pytest.importorskip("pyarrow.parquet")

    def write(self, path: Path, keys: Any, vectors: Any = None) -> Path:
        rows = [[1.0, 2.0], [3.0, 4.0]] if vectors is None else vectors
        self.pq.write_table(self.pa.table({"word": keys, "vector": rows}), path)
        return path

    def test_categories(self, tmp_path: Path) -> None:
        keys = self.pa.array(["ü", "b"]).dictionary_encode()
        assert read(self.write(tmp_path / "v.parquet", keys)).keys == ["ü".encode(), b"b"]

    @pytest.mark.parametrize("kind", ["large_string", "string_view"])
    def test_other_strings(self, tmp_path: Path, kind: str) -> None:
        keys = self.pa.array(["ü", "b"]).cast(getattr(self.pa, kind)())
        assert read(self.write(tmp_path / "v.parquet", keys)).keys == ["ü".encode(), b"b"]

    def test_numbers_that_are_whole(self, tmp_path: Path) -> None:
        assert read(self.write(tmp_path / "i.parquet", [7, 12345678901])).keys == [b"7", b"12345678901"]
        assert read(self.write(tmp_path / "f.parquet", [7.0, 12345678901.0])).keys == [b"7", b"12345678901"]
        for odd in (2.5, float("nan"), float("inf")):
            said = refused(self.write(tmp_path / "o.parquet", [7.0, odd]))
            assert f"row 2: {odd} is no key" in said

    @pytest.mark.parametrize("kind", ["int8", "int64", "float64", "float16"])
    @pytest.mark.parametrize("made", ["list_", "large_list", "fixed"])
    def test_vectors_of_other_numbers(self, tmp_path: Path, kind: str, made: str) -> None:
        number = getattr(self.pa, kind)()
        of = self.pa.list_(number, 2) if made == "fixed" else getattr(self.pa, made)(number)
        rows = self.pa.array([[1, 2], [3, 4]], self.pa.list_(self.pa.float32())).cast(of)
        found = read(self.write(tmp_path / "v.parquet", ["a", "b"], rows))
        assert found.vectors.tolist() == [[1, 2], [3, 4]]

    def test_keys_that_are_not_utf8_are_kept(self, tmp_path: Path) -> None:
        parts = [self.pa.py_buffer(np.array([0, 1, 2], np.int32)), self.pa.py_buffer(b"a\xff")]
        keys = self.pa.StringArray.from_buffers(2, *parts)
        assert read(self.write(tmp_path / "v.parquet", keys)).keys == [b"a", b"\xff"]

    def test_numbers_that_are_missing_or_too_large(self, tmp_path: Path) -> None:
        said = refused(self.write(tmp_path / "v.parquet", ["a", "b"], [[1.0, 2.0], [None, 4.0]]))
        assert "row 2: a number is missing" in said
        said = refused(self.write(tmp_path / "v.parquet", ["a", "b"], [[1.0, 2.0], [1e300, 4.0]]))
        assert "row 2: the vector of 'b' is not finite" in said


def test_float64_above_float32(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.array([[1, 2], [1e300, 2]]))
    (tmp_path / "vocabulary.txt").write_text("a\nb\n")
    said = run("import", "vectors.npy", check=False)
    assert (
        said.stderr == "e2v: vectors.npy, row 2: the vector of 'b' is not finite in 32 bits\n"
        and said.code == 1
    )


class Saved:
    """An object with attributes, as gensim saves them."""


def test_documents_that_are_left_out_are_told_of(run: Run, tmp_path: Path) -> None:
    model, words = Saved(), Saved()
    words.__dict__.update(index_to_key=["a", "b"], vectors=ROWS[:2])
    model.__dict__.update(wv=words, dv=Saved())
    (tmp_path / "model").write_bytes(pickle.dumps(model, 4))
    said = run("import", "model", "--progress", "none").stderr
    assert said == "e2v: model holds vectors of documents, too, which are left out: only its words are read\n"
    del model.__dict__["dv"]
    (tmp_path / "model").write_bytes(pickle.dumps(model, 4))
    assert run("import", "model", "--progress", "none").stderr == ""


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "tensors.tsv").write_text("1\t2\n")
    (tmp_path / "metadata.tsv").write_text("key\tkey\na\tb\n")
    assert "2 columns are called key" in refused(tmp_path)


def test_two_tables_of_sqlite_vec(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "v.db")) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        for name in ("first", "second"):
            sql = f"CREATE VIRTUAL TABLE {name} USING vec0(vector float[2])"
            database.execute("INSERT INTO sqlite_master VALUES ('table', ?, ?, 0, ?)", (name, name, sql))
    said = refused(tmp_path / "v.db")
    assert "has 2 tables of vectors: first, second" in said


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html>\n<html><head>", "is an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12345\n", "is a Git LFS pointer"),
        (b"PK\x03\x04" + bytes(30), "is a zip archive"),
        (b"words.txt".ljust(257, b"\0") + b"ustar\00000" + bytes(300), "is a tar archive"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "is an image"),
        (b"\x7fELF" + bytes(20), "is a program"),
        (b"ARROW1\0\0" + bytes(20), "is an Arrow"),
    ],
)
def test_what_holds_no_vectors_is_named(run: Run, tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "data").write_bytes(content)
    for command in ("import data", "info data", "vocab data"):
        if command == "vocab data" and b"<html" in content:
            continue  # a page is a text
        said = run(*command.split(), check=False)
        expected = what if command != "info data" else "is not an .e2v file but" + what.removeprefix("is")
        assert said.code == 1 and f"data {expected}" in said.stderr, said.stderr
        assert said.stderr.count("\n") == 1
