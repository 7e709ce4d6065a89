"""What engines have to say beside their results: they do not print, and whoever runs them may listen."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Have every notice from now on, a line each."""
    _listeners.append(listener)


def notice(message: str) -> None:
    """Tell whoever listens something that a user should know: what was guessed, for instance."""
    for listener in _listeners:
        listener(message)


def counted(count: int, noun: str) -> str:
    """A number of things: 1 line, 2,000 lines, 0 histories."""
    if count == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{count:,} {plural}"
