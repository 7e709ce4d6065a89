"""One run at a time for an output, and what killed runs have left."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from e2v.errors import OutputError, UsageError
from e2v.store import Output, atomic_path, refuse_overwriting, reserved, scratch_folder, temporary_folder
from e2v.store.lock import locked

#: Takes the lock of `out`, begins a file and a folder, says so, and waits to be killed.
HOLDER = """
import sys
from pathlib import Path
from e2v.store import atomic_path, scratch_folder
from e2v.store.lock import locked
path = Path(sys.argv[1])
with locked(path, "e2v train"), atomic_path(path) as file, scratch_folder(path) as folder:
    file.write_text("half")
    (folder / "corpus").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def start(out: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout and process.stdout.readline() == b"ready\n"
    return process


def end(process: subprocess.Popen[bytes], number: int) -> None:
    process.send_signal(number)
    process.communicate(timeout=300)


def test_the_second_is_told_who_has_it_and_the_lock_ends_with_a_kill(tmp_path: Path, out: Path) -> None:
    process = start(out)
    try:
        with pytest.raises(OutputError) as caught, locked(out, "e2v svd"):
            pytest.fail("entered")
        line = str(caught.value)
        assert line.startswith(f"{out} is being written by another run: e2v train, process {process.pid} on ")
        assert "since" in line and "name another output" in line
        with locked(tmp_path / "another", "e2v svd"):
            pass
        assert len(names(tmp_path)) == 3  # the other's: its lock, file and folder
    finally:
        end(process, signal.SIGKILL)
    assert len(names(tmp_path)) == 3
    with atomic_path(tmp_path / "out.e2v") as other, locked(out, "e2v svd"):
        assert names(tmp_path) == sorted([other.name, ".e2v-out.lock"])
    assert names(tmp_path) == ["out.e2v"]


def test_the_next_run_in_a_folder_clears_dead_runs_of_other_outputs_and_no_living_ones(
    tmp_path: Path, out: Path
) -> None:
    others = tmp_path / "mine.tmp", tmp_path / ".e2v-notes", tmp_path / ".e2v-mine.1-abc.tmp"
    for other in others:
        other.write_text("precious")
    dead, living = start(tmp_path / "dead"), start(tmp_path / ("long" * 60))
    try:
        end(dead, signal.SIGKILL)
        before = names(tmp_path)
        with locked(out, "e2v svd"):
            left = names(tmp_path)
        assert sum("-dead." in name for name in before) == 3
        assert sorted(left) == sorted(
            {*before, ".e2v-out.lock"} - {name for name in before if "-dead." in name}
        )
    finally:
        end(living, signal.SIGKILL)
    with locked(out, "e2v svd"):
        pass
    assert names(tmp_path) == sorted(other.name for other in others)


def test_who_looks_whether_a_run_is_dead_holds_nobody_up(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = fcntl.flock, []

    def busy(descriptor: int, how: int) -> None:
        tried.append(how)
        if len(tried) < 3:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", busy)
    with locked(out, "e2v svd"):
        assert len(tried) == 3


def test_what_is_written_beside_a_temporary_file_is_cleared_with_it(tmp_path: Path, out: Path) -> None:
    with atomic_path(out) as temporary, atomic_path(temporary) as second:
        assert second.name.startswith(f".e2v-out.{os.getpid()}-")
    assert names(tmp_path) == ["out"]


def test_temporary_folders_of_dead_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rescued, foreign = tmp_path / "e2v-rescued1", tmp_path / "e2v-scratch-file"
    rescued.mkdir()
    foreign.write_text("no folder")
    program = "from e2v.store import temporary_folder as f\nwith f() as g: print(g, flush=True); input()"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(2)
    ]
    dead, living = [Path(run.stdout.readline().decode().strip()) for run in runs if run.stdout]
    (dead / "corpus").write_text("half")
    end(runs[0], signal.SIGKILL)
    with temporary_folder() as folder:
        assert names(tmp_path) == sorted(path.name for path in (rescued, foreign, living, folder))
    end(runs[1], signal.SIGTERM)


def test_two_links_to_a_file_are_one_output(tmp_path: Path, out: Path) -> None:
    (tmp_path / "link").symlink_to("out")
    with (
        locked(out, "e2v train"),
        pytest.raises(OutputError, match="another run"),
        locked(tmp_path / "link", "e2v svd"),
    ):
        pytest.fail("entered")


def test_what_a_live_process_writes_without_a_lock_stays(tmp_path: Path, out: Path) -> None:
    process = start(out)
    try:
        (tmp_path / ".e2v-out.lock").unlink()  # as if the file system had no locks
        before = names(tmp_path)
        with locked(out, "e2v svd"):
            assert names(tmp_path) == sorted([*before, ".e2v-out.lock"])
        assert names(tmp_path) == before
    finally:
        end(process, signal.SIGKILL)


def test_a_lock_that_went_away_while_it_was_taken_is_taken_again(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before removes the file between our opening and our locking it."""
    taken: list[int] = []
    real = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        if not taken:
            (tmp_path / ".e2v-out.lock").unlink()
        taken.append(descriptor)
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(out, "e2v svd"):
        assert len(taken) == 2 and names(tmp_path) == [".e2v-out.lock"]
        with pytest.raises(OutputError, match="another run"), locked(out, "e2v train"):
            pytest.fail("entered")
    assert names(tmp_path) == []


def test_without_locks_a_run_goes_on_and_clears_nothing(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(start(out), signal.SIGKILL)
    (tmp_path / ".e2v-out.lock").unlink()
    before = names(tmp_path)

    def unknown(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unknown)
    with locked(out, "e2v svd"), locked(out, "e2v train"):
        pass
    monkeypatch.undo()
    with locked(out, "e2v svd"):
        pass
    assert len(before) == 2 and names(tmp_path) == []


def test_a_folder_that_was_to_be_replaced_comes_back(tmp_path: Path, out: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    old = tmp_path / f".e2v-out.{gone.pid}-{'0' * 16}.old"
    old.mkdir()
    (old / "vectors.npy").write_text("precious")
    with locked(out, "e2v export"):
        assert (out / "vectors.npy").read_text() == "precious"


def test_the_longest_names_have_room(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 255)
    with locked(long, "e2v train"), atomic_path(long) as file, scratch_folder(long):
        file.write_text("new")
    assert names(tmp_path) == [long.name]


def test_a_folder_without_permission_is_one_line(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*arguments: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", forbidden)
    with (
        pytest.raises(OutputError, match=f"cannot write {out}: the disk of {tmp_path} is read-only"),
        locked(out, "e2v train"),
    ):
        pytest.fail("entered")


@pytest.mark.parametrize("how", ["itself", "symbolic", "hard", "dotted"])
def test_an_output_is_no_input_through_whatever_links(tmp_path: Path, how: str) -> None:
    given = tmp_path / "in"
    given.write_text("precious")
    output = tmp_path / "link"
    if how == "symbolic":
        output.symlink_to(given)
    elif how == "hard":
        output.hardlink_to(given)
    else:
        (tmp_path / "folder").mkdir()
        output = given if how == "itself" else tmp_path / "folder" / ".." / "in"
    with pytest.raises(UsageError, match="is an input and would be overwritten"):
        refuse_overwriting([tmp_path / "new", output], [None, given])
    refuse_overwriting([output], [given], replacing=given)


def test_two_outputs_are_two_files(tmp_path: Path, out: Path) -> None:
    (tmp_path / "link").symlink_to("out")
    with (
        pytest.raises(UsageError, match="cannot hold two outputs at once"),
        reserved("split", [Output(out), Output(tmp_path / "link")], []),
    ):
        pytest.fail("entered")


def test_a_file_of_a_folder_is_no_input(tmp_path: Path, out: Path) -> None:
    out.mkdir()
    (out / "vectors.npy").write_text("precious")
    with (
        pytest.raises(UsageError, match=r"vectors\.npy is an input and would be overwritten"),
        reserved("export", [Output(out, members=("vectors.npy",))], [out / "vectors.npy"]),
    ):
        pytest.fail("entered")
