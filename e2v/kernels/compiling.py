"""Who wants to know that a kernel is being compiled; light, as Numba need not be imported to ask for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds that a first command of its kind spends compiling, on an idle core of 2023: least and most.
USUAL_SECONDS = (2, 8)

_listeners: list[Callable[[bool], None]] = []


def on_compiling(listener: Callable[[bool], None]) -> Callable[[], None]:
    """Call listener(True) before a kernel is compiled, and listener(False) after; returns what ends that.

    It is called in the thread that compiles, which waits for it. A kernel whose machine code is found on disk
    is not compiled, and nothing is called.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


@contextmanager
def seconds_compiling() -> Iterator[list[float]]:
    """The times, in seconds, that are spent compiling in this context."""
    spent: list[float] = []
    began = 0.0

    def note(begins: bool) -> None:
        nonlocal began
        if begins:
            began = time.monotonic()
        else:
            spent.append(time.monotonic() - began)

    end = on_compiling(note)
    try:
        yield spent
    finally:
        end()


def tell(begins: bool) -> None:
    """Tell whoever listens that compiling begins, or has ended."""
    for listener in tuple(_listeners):
        listener(begins)
