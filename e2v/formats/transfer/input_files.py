"""What is imported: a file, a folder or stdin, read as a stream or as a file that can be mapped."""

from __future__ import annotations

import codecs
import contextlib
import io
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from e2v.errors import InputError
from e2v.inputs.mapped import first_bytes, record_of
from e2v.inputs.sources import STDIN, Source
from e2v.store import scratch_folder, temporary_folder

_HEAD = 1 << 20  # bytes by which a format is told: more than the first rows of most files
_CHUNK = 1 << 20


class Preview(NamedTuple):
    """What can be seen of an input: its first bytes, or the names in it if it is a folder."""

    head: bytes
    files: frozenset[str]


class InputFiles:
    """One input, plain or compressed; a context manager, which removes the copy that it may have made.

    name: of a file, or of a folder with the files of one format; '-' is stdin.
    keys: the file that names the rows, where a format has one, if it is not where it is expected.
    scratch: an output beside which to make a copy of what is compressed or comes from a pipe, should a format
        need a file.
    folder: the folder, if it is one.

    Raises:
        InputError: there is no such file, or it may not be read.
    """

    def __init__(self, name: str, keys: Path | None = None, scratch: Path | None = None) -> None:
        self.name = name
        self.keys = keys
        self.folder = Path(name) if name != STDIN and Path(name).is_dir() else None
        self._scratch = scratch
        self._source = None if self.folder else Source(name)
        self.notices: list[str] = []  # what whoever imports it should know
        self.keys_asked = False  # whether the format has a file that names the rows
        self._content: _Content | None = None
        self._parts: dict[str, Path] = {}
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def __str__(self) -> str:
        return "stdin" if self.name == STDIN else self.name

    @property
    def size(self) -> int | None:
        """Bytes of the file, compressed or not; None where that is unknown."""
        return self._source.size if self._source else None

    @property
    def position(self) -> int:
        """Bytes of it read so far as a stream."""
        return self._source.position if self._source else 0

    def head(self) -> bytes:
        """The first bytes of the content.

        Raises:
            InputError: it is a folder.
        """
        self._refuse_folder()
        return self._opened().head

    def preview(self) -> Preview:
        """By what a format may recognise it."""
        if self.folder:
            return Preview(b"", frozenset(entry.name for entry in self.folder.iterdir()))
        return Preview(self.head(), frozenset())

    def stream(self) -> io.BufferedReader:
        """The content, decompressed, from its beginning; to be read once.

        Raises:
            InputError: it is a folder.
        """
        self._refuse_folder()
        return io.BufferedReader(self._opened(), _CHUNK)

    def file(self) -> Path:
        """A plain file with the content: the file itself, or else a copy of what it holds."""
        stream = self.stream()
        if self._source and self._source.size is not None and self._opened().plain:
            return Path(self.name)
        if self._scratch:
            folder = self._cleanup.enter_context(scratch_folder(self._scratch))
        else:
            folder = self._cleanup.enter_context(temporary_folder())
        copy = folder / "content"
        with copy.open("wb") as out:
            while block := stream.read(_CHUNK):
                out.write(block)
        return copy

    def member(self, *names: str) -> Path:
        """The first of these files that is there: in the folder, or beside the file.

        Raises:
            InputError: none is.
        """
        if self.name == STDIN:
            raise InputError(f"stdin comes without {names[0]}", "import the file or folder by its name")
        folder = self.folder or Path(self.name).parent
        for name in names:
            if (folder / name).is_file():
                return self.note(folder / name)
        raise InputError(f"{folder / names[0]}: no such file", f"{self} alone is not enough")

    def key_file(self, *names: str) -> Path:
        """The file that names the rows: the one that was given, or as `member`."""
        self.keys_asked = True
        if self.keys is None:
            return self.member(*names)
        Source(str(self.keys))
        return self.note(self.keys)

    def notice(self, what: str) -> None:
        """Something to tell whoever imports it."""
        self.notices.append(what)

    def note(self, path: Path) -> Path:
        """A file that is read besides the stream, for the record."""
        self._parts[str(path)] = path
        return path

    def record(self) -> list[dict[str, Any]]:
        """Name, size and SHA-256 of all that was read: for the provenance, when reading has ended."""
        records = [record_of(name, path) for name, path in self._parts.items() if name != self.name]
        if self._source:
            for _ in self._opened().rest:  # a file that was mapped, or has a tail that says nothing
                pass
            source = self._source
            records.insert(0, {"name": source.name, "bytes": source.position, "sha256": source.sha256})
        return records

    def _refuse_folder(self) -> None:
        if self.folder:
            raise InputError(f"{self} is a folder", "name a file in it")

    def _opened(self) -> _Content:
        assert self._source
        if self._content is None:
            self._content = _Content(self._source)
        return self._content


class _Content(io.RawIOBase):
    """A source's content as a file; its first bytes can be looked at before."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.rest = source.chunks(_CHUNK, text=False)
        self._chunk = memoryview(b"")
        self.head = b""
        while len(self.head) < _HEAD and (chunk := next(self.rest, b"")):
            self.head += chunk
        self.head = self.head.removeprefix(codecs.BOM_UTF8)  # of text: no other format begins so
        self._chunk = memoryview(self.head)
        self.head = self.head[:_HEAD]

    @property
    def plain(self) -> bool:
        """Whether the file holds its content as it is."""
        return first_bytes(Path(self._source.name), len(self.head)) == self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._chunk = self._chunk or memoryview(next(self.rest, b""))
        view = memoryview(buffer)
        count = min(len(view), len(self._chunk))
        view[:count] = self._chunk[:count]
        self._chunk = self._chunk[count:]
        return count
