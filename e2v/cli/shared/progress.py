"""Progress on stderr: a line that is drawn anew on a terminal, words now and then elsewhere, JSON on request.

A thread of its own looks at what was last reported, so that there is news also while a job is busy.
"""

from __future__ import annotations

import sys
import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from e2v.cli.shared import terminal
from e2v.cli.shared.bar import bar_line, spinner_line
from e2v.cli.shared.messages import NEWS_AFTER, ProgressMode, draw_with, progress_mode, say
from e2v.cli.shared.numbers import amount, clock, figure, short
from e2v.cli.shared.signals import interrupted
from e2v.cli.shared.stopwatch import COMPILING, Stopwatch
from e2v.kernels.compiling import USUAL_SECONDS, on_compiling
from e2v.progress import Progress, is_typed

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

#: Seconds between two lines: enough to see life, few enough to keep short what cron mails to people.
_INTERVALS = {"json": 10.0, "terminal": 10.0, "log": 60.0}
#: Seconds before the first: in a log a sign of life, as it is read later.
_FIRST = {"json": NEWS_AFTER, "terminal": NEWS_AFTER, "log": 10.0}
#: Seconds before anything is drawn: what takes less would only flicker.
_DRAWN_AFTER = 0.3
_REDRAWN = 0.1

_COMPILING = f"{COMPILING} for this CPU, once for each kind of work"
_USUAL = f"{USUAL_SECONDS[0]} to {USUAL_SECONDS[1]} s"


class ProgressDisplay:
    """Shows how far a job has come; a context manager, to be called with its progress.

    Off a terminal, auto is words, as the summary that follows is: a log is read by people, and a program that
    wants JSON asks for it and then gets nothing else. On a terminal that cannot draw a line anew it is words,
    too.

    mode: how; None as the command line has it, which draws nothing off a terminal. goes_on: it shows the rest
    of what another display began.
    """

    def __init__(self, mode: ProgressMode | None = None, *, goes_on: bool = False) -> None:
        self._goes_on = goes_on
        wanted = mode or progress_mode()
        self._draws = mode == "bar" or (wanted in ("auto", "bar") and terminal.can_redraw())
        self._is_json = wanted == "json"
        self._is_silent = wanted == "none" or (wanted == "bar" and not self._draws)
        kind = "json" if self._is_json else "terminal" if sys.stderr.isatty() else "log"
        self._interval = _INTERVALS[kind]
        self._watch = Stopwatch()
        self._began = time.monotonic()
        self._next_line = self._began + _FIRST[kind]
        self._told_of_compiler = False
        self._told: Progress | None = None
        self._paused = True
        self._live: Live | None = None
        self._frame = 0
        self._ended = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> ProgressDisplay:
        self._lock = draw_with(self._watch, self._hide, goes_on=self._goes_on)
        self._ignore_compiler = on_compiling(self._compiling)
        if not self._is_silent:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ignore_compiler()
        self._ended.set()
        if not self._is_silent:
            self._thread.join()
        with self._lock:
            self._watch.stop()
            self._hide()

    def __call__(self, progress: Progress) -> None:
        """Take note of progress, which is shown when it is time.

        Raises:
            KeyboardInterrupt: one was raised before, and lost in a callback.
        """
        with self._lock:
            self._watch.report(progress)
            self._paused = False
        if interrupted():
            raise KeyboardInterrupt

    def pause(self) -> None:
        """Draw nothing until the next progress: something else is printed."""
        with self._lock:
            self._paused = True
            self._hide()

    def _compiling(self, begins: bool) -> None:
        with self._lock:
            self._watch.compiling(begins)

    def _look(self) -> None:
        """Show what there is to show, now and then."""
        while not self._ended.wait(_REDRAWN):
            with self._lock:
                if self._draws:
                    self._draw()
                else:
                    self._tell()

    def _draw(self) -> None:
        nothing = (
            self._paused
            or is_typed()
            or (self._watch.progress is None and not self._watch.waits_for_compiler)
        )
        if nothing or time.monotonic() - self._began < _DRAWN_AFTER:
            return
        from rich.console import Console
        from rich.live import Live

        self._frame += 1
        if self._live is None:
            # In a notebook, too, it is text: rich would want widgets there.
            console = Console(stderr=True, force_terminal=True, force_jupyter=False, width=terminal.width())
            self._live = Live(
                console=console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
            console.show_cursor(show=True)  # whatever ends the process, or stops it, the terminal has one
        self._live.update(self._line(terminal.width()), refresh=True)

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _line(self, width: int) -> Text:
        """What is drawn."""
        watch, progress = self._watch, self._watch.progress
        if watch.waits_for_compiler:
            seconds = watch.seconds(COMPILING)
            usual = _USUAL if seconds < USUAL_SECONDS[1] else "longer than usual"
            names = (f"{_COMPILING} ({usual})", _COMPILING, COMPILING)
            return spinner_line(names, clock(seconds), [], width, self._frame)
        assert progress
        notes = self._notes(progress)
        left = watch.left()
        if progress.total and progress.left is None:
            time_left = f"{clock(left)} left" if left is not None else ""
            return bar_line(progress.task, progress.done / progress.total, time_left, notes, width)
        if left is not None:
            passed = watch.seconds(progress.task)
            share = passed / max(passed + left, 1e-9)
            return bar_line(progress.task, share, f"{clock(left)} left", notes, width)
        if progress.done:
            notes.insert(0, amount(progress.done, progress.unit))
        return spinner_line([progress.task], clock(watch.seconds(progress.task)), notes, width, self._frame)

    def _notes(self, progress: Progress) -> list[str]:
        """The rate, and the figures."""
        rate = self._watch.rate() if progress.unit else None
        notes = [] if rate is None else [f"{amount(rate, progress.unit)}/s"]
        return notes + [f"{name} {figure(value)}" for name, value in progress.figures.items()]

    def _tell(self) -> None:
        """Say a line when it is time: early, as a sign of life, then at intervals; of compiling once."""
        now = time.monotonic()
        compiles = self._watch.waits_for_compiler
        if self._watch.progress is None and not compiles:
            return
        if compiles:
            is_due = self._watch.seconds(COMPILING) >= NEWS_AFTER and not self._told_of_compiler
        else:
            is_due = (
                now >= self._next_line and not self._paused and not is_typed() and not self._waits_for_input
            )
        if is_due:
            self._told_of_compiler |= compiles
            self._next_line = now + self._interval
            self._told = self._watch.progress
            say(self._as_json() if self._is_json else self._in_words())

    @property
    def _waits_for_input(self) -> bool:
        """Whether nothing was counted since the last line, and no end is known: a pipe may be idle."""
        progress = self._watch.progress
        return progress is not None and progress is self._told and bool(progress.unit and not progress.total)

    def _as_json(self) -> dict[str, Any]:
        watch, progress = self._watch, self._watch.progress
        if watch.waits_for_compiler or progress is None:
            return {"task": COMPILING, "seconds": round(watch.seconds(COMPILING), 1)}
        record: dict[str, Any] = {"task": progress.task, "seconds": round(watch.seconds(progress.task), 1)}
        if progress.unit or progress.total:
            record |= {"done": progress.done, "total": progress.total}
        if progress.unit:
            record[f"{progress.unit}_per_second"] = round(watch.rate() or 0)
        if (left := watch.left()) is not None:
            record["seconds_left"] = round(left, 1)
        for name, value in progress.figures.items():
            record[name] = value if isinstance(value, int) else float(f"{value:.6g}")
        return record

    def _in_words(self) -> str:
        watch, progress = self._watch, self._watch.progress
        if watch.waits_for_compiler or progress is None:
            return f"{_COMPILING} ({_USUAL})"
        parts = []
        if progress.total and progress.left is None:
            parts.append(f"{progress.done / progress.total:.0%}")
        if progress.unit and progress.done:
            of = f" of {amount(progress.total, progress.unit)}" if progress.total else f" {progress.unit}"
            parts.append(short(progress.done) + of)
        if (left := watch.left()) is not None:
            parts.append(f"{clock(left)} left")
        else:
            parts.append(f"for {clock(watch.seconds(progress.task))}")
        return f"{progress.task}: {', '.join([*parts, *self._notes(progress)])}"
