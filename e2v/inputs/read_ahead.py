"""Working ahead of whoever uses what is read, and behind them: reading in advance, digesting in arrears."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item")

_ARREARS = 2  # pieces that wait for their digest
_SMALL = 1 << 16  # bytes that are digested sooner than a thread begins


class read_ahead(Iterator[_Item], Generic[_Item]):  # noqa: N801 - used as a function
    """The same items, made in advance by a helper thread, from now on; up to `depth` of them.

    The one that is being made is among these: with a depth of 1, the next is made while one is in use.

    An exception is raised where the item would have come. `close` ends the thread after the item it is at;
    one that waits for input that never comes does not keep the process alive.
    """

    def __init__(self, items: Iterable[_Item], depth: int) -> None:
        self._made: queue.SimpleQueue[tuple[_Item] | BaseException | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(depth)
        self._closed = threading.Event()
        threading.Thread(target=self._make, args=(items,), name="e2v-read-ahead", daemon=True).start()

    def __next__(self) -> _Item:
        if self._closed.is_set() or (got := self._made.get()) is None:
            self.close()
            raise StopIteration
        if isinstance(got, BaseException):
            self.close()
            raise got
        self._room.release()
        return got[0]

    def close(self) -> None:
        """Take no more."""
        self._closed.set()
        self._room.release()  # the thread may be waiting to go on

    def _make(self, items: Iterable[_Item]) -> None:
        try:
            iterator = iter(items)
            while self._room.acquire() and not self._closed.is_set():
                try:
                    item = next(iterator)
                except StopIteration:
                    self._made.put(None)
                    return
                self._made.put((item,))
        except BaseException as error:  # handed over to whom it concerns
            self._made.put(error)
        finally:
            if isinstance(items, Generator):
                items.close()


class Digest:
    """SHA-256 of bytes that go by; of many on a thread beside, as hashing takes as long as reading."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pieces: deque[bytes] = deque()
        self._room = threading.Semaphore(_ARREARS)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None  # only while there are pieces

    def update(self, piece: bytes) -> None:
        """Add bytes, which must not change any more."""
        self._room.acquire()
        with self._lock:
            if self._thread is None and len(piece) <= _SMALL:
                self._digest.update(piece)
                self._room.release()
                return
            self._pieces.append(piece)
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="e2v-digest", daemon=True)
                self._thread.start()

    def hexdigest(self) -> str:
        """Of all that was added."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        return self._digest.hexdigest()

    def _follow(self) -> None:
        while True:
            with self._lock:
                if not self._pieces:
                    self._thread = None
                    return
                piece = self._pieces.popleft()
            self._digest.update(piece)
            self._room.release()
