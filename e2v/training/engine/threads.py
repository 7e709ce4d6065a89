"""Workers: threads that pull tasks, which release the GIL."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Workers(Generic[Result]):
    """Threads that each call `task` with their number again and again, until it returns None.

    Iterating yields the results in the order in which tasks end, and raises what a task raises, after the
    other threads have finished the tasks under way. `stop` has to be called at the end, whatever happens.
    """

    def __init__(self, task: Callable[[int], Result | None], threads: int) -> None:
        self._task = task
        self._results: queue.SimpleQueue[Result | None] = queue.SimpleQueue()  # None: a thread is done
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(threads)
        self._futures = [self._pool.submit(self._work, thread) for thread in range(threads)]

    def __iter__(self) -> Iterator[Result]:
        working = len(self._futures)
        while working:
            result = self._results.get()
            if result is None:
                working -= 1
            else:
                yield result
        for future in self._futures:
            future.result()

    def stop(self) -> Iterator[Result]:
        """Wait until the tasks under way are finished; the results that iterating has not yielded."""
        self._stopping.set()
        self._pool.shutdown()
        while not self._results.empty():
            if (result := self._results.get()) is not None:
                yield result

    def _work(self, thread: int) -> None:
        try:
            while not self._stopping.is_set() and (result := self._task(thread)) is not None:
                self._results.put(result)
        except BaseException:
            self._stopping.set()
            raise
        finally:
            self._results.put(None)
