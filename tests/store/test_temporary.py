from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from e2v.errors import OutputError
from e2v.store import atomic_path, temporary
from e2v.store.temporary import kept_folder, temporary_folder


@pytest.fixture(autouse=True)
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_folder_is_kept_when_the_work_ends_well(tmp_path: Path) -> None:
    keep = tmp_path / "new" / "kept"
    for _ in range(2):  # the second finds an empty folder
        with kept_folder(keep) as folder:
            assert folder != keep and folder.parent == keep.parent
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "made").write_text("whole")
        assert (keep / "made").read_text() == "whole"
        assert keep.stat().st_mode & 0o777 == 0o750
        assert list(keep.parent.iterdir()) == [keep]
        (keep / "made").unlink()


def test_a_folder_is_not_kept_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), kept_folder(tmp_path / "kept") as folder:
        (folder / "made").write_text("half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_an_error_names_what_will_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(folder: Path, name: str) -> None:
        with atomic_path(folder / name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    keep = tmp_path / "to keep"
    with pytest.raises(OutputError) as raised, kept_folder(keep) as folder:
        write(folder, "model of it.e2v")
    full = "No space left on device; make room on the disk of"
    assert str(raised.value) == f"cannot write {keep}: {full} {keep.parent}"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OutputError) as raised, temporary_folder() as folder:
        write(folder, "x")
    assert str(raised.value) == f"cannot write a temporary file in {tmp_path}: {full} {tmp_path}"
    with pytest.raises(OutputError, match=r"^elsewhere; try it$"), kept_folder(keep):
        raise OutputError("elsewhere", "try it")


def test_what_a_folder_holds_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    for keep in (tmp_path, tmp_path / "mine"):
        with pytest.raises(OutputError, match="name a new or an empty folder"), kept_folder(keep):
            pytest.fail("entered")
    assert (tmp_path / "mine").read_text() == "precious"


def test_without_a_name_it_is_a_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with kept_folder(None) as folder:
        assert folder.parent == tmp_path and folder.is_dir()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_another_run_has_taken_for_a_dead_ones_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answers = [False, None]  # the second: there are no locks
    monkeypatch.setattr(temporary, "take", lambda descriptor: answers.pop(0))
    with temporary_folder() as folder:
        assert not answers and len(list(tmp_path.iterdir())) == 2
    (other,) = tmp_path.iterdir()
    assert other != folder


def test_a_folder_that_cannot_be_opened_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def without_descriptors(path: Path, flags: int) -> int:
        assert path.parent == tmp_path and path.is_dir()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(temporary.os, "open", without_descriptors)
    with pytest.raises(OutputError, match="Too many open files"), temporary_folder():
        pytest.fail("entered")
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())
