"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from e2v.errors import OutputError
from e2v.store.explain import TARGETS_FAULT, explained
from e2v.store.scratch import remove_folder, temporary_beside

# What is in these folders may lead to a regular file (a redirected stdout), but is not meant as one.
_DEVICES = {"/dev", "/dev/fd", "/proc/self/fd"}


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends well.

    The file is synced to disk, then renamed over the target, then the folder is synced; a reader
    sees the old file or the new one. On any exception, KeyboardInterrupt included, the temporary
    file is removed and the target left as it was. The target keeps its permission bits; a new one
    gets those of the umask. A symbolic link stays a link: the file that it points to is replaced.

    Raises:
        OutputError: the folder is missing or not writable, the target is not a regular file or is
            write-protected, the disk is full.
    """
    mode = check_file(path)

    def create(temporary: Path) -> None:
        _create(temporary, 0o666 if mode is None else 0o600)

    def replace(target: Path, temporary: Path) -> None:
        if mode is not None:
            temporary.chmod(mode)
        sync(temporary)
        temporary.replace(target)

    with _replacing(path, create, replace) as temporary:
        yield temporary


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str], files: Collection[str]) -> Iterator[Path]:
    """Yield a temporary folder that replaces `path` when the block ends well, as `atomic_path` does a file.

    files: the names of those that may be in it; a folder that is there is replaced if it holds no other.

    Raises:
        OutputError: there is another file or folder, or the folder around it cannot be written.
    """
    check_folder(path, files)

    def replace(target: Path, temporary: Path) -> None:
        for written in (*temporary.iterdir(), temporary):
            sync(written)
        _replace_folder(target, temporary)

    with _replacing(path, Path.mkdir, replace) as temporary:
        yield temporary


@contextlib.contextmanager
def _replacing(
    path: str | os.PathLike[str], create: Callable[[Path], None], replace: Callable[[Path, Path], None]
) -> Iterator[Path]:
    """Yield what `create` makes beside `path`, with which `replace` replaces the target at the end."""
    shown, target = Path(path), Path(os.path.realpath(path))
    temporary = temporary_beside(target)
    try:
        with explained(shown, target):
            create(temporary)
        with explained(shown, target, only=TARGETS_FAULT):
            yield temporary
        with explained(shown, target):
            replace(target, temporary)
    finally:
        with contextlib.suppress(OSError):  # renamed already, or never made
            if temporary.is_dir():
                remove_folder(temporary)
            else:
                temporary.unlink()
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder
        sync(target.parent)


def check_file(path: str | os.PathLike[str]) -> int | None:
    """See that a file may be put here; returns the permission bits of the one that is there, None if none is.

    Raises:
        OutputError: it is a folder, a pipe or a device, or write-protected, or its name is not possible.
    """
    shown = Path(path)
    target = Path(os.path.realpath(path))
    device = OutputError(
        f"cannot write {shown}: a pipe or device cannot be replaced atomically", "name a regular file"
    )
    if str(shown.absolute().parent) in _DEVICES:
        raise device
    with explained(shown, target):
        try:
            mode = target.stat().st_mode
        except FileNotFoundError:
            if not target.parent.is_dir():
                raise
            return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {shown}: it is a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        raise device
    if not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {shown}: the file is write-protected", f"chmod u+w {shown}")
    return stat.S_IMODE(mode)


def check_folder(path: str | os.PathLike[str], files: Collection[str]) -> None:
    """See that a folder of these files may be put here.

    Raises:
        OutputError: there is a file, or a folder that holds others as well, or the name is not possible.
    """
    shown = Path(path)
    target = Path(os.path.realpath(path))
    with explained(shown, target):
        try:
            names = {entry.name for entry in target.iterdir()}
        except FileNotFoundError:
            if not target.parent.is_dir():
                raise
            return
        except NotADirectoryError:
            if not target.exists():
                raise
            raise OutputError(f"cannot write {shown}: it is a file, and this format is a folder") from None
    if others := sorted(names.difference(files)):
        raise OutputError(f"cannot write {shown}: the folder holds {others[0]} as well", "name a new folder")


def _create(path: Path, mode: int) -> None:
    """Create an empty file that must not be there yet; the umask applies to `mode`."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


def sync(path: Path) -> None:
    """Have a file, or what a folder says of its files, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_folder(target: Path, new: Path) -> None:
    """Put a folder in the place of another, which comes back should that fail."""
    old = new.with_suffix(".old")
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError as error:
        if old.exists():
            _put_back(old, target, error)
        raise
    remove_folder(old)


def _put_back(old: Path, target: Path, error: OSError) -> None:
    """Have a folder in its place again that could not be replaced, or say where it is."""
    try:
        old.rename(target)
    except OSError:
        raise OutputError(
            f"cannot write {target.name}: {error.strerror}; what was there is {old.name}",
            "the next run that writes there puts it back",
        ) from error
