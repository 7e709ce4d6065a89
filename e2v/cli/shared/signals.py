"""Signals that end a command: Ctrl-C, SIGTERM, and SIGHUP unless nohup made it ignored.

They are answered by what the command is doing: while modules are imported, by leaving at once; while it
works, by a KeyboardInterrupt, so that everything is tidied up; while it trains, by a note that is looked at.
One that is lost, as by Python in destructors and by C code that prints what it cannot raise, is raised again.
"""

from __future__ import annotations

# `signal` would make enumerations of its names first, while no handler is there yet.
import _signal as signal  # type: ignore[import-not-found]
import atexit
import os
import sys
import time

TYPE_CHECKING = False  # this is imported before any handler is set, and as little as possible with it
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Any

#: Seconds after the first signal in which others are taken for the same: a closed terminal sends several.
_SAME = 3.0

#: Seconds until a KeyboardInterrupt is raised again that was lost.
_AGAIN = 0.01

#: Exit codes of what a signal has ended, see `e2v.errors.Interrupted`.
_INTERRUPTED = (75, 130)

#: When the signal came that is being obeyed, if one is.
_came: list[float] = []

#: Whether one waits to be raised again.
_waits: list[bool] = []


def ignore_hangup() -> None:
    """From now on SIGHUP is nobody's, until somebody takes it."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def leave_at_once() -> None:
    """From now on a signal ends the process: there is nothing to tidy up."""
    _set(_leave)


def interrupt() -> None:
    """From now on a signal is a KeyboardInterrupt, and those that follow at once are not another."""
    if hasattr(signal, "setitimer"):
        sys.unraisablehook = _lost
        sys.excepthook = _printed
    _set(_interrupt)


def interrupted() -> bool:
    """Whether a KeyboardInterrupt was raised: whatever else fails then is a consequence."""
    return bool(_came)


def lost() -> bool:
    """Whether a signal was lost, and would come again; which it does not any more."""
    if not _waits:
        return False
    _waits.clear()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return True


def end(code: int) -> None:
    """End the process without taking the interpreter down, where signals have their own exit codes again.

    What a signal has ended does not wait for threads, which may be running compiled code that would be freed.
    Returns where what was printed cannot be written: the interpreter has something to say of it.
    """
    ended = code in _INTERRUPTED
    if not ended and (threading := sys.modules.get("threading")):
        threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads it, or it is closed
            if not ended:
                return
    os._exit(code)


class NotedSignals:
    """Notes signals in a list instead of raising: a second must not hurt what the first began."""

    def __enter__(self) -> list[int]:
        noted: list[int] = []
        self._before = {number: signal.getsignal(number) for number in _heeded()}
        _set(lambda number, _: noted.append(number))
        return noted

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _heeded() -> list[int]:
    """The signals that are ours: those that are not ignored."""
    numbers = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [number for number in numbers if number and signal.getsignal(number) != signal.SIG_IGN]


def _set(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in _heeded():
        signal.signal(number, handler)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    if _came:  # which has been said
        os._exit(130)
    said = b"e2v: interrupted\n"
    if "--progress=json" in sys.argv or ("--progress", "json") in zip(sys.argv, sys.argv[1:], strict=False):
        said = b'{"error": "interrupted", "hint": null, "exit_code": 130}\n'
    try:  # noqa: SIM105 - contextlib would have to be imported before there is a handler
        os.write(2, said)
    except OSError:  # nobody reads it
        pass
    os._exit(130)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    now = time.monotonic()
    if not _came or now - _came[-1] > _SAME:
        _came.append(now)
        raise KeyboardInterrupt


def _lost(error: Any) -> None:
    """What Python calls where an exception has nowhere to go: ours comes again, others are a consequence."""
    if not _came:
        sys.__unraisablehook__(error)
    elif error.exc_type is KeyboardInterrupt:
        _raise_again()


def _printed(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """What C code calls, such as NumPy's when it is imported by other C code, before it goes on or fails."""
    if _came and kind is KeyboardInterrupt:
        _raise_again()
    else:
        sys.__excepthook__(kind, error, traceback)


def _raise_again() -> None:
    _waits[:] = [True]
    signal.signal(signal.SIGALRM, _again)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)


def _again(_signal: int, frame: FrameType | None) -> None:
    _waits.clear()
    for number in _heeded()[:1]:
        handler = signal.getsignal(number)
        if handler is not _leave:  # or the command is over, and what it has said stands
            _came.clear()
            handler(number, frame)
