"""What is damaged, foreign or wrong is told in one line, with the row or line, and nothing is written."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from e2v.errors import E2VError, InputError
from e2v.formats import names
from tests.formats.support import FOLDERS, READ, read, write

RECORD = struct.pack("<2f", 0.5, 1)
WORDS = b"the 0.5 1\n"


def refused(path: Path, name: str | None) -> str:
    """The message of an import that fails and leaves nothing."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputError) as caught:
        read(path, name)
    assert sorted(path.parent.iterdir()) == before
    assert "\n" not in caught.value.message
    return str(caught.value)


TEXTS = [
    # what is in the file, in what format, what is said
    ("word2vec", b"3 2\nthe 0.5 1\nof 1\na 2 3\n", "line 3: 1 numbers, not 2"),
    ("word2vec", b"2 2\nthe 0.5 1\nof 1 2 3\n", "line 3: 3 numbers, not 2"),
    ("word2vec", b"2 2\nthe 0.5 1\nof 1 nan\n", "line 3: 'nan' is not a finite number"),
    ("word2vec", b"2 2\nthe -inf 1\nof 1 2\n", "line 2: '-inf' is not a finite number"),
    ("word2vec", b"2 2\nthe 1e39 1\nof 1 2\n", "line 2: the vector of 'the' is not finite"),
    ("word2vec", b"2 2\nthe 0.5,1 1\nof 1 2\n", "line 2: '0.5,1' is not a finite number"),
    ("word2vec", b"2 2\nthe 0.5 1\n\nof 1 2\n", "line 3: empty"),
    ("word2vec", b"2 2\nthe 0.5 1\n 1 2\n", "line 3: begins with a blank, not with a key"),
    ("word2vec", b"2 2\nthe 0.5 1\nthe 1 2\n", "line 3: the key 'the' is in line 2 already"),
    ("word2vec", b"3 2\nthe 0.5 1\nof 1 2\n", "is truncated: it holds 2 of the 3 rows that it announces"),
    ("word2vec", b"1 2\nthe 0.5 1\nof 1 2\n", "more rows than the 1 that it announces"),
    ("word2vec", b"0 2\n", "holds no vectors"),
    ("word2vec", b"2 1048577\nthe 1\n", "1,048,577 dimensions, and so a damaged first line"),
    ("word2vec", b"2 0\nthe \nof \n", "holds no vectors"),
    ("word2vec", WORDS, "the first line should be the number of keys and the dimension"),
    ("word2vec", b"x 2\n", "the first line should be"),
    ("word2vec", b"6 4", "is truncated: it holds 0 of the 6 rows"),
    ("glove", b"the 0.5 1\nof 1\n", "line 2: 1 numbers, not 2"),
    ("glove", b"the 0.5 1\nof 1 2 3\n", "line 2: 3 numbers, not 2"),
    ("glove", b"the 0.5 1\nof x 3\n", "line 2: 'x' is not a finite number"),
    ("glove", b"the of a\n", "line 1: no numbers after a key"),
    ("word2vec-binary", b"2 2\nthe " + RECORD + b"\nof " + RECORD[:7], "it ends within row 2 of 2"),
    ("word2vec-binary", b"2 2\nthe " + RECORD + b"\n", "is truncated: it ends within row 2 of 2"),
    ("word2vec-binary", b"1 2\nthe " + RECORD + b"\nof " + RECORD, "more follows after the 1 rows"),
    ("word2vec-binary", b"1 2\nb " + struct.pack("<2f", 1, np.nan), "row 1: the vector of 'b' is"),
    ("word2vec-binary", b"2 2\na " + RECORD + b"a " + RECORD, "row 2: the key 'a' is in row 1 already"),
    ("word2vec-binary", b"\n", "the first line should be"),
    ("jsonl", b'{"key": "a", "vector": [1, 2]}\n{"key": "b", "vector": [1]}\n', "line 2: 1 numbers, not 2"),
    ("jsonl", b'{"key": "a", "vector": [1, 2]}\n{"key": "b"}\n', "line 2: 'vector' is missing; lines"),
    ("jsonl", b'{"key": "a", "vector": [1, true]}\n', "line 1: its vector is no array of numbers"),
    ("jsonl", b'{"key": "a", "vector": [1, NaN]}\n', "line 1: the vector of 'a' is not finite"),
    ("jsonl", b'{"key": "a", "vector": [1, 1e300]}\n', "line 1: the vector of 'a' is not finite"),
    ("jsonl", b'{"key": "a", "vector": [1], "count": 1.5}\n', "line 1: its count is no whole number"),
    ("jsonl", b'{"key": "a", "vector": [1, 2]}\n{"key": "b", "vec', "line 2: "),
    ("jsonl", b'["a", 1]\n', "line 1: "),
    ("fasttext-binary", b"\xba\x16\x4f\x2f", "is truncated or damaged"),
    ("fasttext-binary", struct.pack("<ii", 793712314, 12) + bytes(60), "it ends within its settings"),
    ("fasttext-binary", struct.pack("<ii", 793712314, 10) + bytes(200), "no fastText model of version 11"),
    ("npy", b"\x93NUMPY\x01\x00", "data is damaged"),
    ("npy", b"the 0.5 1\n", "data is no .npy file"),
    ("e2v", b"the 0.5 1\n", "is no .e2v file"),
    ("parquet", b"PAR1", "no whole Parquet file"),
    ("sqlite", b"SQLite format 3\0" + bytes(84), "is damaged or no SQLite database"),
    ("safetensors", b"\x02\0\0\0\0\0\0\0{}", "has no matrix called embeddings"),
    ("safetensors", b"\xff" * 9, "is no whole safetensors file"),
    ("gensim", b"\x80\x04.", "cannot be read safely: damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), TEXTS)
def test_a_file_that_is_wrong(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "WordLevel", "vocab": {"a": 0}}}')
    (tmp_path / "data").write_bytes(content)
    said = refused(tmp_path / "data", name)
    assert message in said and "data" in said


@pytest.mark.parametrize("name", [None, *names()])
def test_an_empty_file(tmp_path: Path, name: str | None) -> None:
    (tmp_path / "data").touch()
    assert "data is empty" in refused(tmp_path / "data", name)


@pytest.mark.parametrize("name", [name for name in names() if name not in (*FOLDERS, "parquet")])
def test_a_folder_in_place_of_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    assert "data is a folder; name a file in it" in refused(tmp_path / "data", name)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_without_the_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    assert ": no such file; " in refused(tmp_path / "data", name)


def test_a_header_without_rows_is_no_key_with_a_number(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"6 4")
    assert "is truncated" in refused(tmp_path / "data", None)


@pytest.mark.parametrize("name", READ)
def test_no_rows_at_all(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "data", name, [], np.empty((0, 3)))
    assert refused(path, name)


@pytest.mark.parametrize("name", [name for name in READ if name not in FOLDERS])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_is_refused_or_has_lost_whole_rows_only(
    name, share: float, tmp_path: Path
) -> None:
    vectors = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    path = write(tmp_path / "data", name, [b"k%d" % row for row in range(20)], vectors)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    try:
        found = read(path, name)
    except E2VError:
        return
    assert name in ("glove", "jsonl", "word2vec", "fasttext", "word2vec-binary", "gensim")
    n = (
        len(found.keys) - 1
    )  # without a header nothing says how many there were; the last may have lost digits
    assert n == 19 or name in ("glove", "jsonl")
    if n:
        np.testing.assert_array_equal(found.values[:n], vectors[:n])


@pytest.mark.parametrize("name", READ)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_are_refused_or_read_without_a_crash(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    vectors = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    path = write(tmp_path / "data", name, [b"k%d" % row for row in range(4)], vectors)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    victim = data.draw(st.sampled_from(files))
    raw = bytearray(victim.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, min(len(raw), 400) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    victim.write_bytes(raw)
    try:
        found = read(path, name)
    except E2VError as error:
        assert "\n" not in error.message
    else:
        assert len(found.keys) and np.isfinite(found.vectors).all()


def alter(path: Path, change: Callable[[dict], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return write(tmp_path / "folder", request.param, [b"a", b"b"], np.eye(2))


@pytest.mark.parametrize("folder", ["npy"], indirect=True)
def test_arrays_that_do_not_go_together(folder: Path) -> None:
    (folder / "vocabulary.txt").write_text("a\nb\nc\n")
    assert "2 vectors, but 3 keys" in refused(folder, None)
    (folder / "vocabulary.txt").unlink()
    assert "vocabulary.txt: no such file" in refused(folder, None)
    np.save(folder / "vectors.npy", np.array(["a", "b"], object), allow_pickle=True)
    assert "is damaged" in refused(folder, None) and "Python objects" in refused(folder, None)
    (folder / "vocabulary.txt").write_text("a\nb\n")
    np.save(folder / "vectors.npy", np.array([1, 2]))
    assert "has 1 dimensions" in refused(folder, None)
    np.save(folder / "vectors.npy", np.array([[1], [2]]))
    assert "vectors of int64" in refused(folder, None)
    np.save(folder / "vectors.npy", np.array([[1], [np.inf]]))
    assert "row 2: the vector of 'b' is not finite" in refused(folder, None)
    (folder / "vectors.npy").unlink()
    assert refused(folder, "npy")


@pytest.mark.parametrize("folder", ["projector"], indirect=True)
def test_tables_that_do_not_go_together(folder: Path) -> None:
    (folder / "metadata.tsv").write_text("a\n")
    assert "more rows than keys" in refused(folder, None)
    (folder / "metadata.tsv").write_text("a\nb\nc\n")
    assert "is truncated: it has fewer rows" in refused(folder, None)
    (folder / "metadata.tsv").write_text("key\tcount\na\tmany\nb\t1\n")
    assert "metadata.tsv, line 2: " in refused(folder, None)
    (folder / "metadata.tsv").write_text("key\tcount\na\nb\t1\n")
    assert "metadata.tsv, line 2: " in refused(folder, None)
    (folder / "metadata.tsv").write_text("a\nb\n")
    (folder / "tensors.tsv").write_text("1\t2\nx\t2\n")
    assert "line 2: 'x' is not a finite number" in refused(folder, None)
    (folder / "metadata.tsv").unlink()
    assert "metadata.tsv: no such file" in refused(folder, None)


@pytest.mark.parametrize("folder", ["safetensors"], indirect=True)
def test_a_static_model_whose_parts_do_not_go_together(folder: Path) -> None:
    tokenizer = folder / "tokenizer.json"
    alter(tokenizer, lambda document: document["model"]["vocab"].update(c=3))
    assert "3 vectors, but 4 keys" in refused(folder, None)
    alter(tokenizer, lambda document: document["model"]["vocab"].update(c=9))
    assert "tokenizer.json does not number tokens from 0 on" in refused(folder, None)
    tokenizer.unlink()
    assert "tokenizer.json: no such file" in refused(folder, None)


def test_databases_with_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "data"

    def said(*statements: str) -> str:
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as database, database:
            for statement in statements:
                database.execute(statement)
        return refused(path, None)

    table = "CREATE TABLE vectors (key TEXT, vector BLOB, count INTEGER, scale REAL)"
    assert "has no table vectors" in said("CREATE TABLE words (word TEXT)")
    assert "holds no vectors" in said(table)
    assert "row 2: no key, or no vector of 1 float32" in said(
        table, "INSERT INTO vectors VALUES ('a', x'00000000', 1, NULL), ('b', x'0000', 1, NULL)"
    )
    assert "row 2: no key" in said(
        table, "INSERT INTO vectors VALUES ('a', x'00000000', 1, NULL), (NULL, x'00000000', 1, NULL)"
    )
    assert "some vectors have a scale" in said(
        table, "INSERT INTO vectors VALUES ('a', x'00000000', 1, NULL), ('b', x'00000000', 1, 2.0)"
    )


@pytest.mark.parametrize("quantised", ["pruned", "matrix"])
def test_quantised_models_of_fasttext(tmp_path: Path, quantised: str) -> None:
    path = write(tmp_path / "data", "fasttext-binary", [b"a"], np.ones((1, 2)))
    raw = bytearray(path.read_bytes())
    dictionary = 8 + 56 + 12 + 8
    words = dictionary + 8
    if quantised == "pruned":
        raw[dictionary : dictionary + 8] = struct.pack("<q", 3)
    else:
        raw[words + 2 + 9] = 1
    path.write_bytes(raw)
    assert "is a quantised model; use the .bin file" in refused(path, None)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_that_is_several_does_not_come_from_a_pipe(tmp_path: Path, name: str) -> None:
    if name == "safetensors":
        content = (write(tmp_path / "f", name, [b"a"], np.ones((1, 1))) / "model.safetensors").read_bytes()
    elif name == "npy":
        content = (write(tmp_path / "f", name, [b"a"], np.ones((1, 1))) / "vectors.npy").read_bytes()
    else:
        content = b"1\t2\n"
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "data").write_bytes(content)
    assert "no such file" in refused(tmp_path / "alone" / "data", None)
