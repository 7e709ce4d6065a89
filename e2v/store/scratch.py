"""Temporary files and folders beside an output, named after it, so that the next run can clear what is dead.

A run that is killed cannot tidy up. What it leaves is called `.e2v-OUTPUT.PID-RANDOM.tmp`: whoever has the
lock of OUTPUT (`e2v.store.lock`), as the next run in the folder has, removes those whose process is gone.
`.old` is the folder that an output is about to replace.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from e2v.store.explain import explained, shown_outside

#: Bytes of an output's name that leave room for the rest of a temporary name in the 255 of a file system.
_LONGEST = 180
_DIGEST = re.compile("[0-9a-f]{32}")
_TEMPORARY = re.compile(r"\.e2v-(.+)\.(\d+)-[0-9a-f]{16}\.(tmp|old)", re.DOTALL)


def mark(target: Path) -> str:
    """What an output is called in the names of what belongs to it: its name, or a digest if that is long.

    What is temporary itself is called as its output.
    """
    if found := _TEMPORARY.fullmatch(target.name):
        return found[1]
    raw = os.fsencode(target.name)
    return target.name if len(raw) <= _LONGEST else hashlib.sha256(raw).hexdigest()[:32]


def temporary_beside(target: Path) -> Path:
    """A path for a new temporary file or folder of this process, beside the output that it belongs to."""
    return target.with_name(f".e2v-{mark(target)}.{os.getpid()}-{os.urandom(8).hex()}.tmp")


@contextlib.contextmanager
def scratch_folder(output: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder beside the output, where there is room for as much as it, gone at the end.

    Raises:
        OutputError: it cannot be made.
    """
    target = Path(os.path.realpath(output))
    folder = temporary_beside(target)
    try:
        with explained(Path(output), target):
            folder.mkdir(mode=0o700)
        with shown_outside(folder, str(output)):
            yield folder
    finally:
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be done."""
    with contextlib.suppress(OSError):  # of a close, which is not among the errors that are ignored
        shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(folder: Path, marked: str, target: Path | None = None) -> None:
    """Remove what runs that were killed have left of an output in a folder.

    marked: what the output is called there, see `mark`. target: the output; None: it is called so, unless
        that is a digest.

    To be called by whoever has its lock. What belongs to a process that lives is left alone, should it
    write without a lock. A folder that was about to be replaced, and was not, comes back.
    """
    if target is None and not _DIGEST.fullmatch(marked):
        target = folder / marked
    with contextlib.suppress(OSError):  # what cannot be cleared is in nobody's way
        for entry in list(os.scandir(folder)):
            found = _TEMPORARY.fullmatch(entry.name)
            if found is None or found[1] != marked or _lives(int(found[2])):
                continue
            if found[3] == "old" and (target is None or not os.path.lexists(target)):
                if target:
                    Path(entry.path).rename(target)
            elif entry.is_dir(follow_symlinks=False):
                remove_folder(Path(entry.path))
            else:
                Path(entry.path).unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    """Whether another process of this number runs; what has our own was left by one before us."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True
