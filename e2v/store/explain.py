"""Failures of the operating system while an output is written, as one line."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from e2v.errors import NO_ROOM, OutputError, looks_like_url, room_for

#: Failures of a write that are the target's fault, whoever wrote the bytes.
TARGETS_FAULT = {*NO_ROOM, errno.EIO, errno.EROFS, errno.ESTALE}


@contextlib.contextmanager
def explained(shown: Path, target: Path, only: Collection[int] | None = None) -> Iterator[None]:
    """Turn an OSError (`only` of these numbers) into what happened, where, and what to try.

    shown: the output as the user wrote it. target: the file that it is, links followed.
    """
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        what, hint = _reason(error, target.parent)
        if looks_like_url(shown):
            what, hint = "an output is a file of this machine, and no URL", "write it here, then copy it"
        raise OutputError(f"cannot write {shown}: {what}", hint) from error


@contextlib.contextmanager
def shown_outside(folder: Path, shown: str) -> Iterator[None]:
    """Have errors about files in a temporary folder, which will be gone, name what they are made for.

    shown: that, as the user knows it.
    """

    def said(text: str) -> str:
        return re.sub(f"{re.escape(str(folder))}/[^:;]*", lambda _: shown, text).replace(
            str(folder), str(folder.parent)
        )

    try:
        yield
    except OutputError as error:
        if str(folder) not in str(error):
            raise
        raise OutputError(said(error.message), error.hint and said(error.hint)) from error


def _reason(error: OSError, folder: Path) -> tuple[str, str | None]:
    what = error.strerror or str(error)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if file := next((path for path in (folder, *folder.parents) if path.is_file()), None):
            return f"{file} is a file, not a folder", "name a file in a folder"
        if not folder.is_dir():
            return f"there is no folder {folder}", f"mkdir -p {folder}"
        return f"no file can be made in {folder}", "name a file in another folder"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no permission to write in {folder}", None
    if error.errno == errno.EROFS:
        return f"the disk of {folder} is read-only", "name a file in another folder"
    return what, room_for(str(folder), error)
