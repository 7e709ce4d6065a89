"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from e2v.errors import OutputError

# Failures of a write that are the target's fault, whoever wrote the bytes.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


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
    try:
        mode = _mode_to_keep(shown, target)
        temporary = _create_beside(target, 0o666 if mode is None else 0o600)
    except OSError as error:
        raise _explained(shown, target, error) from error
    try:
        try:
            yield temporary
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise _explained(shown, target, error) from error
            raise
        try:
            if mode is not None:
                temporary.chmod(mode)
            _sync(temporary)
            temporary.replace(target)
        except OSError as error:
            raise _explained(shown, target, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder
        _sync(target.parent)


def _mode_to_keep(shown: Path, target: Path) -> int | None:
    """Permission bits of an existing target, None if there is none."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {shown}: it is a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        raise OutputError(
            f"cannot write {shown}: a pipe or device cannot be replaced atomically", "name a regular file"
        )
    if not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {shown}: the file is write-protected", f"chmod u+w {shown}")
    return stat.S_IMODE(mode)


def _create_beside(target: Path, mode: int) -> Path:
    """Create an empty file in the target's folder under a name nobody has."""
    temporary = target.parent / f".e2v-{secrets.token_hex(8)}.tmp"
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    return temporary


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(shown: Path, target: Path, error: OSError) -> OutputError:
    """An OSError as what happened, where, and what to try."""
    folder = target.parent
    if error.errno in (errno.ENOENT, errno.ENOTDIR) and not folder.is_dir():
        return OutputError(f"cannot write {shown}: there is no folder {folder}", f"mkdir -p {folder}")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"cannot write {shown}: no permission to write in {folder}")
    if error.errno in _NO_ROOM:
        return OutputError(f"cannot write {shown}: {error.strerror}", f"make room on the disk of {folder}")
    return OutputError(f"cannot write {shown}: {error.strerror}")
