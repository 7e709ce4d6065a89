"""Questions about all that there is, whose answers take a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TypeVar

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.progress import ProgressDisplay
from e2v.jobs.progress import Progress

_Question = TypeVar("_Question")


class Everything:
    """Tells how many of all questions are answered, and at the end that they are.

    command: that answers. unit: what is asked about, such as users. total: how many of them there are.
    """

    def __init__(self, command: str, unit: str, total: int) -> None:
        self._command, self._unit, self._total = command, unit, total
        self._began = time.monotonic()

    def followed(self, batches: Iterator[list[_Question]]) -> Iterator[list[_Question]]:
        """The batches, with a report of progress; not where the answers, on a terminal, show it."""
        done = 0
        with ProgressDisplay("none" if sys.stdout.isatty() else None) as progress:
            for batch in batches:
                yield batch
                done += len(batch)
                progress(Progress(self._command, self._unit, done, self._total))

    def say_done(self) -> None:
        """Say that all are answered."""
        seconds = time.monotonic() - self._began
        words = f"answers for {self._total:,} {self._unit} in {seconds:.1f} s"
        say_result(self._command, None, [words], {self._unit: self._total, "seconds": round(seconds, 1)})
