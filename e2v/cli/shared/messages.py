"""What is said on stderr, in one place: notes, errors and results, in words or as JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import IO, Any, Literal, TypeAlias

from e2v import __version__
from e2v.cli.shared import terminal
from e2v.cli.shared.numbers import amount
from e2v.cli.shared.stopwatch import STARTING, Stopwatch
from e2v.cli.shared.visible import visible
from e2v.errors import E2VError, OutputError, spelled
from e2v.notices import Level, Record
from e2v.settings import option_name, setting

_GROUP = "Messages"
_TIME, _TIME_LENGTH = "%Y-%m-%dT%H:%M:%S", 19
#: What a line of a log begins with that is JSON.
_TIME_FIRST = '{"time": "'

#: Seconds after which what a command does is told of, and what took less is not worth telling.
NEWS_AFTER = 2.0
_LEAST_PART = 0.05
_LEAST_RATED = 0.5

ProgressMode: TypeAlias = Literal["auto", "bar", "json", "none"]


@dataclass(frozen=True, kw_only=True)
class MessageSettings:
    """What a command says on stderr. Errors and warnings are told in any case."""

    progress: Literal["auto", "bar", "json", "none"] = setting(
        "auto",
        "What is said of progress and, at the end, of what was made: auto is a bar on a terminal and a line "
        "of words a minute elsewhere, with a summary in words; json makes every line JSON, the result last; "
        "none leaves out both.",
        group=_GROUP,
        only_with={"quiet": False},
    )
    quiet: bool = setting(
        False, "Show nothing but errors and warnings, as --progress none.", short="-q", group=_GROUP
    )
    verbose: bool = setting(
        False,
        "Say also which settings count.",
        short="-v",
        group=_GROUP,
        only_with={"quiet": False},
    )
    log_file: Path | None = setting(
        None,
        "Add what is said, or would be but for --quiet, to this file: a line each, with the time; "
        "with --progress json an object each.",
        group=_GROUP,
    )


class _Messages:
    """The messages of this process."""

    def __init__(self) -> None:
        self.mode: ProgressMode = "auto"
        self.verbose = False
        self.log: IO[str] | None = None
        self.began = time.monotonic()
        self.watch = Stopwatch()
        #: Whoever draws on stderr does so with the lock, and takes what is drawn away when told to.
        self.lock = RLock()
        self.hide: Callable[[], object] = lambda: None


_messages = _Messages()


def set_up(settings: MessageSettings) -> None:
    """Have messages as the settings say, from now on.

    Raises:
        OutputError: the log file cannot be written.
    """
    _messages.mode = "none" if settings.quiet else settings.progress
    _messages.verbose = settings.verbose
    _messages.watch = Stopwatch()
    if settings.log_file is not None:
        _refuse_other_file(settings.log_file)
        is_new = not settings.log_file.exists()
        if _messages.log is not None:
            _messages.log.close()
        try:
            _messages.log = settings.log_file.open(
                "a", encoding="utf-8", errors="backslashreplace", buffering=1
            )
        except OSError as error:
            raise OutputError(
                f"cannot write {settings.log_file}: {error.strerror}", "name another --log-file"
            ) from error
        from e2v.store.outputs import note_log

        note_log(settings.log_file, is_new=is_new)


def _refuse_other_file(path: Path) -> None:
    """Lines are added to a log only: to anything else, such as an input, they would do harm.

    Raises:
        OutputError: the file is something else.
    """
    try:
        if not path.is_file() or not path.stat().st_size:
            return
        from e2v.inputs.mapped import first_bytes

        begun = first_bytes(path, len(_TIME_FIRST) + _TIME_LENGTH).decode(errors="replace")
        time.strptime(begun.removeprefix(_TIME_FIRST)[:_TIME_LENGTH], _TIME)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} is there, and is no log of e2v", "name another --log-file") from error


def progress_mode() -> ProgressMode:
    """How progress is shown."""
    return _messages.mode


def note(message: str) -> None:
    """Say something beside the results, in one line; who wants quiet finds it in the log file only."""
    tell("note", message)


def warn(message: str) -> None:
    """Say what has to be known in any case: which data could not be read, for instance."""
    tell("warning", message)


def tell(level: Level, message: str) -> None:
    """Say what an engine has to say beside its results."""
    if level != "detail" or _messages.verbose:
        message = spelled(message, option_name)
        facts = message.facts if isinstance(message, Record) else message
        say(
            {level: facts} if _messages.mode == "json" else f"e2v: {message}",
            shown=level == "warning" or _messages.mode != "none",
        )


def say_error(error: E2VError) -> None:
    """Say what went wrong, with settings spelled as options."""
    error = error.spelled(option_name)
    if _messages.mode == "json":
        say({"error": error.message, "hint": error.hint, "exit_code": error.exit_code})
    else:
        say(f"e2v: {error}")


def draw_with(watch: Stopwatch, hide: Callable[[], object], *, goes_on: bool = False) -> RLock:
    """Have a watch time the steps of this process, and something drawn on stderr taken away by `hide` before
    each line; returns what has to be held while it is drawn.

    goes_on: the steps that the command has told of before count, too.
    """
    if goes_on and _messages.watch.steps:
        watch.steps = _messages.watch.steps
    else:
        watch.began(_messages.began)
    _messages.watch, _messages.hide = watch, hide
    return _messages.lock


def say_result(
    task: str, output: Path | None, words: Sequence[str], facts: Mapping[str, Any], *, is_last: bool = True
) -> None:
    """Say what was made: in words, as one JSON object, or not at all.

    Args:
        task: the command.
        output: what was made; None is stdout. The first line begins with it.
        words: lines for people, the first about the output.
        facts: the same for programs, as JSON.
        is_last: whether nothing follows: then the time that the command took is told, and its parts.
    """
    shown = "stdout" if output is None else str(output)
    if _messages.mode == "json":
        say(
            {
                "task": task,
                "output": shown,
                **facts,
                **(_times() if is_last else {}),
                "version": __version__,
            }
        )
    else:
        first, *others = words
        for line in (f"{shown}: {first}", *others, *([_times_in_words()] if is_last else [])):
            say(line, shown=_messages.mode != "none")


def say_end(task: str, words: str, facts: Mapping[str, Any]) -> None:
    """Say that rows are complete, which are the result themselves: as JSON, and in words if it took long."""
    steps = _messages.watch.steps
    took_long = sum(step.seconds for name, step in steps.items() if name != STARTING) > NEWS_AFTER
    if _messages.mode == "json":
        say_result(task, None, [words], facts)
    elif took_long:
        say(f"{words} in {_times_in_words()}", shown=_messages.mode != "none")


def _times() -> dict[str, Any]:
    """The seconds since the beginning, and those of each step."""
    steps = _messages.watch.steps
    return {
        "total_seconds": round(time.monotonic() - _messages.began, 3),
        "parts": {name: round(step.seconds, 3) for name, step in steps.items()},
    }


def _times_in_words() -> str:
    """The same: '12.4 s: reading 1.1 (88.3 MB/s), compiling 6.0, training 4.9 (8.01 M words/s)'."""
    total = f"{time.monotonic() - _messages.began:,.1f} s"
    parts = []
    for name, step in _messages.watch.steps.items():
        if step.seconds < _LEAST_PART:
            continue
        rate = ""
        if step.unit and step.counted and step.seconds >= _LEAST_RATED:
            rate = f" ({amount(step.counted / step.seconds, step.unit)}/s)"
        parts.append(f"{name} {step.seconds:,.1f}{rate}")
    return f"{total}: {', '.join(parts)}" if parts else total


def say(said: str | Mapping[str, Any], *, shown: bool = True) -> None:
    """One line on stderr, at once, and in the log file: words, or an object as JSON.

    What a terminal would obey is shown as escapes. A terminal has words broken between them; a log or a pipe
    gets one line. shown: False is the log file alone.
    """
    with _messages.lock:
        if shown:
            _messages.hide()
            print(_wrapped(_line(said)), file=sys.stderr, flush=True)
        if _messages.log is not None:
            now = time.strftime(f"{_TIME}%z")
            now = f"{now[:-2]}:{now[-2:]}"  # ISO 8601 has both or no colons
            line = f"{now} {_line(said)}" if isinstance(said, str) else _line({"time": now, **said})
            try:
                _messages.log.write(f"{line}\n")
            except OSError as error:  # which stops nothing, as with stderr
                _messages.log = None
                warn(f"the log file cannot be written any more: {error.strerror}")


def _line(said: str | Mapping[str, Any]) -> str:
    if isinstance(said, str):
        return visible(said.replace("\n", " "))
    return json.dumps(said).replace("\x7f", "\\u007f")  # a control character that JSON leaves as it is


def _wrapped(line: str) -> str:
    if _messages.mode == "json" or not sys.stderr.isatty() or len(line) < (width := terminal.width()):
        return line
    from textwrap import wrap

    lines = wrap(line, width - 1, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
