"""How far a job has come: what engines and jobs report, and command line and Python face show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeAlias, TypeVar

Part = TypeVar("Part", bound=Sized)


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a job under way; a step begins with the first that is reported of it.

    task: what is being done, as a user calls it: "reading". unit: what is counted, bytes for instance; empty
        where nothing is worth counting. done, total: how many; None is unknown.
    figures: such as the loss. left: seconds until the step ends, where it is time that ends it; None is
        unknown, and estimated by what is done.
    """

    task: str
    unit: str = ""
    done: int = 0
    total: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    left: float | None = None


#: Called with progress now and then, and with the result of a step that is a job of its own.
Report: TypeAlias = Callable[[Any], None]


_typed = Event()


@contextlib.contextmanager
def typing() -> Iterator[None]:
    """What is read until the block ends is typed, and nothing should be drawn over it."""
    _typed.set()
    try:
        yield
    finally:
        _typed.clear()


def is_typed() -> bool:
    """Whether somebody types what is being read."""
    return _typed.is_set()


def silent(_: Any) -> None:
    """Report nothing."""


def reported(
    parts: Iterable[Part], report: Report, task: str, unit: str = "", total: int | None = None
) -> Iterator[Part]:
    """The parts of a whole of `total` units, as many in each as it is long; each is reported when done."""
    done = 0
    report(Progress(task, unit, done, total))
    for part in parts:
        size = len(part)
        yield part
        done += size
        report(Progress(task, unit, done, total))
