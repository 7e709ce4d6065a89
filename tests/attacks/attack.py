"""An attack: a file that is wrong in one way, the command that is given it, and what refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Attack(NamedTuple):
    """command: FILE stands for the file, whose name says what is wrong with it.

    content: of the file, or what makes it where it would be large. said: by the last line on stderr, after what
    the file is called; "" where there is nothing wrong but the looks, and the answer is what it should be. code: the
    exit code. beside: further files, by name.
    """

    command: str
    content: bytes | Callable[[], bytes]
    said: str
    code: int = 1
    beside: Mapping[str, bytes] = MappingProxyType({})
