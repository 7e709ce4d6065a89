"""Progress of questions whose answers go to a pipe or a file, and take a while."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from e2v.cli.shared.messages import say_end
from e2v.cli.shared.progress import ProgressDisplay
from e2v.notices import counted
from e2v.progress import reported

_Question = TypeVar("_Question")


@contextmanager
def followed(
    batches: Iterable[list[_Question]], unit: str, total: int | None = None
) -> Iterator[Iterator[list[_Question]]]:
    """The batches, each reported when it is answered.

    Where the answers go to a terminal there is none: they show it.
    """
    with ProgressDisplay("none" if sys.stdout.isatty() else None) as progress:
        yield reported(batches, progress, "answering", unit, total)


def say_answered(command: str, total: int) -> None:
    """Say that all questions are answered."""
    say_end(command, f"answers to {counted(total, 'question')}", {"questions": total})
