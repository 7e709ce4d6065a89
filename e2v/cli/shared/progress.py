"""Progress on stderr: a bar on a terminal, words now and then elsewhere, JSON lines on request."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING

from e2v.cli.shared.messages import ProgressMode, progress_mode, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from e2v.jobs.progress import Progress

#: Seconds between two lines: enough to see life, few enough to keep short what cron mails to people.
_INTERVALS = {"json": 10.0, "words": 60.0}

_SHORT = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class ProgressDisplay:
    """Shows how far a job has come; a context manager, to be called with its progress.

    Off a terminal, auto is words, as the summary that follows is: a log is read by people, and a program that
    wants JSON asks for it and then gets nothing else.

    mode: how; None as the command line has it.
    """

    def __init__(self, mode: ProgressMode | None = None) -> None:
        mode = mode or progress_mode()
        self._mode = mode if mode != "auto" else ("bar" if sys.stderr.isatty() else "words")
        self._task = ""
        self._started = self._last_line = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> ProgressDisplay:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def pause(self) -> None:
        """Take the bar away; the next progress has a new one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._task = ""

    def __call__(self, progress: Progress) -> None:
        """Show progress; that of another task than before begins anew."""
        if progress.task != self._task:
            self.pause()
            self._task = progress.task
            self._started = self._last_line = time.monotonic()
            if self._mode == "bar":
                self._bar = _start_bar(progress.task)
        now = time.monotonic()
        rate = progress.done / max(now - self._started, 1e-9)
        if self._bar is not None:
            figures = [f"{name} {value:.4g}" for name, value in progress.figures.items()]
            notes = "  ".join([f"{short(rate)} {progress.unit}/s", *figures])
            self._bar.update(
                self._bar.task_ids[0], completed=progress.done, total=progress.total, notes=notes
            )
        elif now - self._last_line >= _INTERVALS.get(self._mode, math.inf):
            self._last_line = now
            say(_in_words(progress, rate) if self._mode == "words" else self._as_json(progress, rate, now))

    def _as_json(self, progress: Progress, rate: float, now: float) -> str:
        line = {
            "task": progress.task,
            "done": progress.done,
            "total": progress.total,
            "seconds": round(now - self._started, 1),
            f"{progress.unit}_per_second": round(rate),
            **{name: float(f"{value:.6g}") for name, value in progress.figures.items()},
        }
        return json.dumps(line)


def _in_words(progress: Progress, rate: float) -> str:
    done = f"{progress.done:,}" if progress.total is None else f"{progress.done:,} of {progress.total:,}"
    parts = [
        f"{done} {progress.unit}",
        f"{short(rate)} {progress.unit}/s",
        *(f"{name} {value:.4g}" for name, value in progress.figures.items()),
    ]
    share = f"{progress.done / progress.total:.0%}, " if progress.total else ""
    return f"{progress.task}: {share}{', '.join(parts)}"


def _start_bar(task: str) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[notes]}"),
        console=Console(stderr=True),
    )
    bar.start()
    bar.add_task(task, total=None, notes="")
    return bar


def short(number: float) -> str:
    """A number in a few characters: 1234567 -> '1.23 M'."""
    for scale, letter in _SHORT:
        if number >= scale:
            return f"{number / scale:.3g} {letter}"
    return f"{number:.3g}"
