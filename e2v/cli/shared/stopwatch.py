"""How long each step of a command takes, by what it reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from e2v.progress import Progress

#: The step that kernels are compiled in, as a user calls it.
COMPILING = "compiling"

#: What comes before the first step that is reported.
STARTING = "starting"

#: Seconds of a step before it is said how long the rest will take.
_JUDGED_AFTER = 0.5


@dataclass(slots=True)
class Step:
    """What became of a task: seconds it took so far, and how many units were done meanwhile.

    A step may stop and go on, or begin anew: from_seconds and from_done are those of its latest beginning;
    done and reported are the units and the seconds when it last reported.
    """

    unit: str = ""
    seconds: float = 0.0
    counted: int = 0
    from_seconds: float = 0.0
    from_done: int = 0
    done: int = 0
    reported: float = 0.0


class Stopwatch:
    """Sums the seconds by task.

    Time in which a kernel is compiled, and what was last reported does not advance, is compiling; what is
    compiled on the side takes nobody's time.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = self._reported = now()
        self._compiles = False
        self.progress: Progress | None = None
        self.steps: dict[str, Step] = {}

    def began(self, at: float) -> None:
        """What is timed began before the watch was there."""
        self._since = at

    def report(self, progress: Progress) -> None:
        """Take note of progress."""
        last = self.progress
        same = last is not None and last.task == progress.task
        if not (same and self._compiles and last and progress.done <= last.done):
            self._spend(last.task if last else STARTING)
        if progress.task not in self.steps:
            self.steps[progress.task] = Step(progress.unit, from_done=progress.done, done=progress.done)
        step = self.steps[progress.task]
        if progress.done >= step.done:
            step.counted += progress.done - step.done
        else:
            step.from_seconds, step.from_done = step.seconds, progress.done
        step.done, step.reported = progress.done, step.seconds
        self.progress, self._reported = progress, self._now()

    def compiling(self, begins: bool) -> None:
        """Take note that a kernel is compiled from now on, or has been."""
        self._spend(self._current)
        self._compiles = begins

    def stop(self) -> None:
        """No step is under way any more."""
        self.compiling(begins=False)
        self.progress = None

    @property
    def waits_for_compiler(self) -> bool:
        """Whether nothing goes on but compiling."""
        return self._compiles

    def seconds(self, task: str) -> float:
        """How long a task has been under way, until now."""
        done = self.steps[task].seconds if task in self.steps else 0.0
        return done + (self._now() - self._since if task == self._current else 0.0)

    def rate(self) -> float | None:
        """Units of the present task that are done in a second; None before any is."""
        if self.progress is None:
            return None
        step = self.steps[self.progress.task]
        seconds = step.reported - step.from_seconds
        done = self.progress.done - step.from_done
        return done / seconds if done and seconds > 0 else None

    def left(self) -> float | None:
        """Seconds that the present task will still take; None where it cannot be said."""
        progress = self.progress
        if progress is None:
            return None
        if progress.left is not None:
            return max(0.0, progress.left - (self._now() - self._reported))
        rate, seconds = self.rate(), self.seconds(progress.task)
        if not progress.total or not rate or seconds < _JUDGED_AFTER:
            return None
        waited = seconds - self.steps[progress.task].reported
        return max(0.0, (progress.total - progress.done) / rate - waited)

    @property
    def _current(self) -> str:
        if self._compiles:
            return COMPILING
        return self.progress.task if self.progress else STARTING

    def _spend(self, task: str) -> None:
        """The time since the last event was spent on a task."""
        now = self._now()
        self.steps.setdefault(task, Step()).seconds += now - self._since
        self._since = now
