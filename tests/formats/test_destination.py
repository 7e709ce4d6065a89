"""Exports appear whole or not at all, folders too, and never in the place of something else."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import OutputError, UsageError
from e2v.formats import find_format, names, sqlite
from e2v.formats.transfer.exporting import export_vectors
from e2v.store.scratch import clear_leftovers
from tests.formats.support import FOLDERS, exported, read, write

KEYS = [b"a", b"b"]
OLD, NEW = np.eye(2, dtype=np.float32), np.full((2, 2), 0.5, np.float32)


def content(path: Path) -> dict[str, bytes]:
    files = path.iterdir() if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("name", names())
def test_a_failure_leaves_what_was_there(tmp_path: Path, name: str, monkeypatch) -> None:
    path = write(tmp_path / "out", name, KEYS, OLD)
    before = content(path)
    going = exported(KEYS, NEW)

    def fail(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(going), "rows", fail)
    with pytest.raises(KeyboardInterrupt):
        export_vectors(going, path, name)
    with pytest.raises(KeyboardInterrupt):
        export_vectors(going, tmp_path / "new", name)
    assert content(path) == before
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", names())
def test_an_export_takes_the_place_of_an_earlier_one(tmp_path: Path, name: str) -> None:
    write(tmp_path / "out", name, KEYS, OLD)
    path = write(tmp_path / "out", name, KEYS, NEW)
    if name != "e2v":
        np.testing.assert_array_equal(read(path, name).values, NEW)
    assert {file.name for file in tmp_path.iterdir()} <= {"out", "out.imported.e2v"}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "out", name, KEYS, OLD)
    (folder / "thesis.txt").write_text("years of work")
    before = content(folder)
    with pytest.raises(OutputError, match=r"the folder holds thesis\.txt as well; name a new folder"):
        write(folder, name, KEYS, NEW)
    assert content(folder) == before


@pytest.mark.parametrize("name", FOLDERS)
def test_an_empty_folder_and_a_link_to_a_folder_will_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    write(tmp_path / "link", name, KEYS, OLD)
    assert (tmp_path / "link").is_symlink()
    np.testing.assert_array_equal(read(tmp_path / "empty", name).values, OLD)


@pytest.mark.parametrize("name", FOLDERS)
def test_where_a_folder_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(OutputError, match="it is a file, and this format is a folder"):
        write(tmp_path / "file", name, KEYS, NEW)
    with pytest.raises(OutputError, match=r"there is no folder .*nowhere; mkdir -p"):
        write(tmp_path / "nowhere" / "out", name, KEYS, NEW)
    with pytest.raises(UsageError, match="is a folder of files, not a stream"):
        export_vectors(exported(KEYS, NEW), io.BytesIO(), name)
    assert (tmp_path / "file").read_text() == "precious"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def renaming_but(suffixes: set[str]) -> Callable[[Path, Path], Path]:
    """`Path.rename` of a disk that has no room for what has one of these suffixes."""
    rename = Path.rename

    def renamed(self: Path, target: Path) -> Path:
        if self.suffix in suffixes:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    return renamed


def test_the_new_folder_not_taking_the_place_of_the_old_one_brings_that_back(
    tmp_path: Path, monkeypatch
) -> None:
    folder = write(tmp_path / "out", "npy", KEYS, OLD)
    before = content(folder)
    monkeypatch.setattr(Path, "rename", renaming_but({".tmp"}))
    with pytest.raises(OutputError, match="No space left"):
        write(folder, "npy", KEYS, NEW)
    assert content(folder) == before and [file.name for file in tmp_path.iterdir()] == ["out"]


def test_an_old_folder_that_does_not_come_back_is_named_and_comes_back_with_the_next_run(
    tmp_path: Path, monkeypatch
) -> None:
    folder = write(tmp_path / "out", "npy", KEYS, OLD)
    before = content(folder)
    with monkeypatch.context() as full, pytest.raises(OutputError) as caught:
        full.setattr(Path, "rename", renaming_but({".tmp", ".old"}))
        write(folder, "npy", KEYS, NEW)
    (old,) = tmp_path.iterdir()
    assert f"cannot write out: No space left on device; what was there is {old.name}" in str(caught.value)
    assert content(old) == before
    clear_leftovers(tmp_path, "out")
    assert content(folder) == before and list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("name", [name for name in names() if name not in FOLDERS])
def test_a_stream_gets_what_a_file_gets(tmp_path: Path, name: str) -> None:
    out = io.BytesIO()
    export_vectors(exported(KEYS, NEW), out, name)
    assert out.getvalue() == write(tmp_path / "out", name, KEYS, NEW).read_bytes()


@pytest.mark.parametrize("name", names())
def test_numbers_that_a_format_does_not_hold_are_refused(tmp_path: Path, name: str) -> None:
    for dtype in {"float16", "int8"} - set(find_format(name).DTYPES):
        with pytest.raises(UsageError, match=f"{name} holds no {dtype}; dtype can be float32"):
            write(tmp_path / "out", name, KEYS, NEW, dtype)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_read_back_is_a_failure_of_the_disk() -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    with pytest.raises(OSError, match="SQLite says database disk image is malformed"), sqlite._failing():
        raise error
