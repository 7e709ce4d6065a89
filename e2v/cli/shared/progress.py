"""Progress on stderr: a bar on a terminal, words now and then elsewhere, JSON lines on request."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING, Literal

from e2v.cli.shared.messages import say

if TYPE_CHECKING:
    from rich.progress import Progress

ProgressMode = Literal["auto", "bar", "json", "none"]

#: Seconds between two lines: enough to see life, few enough to keep short what cron mails to people.
_INTERVALS = {"json": 10.0, "words": 60.0}

_SHORT = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class ProgressDisplay:
    """Shows how far a task has come; a context manager.

    Off a terminal, auto is words, as the summary that follows is: a log is read by people, and a program that
    wants JSON asks for it and then gets nothing else.

    task: what is being done, as the user calls it ("train"). unit: what is counted ("words").
    """

    def __init__(self, mode: ProgressMode, task: str, unit: str) -> None:
        self._mode = mode if mode != "auto" else ("bar" if sys.stderr.isatty() else "words")
        self._task = task
        self._unit = unit
        self._started = self._last_line = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> ProgressDisplay:
        if self._mode == "bar":
            self._bar = self._start_bar()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int | None, **figures: float) -> None:
        """Report `done` of `total` units (None: unknown), with further figures such as the loss."""
        now = time.monotonic()
        rate = done / max(now - self._started, 1e-9)
        if self._bar is not None:
            notes = "  ".join(
                [f"{short(rate)} {self._unit}/s", *(f"{k} {v:.4g}" for k, v in figures.items())]
            )
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, notes=notes)
        elif now - self._last_line >= _INTERVALS.get(self._mode, math.inf):
            self._last_line = now
            if self._mode == "words":
                say(self._in_words(done, total, rate, figures))
                return
            line = {
                "task": self._task,
                "done": done,
                "total": total,
                "seconds": round(now - self._started, 1),
                f"{self._unit}_per_second": round(rate),
                **{k: float(f"{v:.6g}") for k, v in figures.items()},
            }
            say(json.dumps(line))

    def _in_words(self, done: int, total: int | None, rate: float, figures: dict[str, float]) -> str:
        parts = [
            f"{done:,} {self._unit}" if total is None else f"{done:,} of {total:,} {self._unit}",
            f"{short(rate)} {self._unit}/s",
            *(f"{name} {value:.4g}" for name, value in figures.items()),
        ]
        share = f"{done / total:.0%}, " if total else ""
        return f"{self._task}: {share}{', '.join(parts)}"

    def _start_bar(self) -> Progress:
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
        bar.add_task(self._task, total=None, notes="")
        return bar


def short(number: float) -> str:
    """A number in a few characters: 1234567 -> '1.23 M'."""
    for scale, letter in _SHORT:
        if number >= scale:
            return f"{number / scale:.3g} {letter}"
    return f"{number:.3g}"
