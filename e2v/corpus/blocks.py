"""Text as blocks that can be tokenized on their own, read ahead of those who do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import TypeVar

from e2v.corpus.sources import Source
from e2v.corpus.tokenizers import Tokenizer

_Item = TypeVar("_Item")


def blocks(sources: Iterable[Source], tokenizer: Tokenizer, size: int) -> Iterator[bytes]:
    """The sources' text in blocks of about `size` bytes that end where the tokenizer may split it.

    The end of a source is the end of a line. A block is longer only if there is no place to split it.
    """
    parts: list[bytes | memoryview] = []
    held = 0
    for source in sources:
        for chunk in source.chunks(size):
            split = tokenizer.split_point(chunk) if held + len(chunk) >= size else 0
            if split:
                yield b"".join([*parts, memoryview(chunk)[:split]])
                parts, held = [], 0
            parts.append(chunk[split:])
            held += len(chunk) - split
        parts.append(b"\n")
    if parts:
        yield b"".join(parts)


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
