from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import e2v.formats
from e2v.errors import ForeignFileError, InputError, UsageError
from e2v.formats import find_format, names, sniff
from e2v.formats.transfer.input_files import InputFiles
from tests.formats.support import READ, read, write

#: Formats whose files are those of another, by which they are known.
SAME = {"fasttext": "word2vec", "gensim": "word2vec-binary"}


def test_the_formats_are_those_that_were_promised() -> None:
    assert set(names()) == {
        "e2v", "fasttext", "fasttext-binary", "gensim", "glove", "jsonl", "npy", "parquet", "projector",
        "safetensors", "sqlite", "word2vec", "word2vec-binary",
    }  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_every_name_is_a_module_that_explains_itself(name: str) -> None:
    module = find_format(name)
    assert module.DTYPES[0] == "float32" and len(set(module.FILES)) == len(module.FILES)
    assert sys.modules[f"e2v.formats.{name.replace('-', '_')}"].__doc__


def test_a_module_is_all_that_a_format_takes(tmp_path, monkeypatch) -> None:
    (tmp_path / "shouted_keys.py").write_text("def write(vectors, to):\n    pass\n")
    monkeypatch.setattr(e2v.formats, "__path__", [*e2v.formats.__path__, str(tmp_path)])
    assert "shouted-keys" in names()
    assert find_format("shouted-keys").write is not None
    monkeypatch.delitem(sys.modules, "e2v.formats.shouted_keys")


@pytest.mark.parametrize("name", ["nothing", "transfer", "word2vec_binary", ""])
def test_other_names_are_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match="word2vec, word2vec-binary"):
        find_format(name)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dim", [1, 2, 300])
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str, dim: int) -> None:
    rng = np.random.default_rng(dim)
    keys = [b"the", "日本".encode(), b"1", b"-2.5", b"e"]
    path = write(tmp_path / "data", name, keys, rng.normal(size=(5, dim)))
    with InputFiles(str(path)) as inputs:
        assert sniff(inputs) == SAME.get(name, name)


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_whether_its_format_is_named_or_not(tmp_path: Path, name: str) -> None:
    vectors = np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)
    path = write(tmp_path / "data", name, [b"a", b"b", b"c"], vectors)
    for named in (name, None):
        found = read(path, named)
        assert found.keys == [b"a", b"b", b"c"]
        np.testing.assert_array_equal(found.values, vectors)


def test_what_is_ours_needs_no_import(tmp_path: Path) -> None:
    path = write(tmp_path / "slim.e2v", "e2v", [b"a"], np.ones((1, 2)))
    with pytest.raises(InputError, match=r"is an \.e2v file already"):
        read(path)


@pytest.mark.parametrize("content", [b"the quick brown fox\n", bytes(200), b"a\tb\n", b"x"])
def test_what_is_in_no_format_is_said_to_be(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(ForeignFileError, match="in no format that is known; from_ says"):
        read(tmp_path / "data")


def test_a_folder_of_something_else_is_in_no_format(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("the 0.5 1\n")
    with pytest.raises(ForeignFileError, match="in no format"):
        read(tmp_path / "folder")
