"""Threads: how many there should be, and a `map` that shares work out to them.

What is shared out must release the GIL, as kernels and NumPy do. Matrix products run on the thread that asks
for them (`e2v.blas`), so that this is all that works in parallel.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

#: `map`, or that of a pool of threads.
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]

#: Whether this thread is at work for a map or for `in_order` already.
_this = threading.local()

#: Threads that a core may have, as some may wait for a disk. More only wait for one another, and Ctrl-C for
#: all of them; and each has memory of its own.
MOST_OF_A_CORE = 4

#: Where Linux tells a process the control groups that it is in, and where their files are.
_OF_PROCESS, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def available_cores() -> int:
    """Processors that this process may use: by its affinity, and by the CPU time that a container has.

    Half a processor is one.
    """
    if hasattr(os, "process_cpu_count"):
        allowed = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count()
    return max(1, math.ceil(min(allowed or 1, cpu_quota(_OF_PROCESS, _GROUPS))))


def useful(threads: int) -> int:
    """So many threads, or as many as the cores have a use for."""
    return min(threads, MOST_OF_A_CORE * available_cores())


def cpu_quota(of_process: Path, groups: Path) -> float:
    """Processors whose time the control groups of a process may use; infinity if that is not limited.

    A group has no more than those around it. A container sees its own group as the root of all, and in
    version 1 may yet be told its path outside, of which nothing is there.

    of_process: lines of `number:controllers:path`; of version 2 there are no controllers. groups: the folder
    of version 2, in which version 1 has one for each controller.
    """
    try:
        lines = of_process.read_text().splitlines()
    except OSError:
        return math.inf
    quota = math.inf
    for line in lines:
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if not controllers:
            roots = (groups, groups / "unified")
        elif "cpu" in controllers.split(","):
            roots = (groups / "cpu", groups / controllers)
        else:
            continue
        for root in roots:
            group = root / path.lstrip("/")
            for folder in (group, *group.parents):
                quota = min(quota, _quota(folder))
                if folder == root:
                    break
    return quota


def _quota(group: Path) -> float:
    """Of one group: time in each period, in microseconds both; version 2 has `max` for any, version 1 -1."""
    try:
        if (of_both := group / "cpu.max").exists():
            time, period = of_both.read_text().split()
        else:
            time = (group / "cpu.cfs_quota_us").read_text()
            period = (group / "cpu.cfs_period_us").read_text()
        return int(time) / int(period) if time != "max" and int(time) > 0 else math.inf
    except (OSError, ValueError):
        return math.inf


@contextmanager
def parallel_map(threads: int | None = None) -> Iterator[Map]:
    """`map` on so many threads (None: one for each CPU that may be used), results in the order of the items.

    All results are there when it returns, or the first exception has been raised. Whoever calls it is one of
    the threads, and the only one if it works for another map: there are no more threads at a time than asked
    for. They pull items from one iterator, as a future for each would cost more than small ones take.
    """
    from concurrent.futures import ThreadPoolExecutor, wait

    threads = 1 if _is_working() else useful(threads or available_cores())
    with ThreadPoolExecutor(max(1, threads - 1)) as pool:  # which starts none before there is work for it

        def mapped(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
            tasks = list(enumerate(items))
            results: list[Any] = [None] * len(tasks)
            left = iter(tasks)  # next() on it is atomic: all that the threads share

            def pull() -> None:
                with _working():
                    for number, item in left:
                        results[number] = function(item)

            others = [pool.submit(pull) for _ in range(min(threads, len(tasks)) - 1)]
            try:
                pull()
            finally:
                begun = [other for other in others if not other.cancel()]
                wait(begun)
            for other in begun:
                other.result()
            return iter(results)

        yield mapped


def in_order(
    function: Callable[[_Given], _Made], items: Iterable[_Given], threads: int | None = None
) -> Iterator[_Made]:
    """`function` of each item, in their order, made on so many threads (None: as many as there are cores).

    Few are under way at a time, and each comes as soon as it and those before it are there.
    """
    from concurrent.futures import Future, ThreadPoolExecutor

    threads = 1 if _is_working() else useful(threads or available_cores())
    pending: deque[Future[_Made]] = deque()

    def made(item: _Given) -> _Made:
        with _working():
            return function(item)

    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            pending.append(pool.submit(made, item))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _is_working() -> bool:
    return getattr(_this, "working", False)


@contextmanager
def _working() -> Iterator[None]:
    """What is called meanwhile stays on this thread."""
    before = _is_working()
    _this.working = True
    try:
        yield
    finally:
        _this.working = before
