from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2v.store import scratch
from e2v.store.scratch import clear_leftovers, mark, temporary_beside

DEAD, LIVING = 2**22 + 1, 1  # the first is more than Linux gives


def leftover(folder: Path, marked: str, pid: int, kind: str) -> Path:
    path = folder / f".e2v-{marked}.{pid}-{'0' * 16}.{kind}"
    path.mkdir()
    (path / "content").write_text("before")
    return path


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_was_not_replaced_comes_back(tmp_path: Path, is_there: bool) -> None:
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
        (out / "content").write_text("after")
    leftover(tmp_path, "out", DEAD, "old")
    clear_leftovers(tmp_path, "out")
    assert list(tmp_path.iterdir()) == [out]
    assert (out / "content").read_text() == ("after" if is_there else "before")


def test_a_folder_stays_where_nobody_knows_whose_it_was(tmp_path: Path) -> None:
    old = leftover(tmp_path, "0" * 32, DEAD, "old")
    leftover(tmp_path, "0" * 32, DEAD, "tmp")
    clear_leftovers(tmp_path, "0" * 32)
    assert list(tmp_path.iterdir()) == [old]
    clear_leftovers(tmp_path, "0" * 32, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_what_belongs_to_the_living_or_to_others_stays(tmp_path: Path) -> None:
    kept = [leftover(tmp_path, "out", LIVING, "tmp"), leftover(tmp_path, "other", DEAD, "tmp")]
    leftover(tmp_path, "out", os.getpid(), "tmp")
    (tmp_path / f".e2v-out.{DEAD}-{'1' * 16}.tmp").write_text("half")
    clear_leftovers(tmp_path, "out")
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_a_long_name_is_marked_by_its_digest(tmp_path: Path) -> None:
    assert mark(tmp_path / ("x" * 180)) == "x" * 180
    for name in ("x" * 181, "é" * 91):
        marked = mark(tmp_path / name)
        assert scratch._DIGEST.fullmatch(marked)
        assert mark(temporary_beside(tmp_path / name)) == marked
