"""One run at a time for an output: a lock on a small file beside it, which ends with the process.

The lock is the system's (flock) and the file only its place: when a process dies, however it does, its lock
is gone, so that a file which was left behind stops nobody; and says that its run is dead, so that the next
run in the same folder removes what that one has left. Where there is no flock (some network file
systems, Windows) runs are not kept apart, and what killed runs have left is not cleared.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from e2v.errors import OutputError
from e2v.store.explain import explained
from e2v.store.scratch import clear_leftovers, mark

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: How often, and after how many seconds each, to look who has the lock: it is taken before it is signed.
_LOOKS, _PAUSE = 20, 0.05
#: How often to try to take it: who looks whether a run is dead has its lock for a moment.
_TRIES = 4
_NAME = re.compile(r"\.e2v-(.+)\.lock", re.DOTALL)


@contextlib.contextmanager
def locked(output: Path, command: str) -> Iterator[None]:
    """Have `output` to ourselves until the block ends; what killed runs have left in its folder is removed.

    command: what to tell others that we are, as "e2v train".

    Raises:
        OutputError: another run has it, or nothing can be written in its folder.
    """
    target = Path(os.path.realpath(output))
    path = target.with_name(f".e2v-{mark(target)}.lock")
    descriptor, owned = _acquire(path, output, target, command)
    try:
        if owned:
            clear_leftovers(target.parent, mark(target), target)
            _clear_dead_runs(target.parent, path.name)
        yield
    finally:
        # While it is still ours: whoever has opened it sees that it is no longer there. Where the system
        # cannot lock it is nobody's.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path, output: Path, target: Path, command: str) -> tuple[int, bool]:
    """The file of the lock, open, and whether it is locked: not where the system cannot."""
    while True:
        with explained(output, target):
            descriptor = _open(path)
        try:
            owned = _take(descriptor, path, output, command)
            if not owned or is_at(descriptor, path):
                return descriptor, owned
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # who had it has removed it meanwhile


def _open(path: Path) -> int:
    """The file of the lock, made if it is not there; somebody else's may be one to read only."""
    flags = getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o666)
    except PermissionError:
        try:
            return os.open(path, os.O_RDONLY | flags)
        except FileNotFoundError:
            pass
        raise


def take(descriptor: int) -> bool | None:
    """Lock an open file or folder if nobody else has; None where the system cannot."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _take(descriptor: int, path: Path, output: Path, command: str) -> bool:
    """Lock and sign the file; False if the system cannot lock it."""
    for left in reversed(range(_TRIES)):
        if owned := take(descriptor):
            break
        if owned is None:
            return False
        if left:
            time.sleep(_PAUSE)
    else:
        raise OutputError(
            f"{output} is being written by another run{_owner(path)}", "wait for it, or name another output"
        )
    about = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "command": command,
    }
    with contextlib.suppress(OSError):  # a full disk: the lock holds without
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(about).encode(), 0)
    return True


def is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that is found under this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except OSError:
        return False


def _clear_dead_runs(folder: Path, ours: str) -> None:
    """Remove what killed runs have left of other outputs in this folder, and their locks.

    ours: the name of the lock that we have.
    """
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            found = _NAME.fullmatch(entry.name)
            if found and entry.name != ours:
                with contextlib.suppress(OSError):
                    _clear_if_dead(Path(entry.path), found[1])


def _clear_if_dead(path: Path, marked: str) -> None:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        if take(descriptor) and is_at(descriptor, path):
            clear_leftovers(path.parent, marked)
            path.unlink()
    finally:
        os.close(descriptor)


def _owner(path: Path) -> str:
    """Who has the lock, as far as that is known."""
    for _ in range(_LOOKS):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            about = json.loads(path.read_bytes())
            return f": {about['command']}, process {about['pid']} on {about['host']} since {about['since']}"
        time.sleep(_PAUSE)
    return ""
