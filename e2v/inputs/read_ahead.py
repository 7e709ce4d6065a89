"""Reading ahead of whoever uses what is read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


def read_ahead(items: Iterable[_Item], depth: int) -> Generator[_Item, None, None]:
    """The same items, up to `depth` of them made in advance by a helper thread.

    An exception is raised where the item would have come. Closing the generator ends the thread after the
    item it is at; one that waits for input that never comes does not keep the process alive.
    """
    made: queue.Queue[tuple[_Item] | BaseException | None] = queue.Queue(depth)
    closed = threading.Event()

    def make() -> None:
        try:
            for item in items:
                made.put((item,))
                if closed.is_set():
                    return
        except BaseException as error:  # handed over to whom it concerns
            made.put(error)
        else:
            made.put(None)

    threading.Thread(target=make, name="e2v-read-ahead", daemon=True).start()
    try:
        while (got := made.get()) is not None:
            if isinstance(got, BaseException):
                raise got
            yield got[0]
    finally:
        closed.set()
        with made.mutex:  # room for the one item that the thread may be waiting to hand over
            made.queue.clear()
            made.not_full.notify()
