"""Where an export goes: a file, a folder of files, or a stream such as stdout."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from e2v.store import atomic_folder, atomic_path, temporary_folder


class Destination:
    """A place that a format writes to: by `stream` or by `file`, or, if it is several files, by `member`."""

    def __init__(self, path: Path | None, stdout: BinaryIO | None, cleanup: contextlib.ExitStack) -> None:
        self._path = path
        self._stdout = stdout
        self._cleanup = cleanup

    def stream(self) -> BinaryIO:
        """A stream to write the file to, from its beginning to its end."""
        if self._path is None:
            assert self._stdout
            return self._stdout
        return self._cleanup.enter_context(self._path.open("wb"))

    def file(self) -> Path:
        """A path to write the file to, in any order."""
        assert self._path
        return self._path

    def member(self, name: str) -> Path:
        """A path to write one of several files to."""
        assert self._path
        return self._path / name


@contextlib.contextmanager
def stream_destination(stdout: BinaryIO, *, seekable: bool) -> Iterator[Destination]:
    """A stream to write to; what has to be `seekable` is written to a temporary file first."""
    with contextlib.ExitStack() as cleanup:
        if not seekable:
            yield Destination(None, stdout, cleanup)
            return
        folder = cleanup.enter_context(temporary_folder())
        yield Destination(folder / "content", None, cleanup)
        with (folder / "content").open("rb") as content:
            shutil.copyfileobj(content, stdout)


@contextlib.contextmanager
def file_destination(path: Path) -> Iterator[Destination]:
    """A file that appears whole or not at all."""
    with atomic_path(path) as temporary, contextlib.ExitStack() as cleanup:
        yield Destination(temporary, None, cleanup)


@contextlib.contextmanager
def folder_destination(path: Path, files: Sequence[str]) -> Iterator[Destination]:
    """A folder that appears whole or not at all; one that is there is replaced if it holds such files only.

    Raises:
        OutputError: there is another file or folder, or the folder around it cannot be written.
    """
    with atomic_folder(path, files) as temporary, contextlib.ExitStack() as cleanup:
        yield Destination(temporary, None, cleanup)
