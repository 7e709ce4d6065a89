"""What engines have to say beside their results: they do not print, and whoever runs them may listen.

A message that names settings is `e2v.errors.Advice`, which the listener spells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, Self, TypeAlias

#: How much a notice matters: a warning has to be told in any case, a detail only to whoever asks for it.
Level: TypeAlias = Literal["warning", "note", "detail"]

#: Called with the level of a notice, and a line.
Listener: TypeAlias = Callable[[Level, str], None]


class Record(str):
    """A message in words that is for programs, too. facts: the same as an object of JSON."""

    facts: Mapping[str, object]

    def __new__(cls, words: str, facts: Mapping[str, object]) -> Self:
        """See the class."""
        made = super().__new__(cls, words)
        made.facts = facts
        return made


_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have every notice from now on, a line each."""
    _listeners.append(listener)


@contextlib.contextmanager
def hear() -> Iterator[list[tuple[Level, str]]]:
    """What is told until the block ends, for another process to say again."""
    heard: list[tuple[Level, str]] = []

    def listener(level: Level, message: str) -> None:
        heard.append((level, message))

    _listeners.append(listener)
    try:
        yield heard
    finally:
        _listeners.remove(listener)


def say_again(heard: Iterable[tuple[Level, str]]) -> None:
    """Tell whoever listens here what was told to `hear` elsewhere."""
    for level, message in heard:
        _tell(level, message)


def notice(message: str) -> None:
    """Tell whoever listens something that a user has to know: which lines could not be read, for instance."""
    _tell("warning", message)


def hint(message: str) -> None:
    """Tell whoever listens something that a user may like to know."""
    _tell("note", message)


def detail(message: str) -> None:
    """Tell whoever listens what only some want to know."""
    _tell("detail", message)


def _tell(level: Level, message: str) -> None:
    for listener in _listeners:
        listener(level, message)


def counted(count: int, noun: str) -> str:
    """A number of things: 1 line, 2,000 lines, 0 histories."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("s"):
        return f"{count:,} {noun}es"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{count:,} {plural}"


def shortened(text: str, most: int = 40) -> str:
    """What a message shows of a text from a file: its first `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
