"""Streams of bzip2 and xz, one after the other in a file, of which none may be damaged."""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable
from typing import IO, Any, TypeAlias

_CHUNK = 1 << 20


_Decompressor: TypeAlias = bz2.BZ2Decompressor | lzma.LZMADecompressor


class CompressedStreams(io.RawIOBase):
    """What is in all streams of a file.

    `bz2.BZ2File` and `lzma.LZMAFile` end, without a word, where what follows a stream is none: at a damaged
    one, too.

    new: makes the decompressor of a stream, which raises what it has to say of damage. padding: what may
        stand between streams.
    """

    def __init__(self, file: IO[bytes], new: Callable[[], _Decompressor], padding: bytes = b"") -> None:
        self._file = file
        self._new = new
        self._padding = padding
        self._stream = new()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes of the content; none at its end.

        Raises:
            EOFError: the file ends within a stream.
        """
        view = memoryview(buffer)
        while True:
            compressed = b""
            if self._stream.eof:
                compressed = self._after()
                if not compressed:
                    return 0
                self._stream = self._new()
            elif self._stream.needs_input and not (compressed := self._file.read(_CHUNK)):
                raise EOFError
            if found := self._stream.decompress(compressed, len(view)):
                view[: len(found)] = found
                return len(found)

    def _after(self) -> bytes:
        """What follows a stream; nothing at the end of the file."""
        compressed = self._stream.unused_data.lstrip(self._padding)
        while not compressed and (more := self._file.read(_CHUNK)):
            compressed = more.lstrip(self._padding)
        return compressed
