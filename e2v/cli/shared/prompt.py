"""Questions that are typed at a terminal: a prompt with history and completion; no line ends the command."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from e2v.cli.shared.messages import note, say_error
from e2v.cli.shared.signals import interrupted
from e2v.errors import E2VError

#: Lines of history that are kept, and keys that are offered at once.
_REMEMBERED, _OFFERED = 1000, 100


class Prompt(NamedTuple):
    """command: which one asks. told: what to type. words: whether a line is words, rather than one key."""

    command: str
    told: str
    words: bool = False


def converse(prompt: Prompt, reply: Callable[[str], None], complete: Callable[[str, int], list[str]]) -> None:
    """Read lines until Ctrl-D, and have each answered; what is wrong with one is said, and the next is read.

    reply: answers a line. complete: up to so many keys that begin with something.
    """
    note(f"{prompt.told}; Tab completes a key, Ctrl-D leaves")
    with _ctrl_c_ends_a_line(), _editing(prompt, complete):
        while True:
            try:
                line = _read(f"{prompt.command}> ")
                if line is None:
                    sys.stderr.write("\n")
                    return
                if line.strip():
                    reply(line)
            except E2VError as error:
                say_error(error)
            except KeyboardInterrupt:
                if interrupted():  # by a signal other than Ctrl-C
                    raise
                sys.stderr.write("\n")


def _read(prompt: str) -> str | None:
    """A line that is typed; None at the end. The prompt stays out of a stdout that goes elsewhere."""
    if sys.stdout.isatty():
        try:
            return input(prompt)
        except EOFError:
            return None
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


@contextlib.contextmanager
def _ctrl_c_ends_a_line() -> Iterator[None]:
    """Have every Ctrl-C raise a KeyboardInterrupt, and leave no other trace."""
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _editing(prompt: Prompt, complete: Callable[[str, int], list[str]]) -> Iterator[None]:
    """Lines can be edited, repeated and completed, if this Python has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    matches: list[str] = []

    def match(begun: str, number: int) -> str | None:
        if number == 0:
            found = complete(begun, _OFFERED)
            matches[:] = [key for key in found if not (prompt.words and " " in key)]
        return matches[number] if number < len(matches) else None

    readline.set_completer(match)
    readline.set_completer_delims(" \t" if prompt.words else "\t")
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
    readline.set_history_length(_REMEMBERED)
    with contextlib.suppress(OSError, RuntimeError):  # nobody's home is known
        readline.read_history_file(_history(prompt.command))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            history = _history(prompt.command)
            history.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(history)


def _history(command: str) -> Path:
    """The file of what was asked before, by the XDG base directory specification."""
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path("~/.local/state").expanduser()
    return state / "e2v" / f"{command}-history"
