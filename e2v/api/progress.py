"""How callers of the Python face see progress."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from e2v.progress import Progress, Report, silent

#: A function that is called now and then; True for a bar, False for none; None for a bar in a notebook.
ProgressChoice: TypeAlias = Callable[[Progress], None] | bool | None


@contextlib.contextmanager
def reporting(choice: ProgressChoice) -> Iterator[Report]:
    """What a job reports to."""
    if choice is None:
        choice = "ipykernel" in sys.modules
    if choice is False:
        yield silent
    elif choice is True:
        from e2v.cli.shared.progress import ProgressDisplay

        with ProgressDisplay("bar") as display:
            yield _progress_only(display)
    else:
        yield _progress_only(choice)


def _progress_only(show: Callable[[Progress], object]) -> Report:
    def report(event: Any) -> None:
        if isinstance(event, Progress):
            show(event)

    return report
