"""Who wants to know that a kernel is being compiled; light, as Numba need not be imported to ask for it."""

from collections.abc import Callable

#: Seconds that a first training spends compiling, about: of its usual kind, on a core of 2023.
USUAL_SECONDS = 15

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
