"""Inputs: files, globs and stdin, plain or compressed, read as chunks of bytes."""

from __future__ import annotations

import bz2
import contextlib
import glob
import gzip
import hashlib
import io
import lzma
import os
import re
import stat
import zlib
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from e2v.errors import Advice, InputError, MissingExtraError, no_such_file
from e2v.inputs.compressed import CompressedStreams
from e2v.inputs.encodings import ToUtf8, shown_encoding
from e2v.inputs.read_ahead import Digest
from e2v.notices import hint, notice
from e2v.progress import typing
from e2v.store.foreign import mostly_nuls, no_text

try:
    from compression import zstd  # the standard library's, from Python 3.14 on
except ImportError:
    try:
        from backports import zstd  # the same as a package
    except ImportError:
        zstd = None

STDIN = "-"

_CHUNK = 1 << 20
_HEAD = 16  # bytes by which a format is told
#: Bytes that a stream of xz may have us take for what it refers back to: eight times those of xz -9.
_XZ_MEMORY = 1 << 29

#: What decompressors raise for damaged data, but for those that raise an OSError.
DAMAGE = (zlib.error, lzma.LZMAError, zstd.ZstdError) if zstd else (zlib.error, lzma.LZMAError)

#: What compressed data begin with, and what they are called.
_COMPRESSED = (
    (rb"\x1f\x8b\x08", "gzip"),
    (rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)", "bzip2"),
    (rb"\xfd7zXZ\0", "xz"),
    (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "zstandard"),
)


#: What files are called that nobody has named, by their paths.
_SHOWN: dict[str, str] = {}


@contextlib.contextmanager
def shown_as(path: Path, name: str) -> Iterator[None]:
    """Call a file something else in messages and provenance: one that holds what was never a file."""
    _SHOWN[str(path)] = name
    try:
        yield
    finally:
        del _SHOWN[str(path)]


def shown(path: Path) -> str:
    """What a file is called."""
    return _SHOWN.get(str(path), str(path))


class Source:
    """One input: a file, or stdin when its name is '-'.

    encoding: of its text, by Python's name; None: told by its content. nameable: whether there is a setting
    that names it.

    Attributes:
        name: as the user wrote it. is_stdin: whether it is stdin.
        tells: whether an encoding that is guessed is told of when reading begins; once is enough.
        guesses: whether what is not UTF-8 may be Latin-1 or Windows-1252; else its bytes are kept.
        size: of the file in bytes, compressed or not; None where that is unknown (pipes).
        position: bytes read so far, of the same.
        sha256: hex digest of the bytes read so far.

    Raises:
        InputError: the name is empty, there is no such file, it is a folder, or it may not be read.
    """

    def __init__(self, name: str, encoding: str | None = None, *, nameable: bool = False) -> None:
        if not name:
            raise InputError("the name of a file is empty", "name one, or - for stdin")
        self.name = name
        self.is_stdin = name == STDIN
        self._encoding = encoding
        self._nameable = nameable
        self._recoder: ToUtf8 | None = None
        self.tells = self.guesses = True
        self._meter: _Meter | None = None
        self._begun: Iterator[bytes] | None = None
        try:
            status = os.fstat(0) if self.is_stdin else Path(name).stat()
        except FileNotFoundError as error:
            raise no_such_file(name) from error
        except OSError as error:
            raise InputError(f"cannot read {self}: {_reason(error)}") from error
        if stat.S_ISDIR(status.st_mode):
            raise InputError(
                f"{self} is a folder", f"name the files in it, for instance {Path(name) / '*.txt'}"
            )
        if not self.is_stdin and not os.access(name, os.R_OK):
            raise InputError(f"cannot read {name}: permission denied")
        is_regular = stat.S_ISREG(status.st_mode)
        self._can_be_read_again = is_regular and not self.is_stdin
        self.size = status.st_size if is_regular else None

    def __str__(self) -> str:
        return "stdin" if self.is_stdin else _SHOWN.get(self.name, self.name)

    @property
    def position(self) -> int:
        """Bytes read so far, compressed or not."""
        return self._meter.position if self._meter else 0

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes read so far, compressed or not."""
        return self._meter.digest.hexdigest() if self._meter else hashlib.sha256().hexdigest()

    @property
    def encoding(self) -> str:
        """What its text was read as, as people call it: UTF-8 until it is read."""
        return shown_encoding(self._recoder.encoding if self._recoder else "utf-8")

    def record(self) -> dict[str, Any]:
        """What provenance says of it: its name, and size and digest of what has been read."""
        return {"name": _SHOWN.get(self.name, self.name), "bytes": self.position, "sha256": self.sha256}

    def chunks(self, size: int = _CHUNK, *, text: bool = True) -> Generator[bytes]:
        """The content, decompressed, in chunks of up to `size` bytes.

        text: make it UTF-8 without a byte order mark, with line feeds where lines end with carriage returns
            alone, and refuse what is no text; see `encodings`.

        Raises:
            InputError: it cannot be read to its end, is damaged, or is no text.
            MissingExtraError: it is compressed in a way that needs another package.
        """
        if text and self._begun is not None:
            begun, self._begun = self._begun, None
            yield from begun
            return
        form = ""
        try:
            with (
                self._typed(),
                io.FileIO(0 if self.is_stdin else self.name, closefd=not self.is_stdin) as raw,
            ):
                self._meter = _Meter(raw)
                stored = io.BufferedReader(self._meter, _CHUNK)
                head = stored.peek(_HEAD)
                if text:
                    self._refuse(no_text(str(self), head))
                form = compression_of(head)
                file = _decompressed(stored, form)
                if text:
                    yield from self._text(file, size)
                    return
                while chunk := file.read(size):
                    yield chunk
        except EOFError as error:
            raise InputError(
                f"{self} is damaged: its {form} data end too early", "fetch or compress it again"
            ) from error
        except DAMAGE as error:
            raise InputError(f"{self} is damaged: {form} says {_reason(error)}") from error
        except OSError as error:
            what = f"is damaged: {form} says" if error.errno is None else "cannot be read:"
            raise InputError(f"{self} {what} {_reason(error)}") from error

    @contextlib.contextmanager
    def _typed(self) -> Iterator[None]:
        """Where it is typed, say so, and how it is ended."""
        if not (self.is_stdin and os.isatty(0)):
            yield
            return
        with typing():
            hint("stdin: reads what is typed; Ctrl-D on a line of its own ends it")
            yield

    def _text(self, file: IO[bytes], size: int) -> Iterator[bytes]:
        """The chunks of a decompressed file as UTF-8."""
        head = file.read(size)
        if within := compression_of(head[:_HEAD]):  # of what is plain it has been asked before
            raise InputError(f"{self} is compressed twice, and {within} data within", "unpack it once")
        self._refuse(no_text(str(self), head))
        self._recoder = recoder = ToUtf8(head, self._encoding, str(self), latin=self.guesses)
        self._refuse(mostly_nuls(str(self), recoder.first()))
        if self.tells and self._encoding is None and self.encoding != "UTF-8":
            another = Advice(" ({encoding} names another)") if self._nameable else ""
            notice(Advice("{}: read as {}{}", self, self.encoding, another))
            self.tells = False
        if first := recoder.first():
            yield first
        while chunk := file.read(size):
            if recoded := recoder.rest(chunk):
                yield recoded
        if last := recoder.rest(b"", final=True):
            yield last

    def starts_with(self, magic: bytes) -> bool:
        """Whether a file, as it is stored, begins so; pipes are not looked at."""
        if not self._can_be_read_again:
            return False
        with Path(self.name).open("rb") as file:
            return file.read(len(magic)) == magic

    def peek(self) -> bytes:
        """The first chunk of the text, empty if there is none; `chunks` begins with it all the same.

        Raises:
            InputError, MissingExtraError: as `chunks`.
        """
        chunks = self.chunks()
        first = next(chunks, b"")
        if self._can_be_read_again:
            chunks.close()  # rather than leave a file open that may never be read on
        else:  # a pipe can be read only once
            self._begun = chain([first], chunks)
        return first

    @staticmethod
    def _refuse(error: InputError | None) -> None:
        if error:
            raise error


def compression_of(head: bytes) -> str:
    """How data that begin so are compressed; "" if they are not."""
    return next((name for pattern, name in _COMPRESSED if re.match(pattern, head)), "")


def source_records(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """What provenance says of sources; of those that were read it is told if two are the same."""
    return told_of_twins([source.record() for source in sources])


def told_of_twins(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of sources; it is told if two have the same content."""
    first: dict[str, str] = {}
    for record in made:
        digest, name = record["sha256"], record["name"]
        if record["bytes"] and digest in first:
            notice(f"{first[digest]} and {name} have the same content, which counts twice")
        first.setdefault(digest, name)
    return made


def open_sources(names: Sequence[str], encoding: str | None = None) -> list[Source]:
    """The inputs in the order in which they are named; a glob, quoted from the shell, gives its files sorted.

    encoding: of all of them, see `Source`.

    Raises:
        InputError: a name or a glob that fits no file; stdin named twice; what `Source` refuses.
    """
    if list(names).count(STDIN) > 1:
        raise InputError("stdin (-) can be read only once")
    return [Source(name, encoding, nameable=True) for given in names for name in _expanded(given)]


def _expanded(name: str) -> list[str]:
    if not glob.has_magic(name) or Path(name).exists():
        return [name]
    paths = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute patterns
    found = sorted(path for path in paths if not Path(path).is_dir())
    if not found:
        raise InputError(f"{name}: no file fits")
    return found


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class _Meter(io.RawIOBase):
    """Counts and digests the bytes of a file as they pass."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.position = 0
        self.digest = Digest()
        self._ended = False  # which a terminal says once, and would then be read on

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; the first time at least enough to tell the format, however slow the pipe."""
        view = memoryview(buffer)
        read = 0 if self._ended else self._raw.readinto(view)
        self._ended = not read
        while self.position == 0 < read < _HEAD and not self._ended:
            more = self._raw.readinto(view[read:])
            self._ended = not more
            read += more
        self.digest.update(bytes(view[:read]))
        self.position += read
        return read


def _xz_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def _decompressed(file: IO[bytes], form: str) -> IO[bytes]:
    """The file's content, given its format; "" is plain."""
    match form:
        case "gzip":
            return cast(IO[bytes], gzip.GzipFile(fileobj=file))
        case "bzip2":
            return io.BufferedReader(CompressedStreams(file, bz2.BZ2Decompressor), _CHUNK)
        case "xz":
            streams = CompressedStreams(file, _xz_decompressor, padding=b"\0")
            return io.BufferedReader(streams, _CHUNK)
        case "zstandard":
            if zstd is None:
                raise MissingExtraError("reading zstandard data", "backports.zstd")
            return cast(IO[bytes], zstd.ZstdFile(file))
    return file
