"""Progress on stderr: a bar on a terminal, a JSON line now and then elsewhere."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.progress import Progress

ProgressMode = Literal["auto", "bar", "json", "none"]

#: Seconds between two JSON lines: enough to see life in a log, few enough to keep it short.
_JSON_INTERVAL = 10.0

_SHORT = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class ProgressDisplay:
    """Shows how far a task has come; a context manager.

    task: what is being done, as the user calls it ("train"). unit: what is counted ("words").
    """

    def __init__(self, mode: ProgressMode, task: str, unit: str) -> None:
        self._mode = mode if mode != "auto" else ("bar" if sys.stderr.isatty() else "json")
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
        elif self._mode == "json" and now - self._last_line >= _JSON_INTERVAL:
            self._last_line = now
            line = {
                "task": self._task,
                "done": done,
                "total": total,
                "seconds": round(now - self._started, 1),
                f"{self._unit}_per_second": round(rate),
                **{k: float(f"{v:.6g}") for k, v in figures.items()},
            }
            print(json.dumps(line), file=sys.stderr, flush=True)

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


def say(message: str, progress: ProgressMode) -> None:
    """A word on stderr, unless none was wanted."""
    if progress != "none":
        print(f"e2v: {message}", file=sys.stderr)


def short(number: float) -> str:
    """A number in a few characters: 1234567 -> '1.23 M'."""
    for scale, letter in _SHORT:
        if number >= scale:
            return f"{number / scale:.3g} {letter}"
    return f"{number:.3g}"
