"""Workers: every task is done once, and errors and stops leave none half done."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest

from e2v.training.engine.threads import Workers


def counter(stop: int) -> Callable[[int], int | None]:
    """A task that returns 0, 1, ... below stop, then None."""
    numbers = itertools.count()
    return lambda _thread: number if (number := next(numbers)) < stop else None


@pytest.mark.parametrize("threads", [1, 4])
def test_workers_go_on_until_there_is_no_task(threads: int) -> None:
    workers = Workers(counter(100), threads)
    results = list(workers)
    assert sorted(results) == list(range(100))
    assert threads > 1 or results == sorted(results)
    assert list(workers.stop()) == []


def test_stopping_yields_what_is_under_way() -> None:
    """Both threads are in a task then; each finishes that one, and begins no other."""
    started = threading.Barrier(3)
    numbers = itertools.count()

    def task(_thread: int) -> int | None:
        number = next(numbers)
        if number in (1, 2):
            started.wait(10)
            workers._stopping.wait(10)
        return number if number < 50 else None

    workers = Workers(task, 2)
    assert next(iter(workers)) == 0
    started.wait(10)
    assert sorted(workers.stop()) == [1, 2]


def test_an_error_ends_the_other_threads_and_is_raised() -> None:
    numbers = itertools.count()

    def task(_thread: int) -> int | None:
        number = next(numbers)
        if number == 5:
            raise ValueError("boom")
        return number if number < 100_000 else None

    workers = Workers(task, 3)
    with pytest.raises(ValueError, match="boom"):
        list(workers)
    assert list(workers.stop()) == []
    assert next(numbers) < 100_000
