"""Who wants to know that a kernel is being compiled; light, as Numba need not be imported to ask for it."""

from collections.abc import Callable

#: Seconds that the first command of a kind spends compiling, on an idle core of 2023: the least, and the most.
USUAL_SECONDS = (2, 8)

_listeners: list[Callable[[bool], None]] = []


def on_compiling(listener: Callable[[bool], None]) -> Callable[[], None]:
    """Call listener(True) before a kernel is compiled, and listener(False) after; returns what ends that.

    It is called in the thread that compiles, which waits for it. A kernel whose machine code is found on disk
    is not compiled, and nothing is called.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def tell(begins: bool) -> None:
    """Tell whoever listens that compiling begins, or has ended."""
    for listener in tuple(_listeners):
        listener(begins)
