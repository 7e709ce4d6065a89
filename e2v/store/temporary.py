"""Folders to work in: where the system keeps temporary files, or where one is to be kept in the end.

A run has the lock of its temporary folder for as long as it lives, however it ends; so the next run
removes what can be locked, which is a dead run's. Where the system cannot lock a folder, none is removed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from e2v.errors import OutputError
from e2v.store.atomic import refuse_working_folder
from e2v.store.explain import shown_outside
from e2v.store.lock import is_at, locked, take
from e2v.store.scratch import remove_folder, scratch_folder

#: Not that of `e2v.store.rescue`: what is there is kept.
_PREFIX = "e2v-scratch-"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder that nobody else may read, gone at the end.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        base = Path(tempfile.gettempdir())
        _clear_dead(base)
        folder, descriptor = _new(base)
    except OSError as error:
        raise OutputError(
            f"cannot make a temporary folder: {error.strerror or error}",
            "set TMPDIR to one that can be written",
        ) from error
    try:
        with shown_outside(folder, f"a temporary file in {base}"):
            yield folder
    finally:
        remove_folder(folder)
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def kept_folder(keep: Path | None) -> Iterator[Path]:
    """A folder to work in, which becomes `keep` when the block ends well; None: it is gone at the end.

    keep: new, or an empty folder.

    Raises:
        OutputError: it cannot be made, or holds something, or is the one that commands run in.
    """
    if keep is None:
        with temporary_folder() as folder:
            yield folder
        return
    elsewhere = "name a new or an empty folder"
    try:
        if keep.exists() and any(keep.iterdir()):
            raise OutputError(f"{keep} is not empty", elsewhere)
        refuse_working_folder(keep)
        keep.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{keep}: {error.strerror}", elsewhere) from error
    with locked(keep, "e2v"), scratch_folder(keep) as folder:
        yield folder
        try:
            folder.chmod(0o777 & ~_umask())
            folder.rename(os.path.realpath(keep))  # an empty one gives way
        except OSError as error:
            raise OutputError(f"{keep}: {error.strerror}", elsewhere) from error


def _umask() -> int:
    """What is taken from the permissions of new files; it can be read by setting it only."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _new(base: Path) -> tuple[Path, int]:
    """A folder, and the descriptor of it that has its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another run has taken it for a dead one's, before it was locked
            continue
        except OSError:
            with contextlib.suppress(OSError):
                folder.rmdir()
            raise
        if take(descriptor) is not False and is_at(descriptor, folder):
            return folder, descriptor
        os.close(descriptor)


def _clear_dead(base: Path) -> None:
    """Remove the folders of this user's runs that have been killed."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(base)):
            if not entry.name.startswith(_PREFIX) or not entry.is_dir(follow_symlinks=False):
                continue
            if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
                continue
            with contextlib.suppress(OSError):
                descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW)
                try:
                    if take(descriptor) and is_at(descriptor, Path(entry.path)):
                        remove_folder(Path(entry.path))
                finally:
                    os.close(descriptor)
