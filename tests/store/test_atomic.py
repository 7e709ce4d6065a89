from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2v.errors import OutputError
from e2v.store import atomic, atomic_path

ROOT = os.geteuid() == 0


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def put(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with atomic_path(target) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_an_exception_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    with pytest.raises(error), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_interrupted_while_the_temporary_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create_then_interrupt(descriptor: int) -> None:
        real_close(descriptor)
        raise KeyboardInterrupt

    real_close = os.close
    monkeypatch.setattr(os, "close", create_then_interrupt)
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path / "out", "new")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_gets_the_umask(tmp_path: Path, umask: None) -> None:
    put(tmp_path / "out", "new")
    assert mode(tmp_path / "out") == 0o640


@pytest.mark.parametrize("bits", [0o600, 0o644, 0o664, 0o751])
def test_permission_bits_are_kept(tmp_path: Path, umask: None, bits: int) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    target.chmod(bits)
    with atomic_path(target) as temporary:
        assert mode(temporary) == 0o600  # nobody reads over our shoulder what the target hides
        temporary.write_text("new")
    assert mode(target) == bits
    assert target.read_text() == "new"


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_a_link(tmp_path: Path, dangling: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real", tmp_path / "link"
    if not dangling:
        real.write_text("old")
    link.symlink_to(real)
    with atomic_path(link) as temporary:
        assert temporary.parent == real.parent
        temporary.write_text("new")
    assert link.is_symlink() and not real.is_symlink()
    assert real.read_text() == "new"
    assert list(real.parent.iterdir()) == [real]


def test_the_longest_names_have_room(tmp_path: Path) -> None:
    put(tmp_path / ("x" * 255), "new")
    assert (tmp_path / ("x" * 255)).read_text() == "new"


def test_synced_then_renamed_then_folder_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        events.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        events.append("rename")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    put(tmp_path / "out", "new")
    assert events == ["file", "rename", "folder"]


def refusal(path: Path) -> str:
    """The one line that a refused target gives; the block must not be entered."""
    with pytest.raises(OutputError) as caught, atomic_path(path):
        pytest.fail("entered")
    line = str(caught.value)
    assert str(path) in line and "\n" not in line
    return line


def test_a_missing_folder(tmp_path: Path) -> None:
    line = refusal(tmp_path / "no" / "such" / "out")
    assert f"there is no folder {tmp_path / 'no' / 'such'}; mkdir -p" in line


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'} is a file, not a folder" in refusal(tmp_path / "file" / "out")


def test_a_folder(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/stdout", "/dev/fd/1"])
def test_a_device(path: str) -> None:
    assert "a pipe or device" in refusal(Path(path))


def test_a_redirected_stdout_is_not_replaced(tmp_path: Path) -> None:
    """It leads to a regular file, which holds what else was printed."""
    program = (
        "from e2v.store import atomic_path\nwith atomic_path('/dev/stdout') as path: path.write_text('new')"
    )
    with (tmp_path / "out").open("w") as stdout:
        result = subprocess.run([sys.executable, "-c", program], stdout=stdout, stderr=subprocess.PIPE)
    assert b"a pipe or device" in result.stderr
    assert (tmp_path / "out").read_text() == ""


def test_a_named_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe or device" in refusal(tmp_path / "pipe")


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert "cannot write" in refusal(tmp_path / "a")


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if ROOT:  # nothing is forbidden to root: play it
        monkeypatch.setattr(os, "open", forbidden)
    tmp_path.chmod(0o500)
    try:
        assert f"no permission to write in {tmp_path}" in refusal(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def forbidden(*arguments: object) -> int:
    raise PermissionError(13, "Permission denied")


def test_a_protected_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    target.chmod(0o400)
    if ROOT:
        monkeypatch.setattr(os, "access", lambda path, wanted: False)
    assert "write-protected; chmod u+w" in refusal(target)
    assert target.read_text() == "old"


def test_a_file_of_a_disk_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which no chmod makes writable."""

    def refuse(*arguments: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    target = tmp_path / "out"
    target.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, wanted: False)
    monkeypatch.setattr(os, "open", refuse)
    assert f"the disk of {tmp_path} is read-only; name a file in another folder" in refusal(target)


def test_no_room_for_what_is_written(tmp_path: Path) -> None:
    """A real failing write: the process may not write files of more than 1000 bytes for a moment."""
    target = tmp_path / "out"
    target.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OutputError) as caught, atomic_path(target) as temporary:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
            temporary.write_bytes(b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert f"cannot write {target}: File too large; raise the limit on the length" in str(caught.value)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_other_failures_of_the_block_are_not_the_targets(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "out"):
        (tmp_path / "input").read_text()


def test_a_folder_that_cannot_be_replaced_comes_back(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError):
        atomic._replace_folder(tmp_path / "out", tmp_path / "new.tmp")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
