"""Reading ahead: what comes next is made while what came is still in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items, each made in a thread while the one before it is in use: two exist at a time.

    An error in making one is raised where it is asked for. Threads are daemons, so that one that waits for
    a pipe keeps no program from ending.
    """
    iterator = iter(items)
    following = _made_by(iterator)
    while (item := following.result()) is not None:
        following = _made_by(iterator)
        yield item


def _made_by(iterator: Iterator[T]) -> Future[T | None]:
    """The next item, or None after the last, as soon as it is made."""
    future: Future[T | None] = Future()

    def make() -> None:
        try:
            future.set_result(next(iterator, None))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=make, daemon=True).start()
    return future
