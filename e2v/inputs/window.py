"""A buffer that slides over a stream, for kernels that read from memory."""

from __future__ import annotations

import io

import numpy as np

from e2v.errors import InputError

_SIZE = 1 << 23
_ROOM = 16  # bytes after the content that a kernel may look at


class Window:
    """Bytes of a stream: `text[start:stop]` is what has been read and not been used.

    text: uint8[...], with room for a byte at `stop` that is not of the stream. words: uint64[...], the same
    memory. ended: nothing follows in the stream.

    name: what messages call the stream. most: bytes of a row, of which kernels need all.
    """

    def __init__(self, stream: io.BufferedReader, name: str, size: int = _SIZE, *, most: int) -> None:
        self.start = self.stop = 0
        self.ended = False
        self._stream = stream
        self._name, self._most = name, most
        self._allocate(size)

    def refill(self) -> None:
        """Move what is left to the front and read on; where nothing could be used, more fits afterwards.

        Raises:
            InputError: a row is longer than what memory should be taken for.
        """
        text, left = self.text, self.stop - self.start
        if self.start == 0 and self.stop + _ROOM >= len(text):
            if left > self._most:
                raise InputError(
                    f"{self._name} has a row of more than {self._most >> 20} MB", "are these vectors?"
                )
            self._allocate(2 * len(text))
        self.text[:left] = text[self.start : self.stop]
        self.start, self.stop = 0, left
        room = self.text.data[left:-_ROOM]
        read = self._stream.readinto(room)
        self.ended = read < len(room)
        self.stop += read

    def rest(self) -> bytes:
        """What has been read and not been used."""
        return self.text[self.start : self.stop].tobytes()

    def _allocate(self, size: int) -> None:
        self.words = np.zeros(size // 8, np.uint64)
        self.text = self.words.view(np.uint8)
