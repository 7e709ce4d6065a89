"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from e2v.errors import OutputError

# Failures of a write that are the target's fault, whoever wrote the bytes.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

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
    shown = Path(path)
    target = Path(os.path.realpath(path))
    temporary = target.parent / f".e2v-{os.urandom(8).hex()}.tmp"
    try:
        with _explained(shown, target):
            mode = _mode_to_keep(shown, target)
            _create(temporary, 0o666 if mode is None else 0o600)
        with _explained(shown, target, only=_NO_ROOM):
            yield temporary
        with _explained(shown, target):
            if mode is not None:
                temporary.chmod(mode)
            _sync(temporary)
            temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):  # renamed already, or never made
            temporary.unlink()
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder
        _sync(target.parent)


def _mode_to_keep(shown: Path, target: Path) -> int | None:
    """Permission bits of an existing target, None if there is none."""
    device = OutputError(
        f"cannot write {shown}: a pipe or device cannot be replaced atomically", "name a regular file"
    )
    if str(shown.absolute().parent) in _DEVICES:
        raise device
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {shown}: it is a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        raise device
    if not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {shown}: the file is write-protected", f"chmod u+w {shown}")
    return stat.S_IMODE(mode)


def _create(path: Path, mode: int) -> None:
    """Create an empty file that must not be there yet; the umask applies to `mode`."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(shown: Path, target: Path, only: Collection[int] | None = None) -> Iterator[None]:
    """Turn an OSError (`only` of these numbers) into what happened, where, and what to try."""
    folder = target.parent
    hint = None
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        what = error.strerror or str(error)
        if error.errno in (errno.ENOENT, errno.ENOTDIR) and not folder.is_dir():
            what, hint = f"there is no folder {folder}", f"mkdir -p {folder}"
        elif error.errno in (errno.EACCES, errno.EPERM):
            what = f"no permission to write in {folder}"
        elif error.errno in _NO_ROOM:
            hint = f"make room on the disk of {folder}"
        raise OutputError(f"cannot write {shown}: {what}", hint) from error
