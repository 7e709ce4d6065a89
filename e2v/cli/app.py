"""The `e2v` entry point: finds the command, turns errors into one line and an exit code.

Each command lives in `e2v/cli/<module>.py` as a function `command`, and is imported only when it is
called (or listed in the help): those modules import no engine at their top, so a query costs no more
than it needs.
"""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from e2v import __version__
from e2v.cli.coercion import PlainCommand, PlainConversion
from e2v.errors import E2VError, Interrupted, OutputError

#: Command name -> module in e2v.cli, in the order in which the help lists them.
COMMANDS = {
    "demo": "demo",
    "vocab": "vocab",
    "events": "events",
    "phrases": "phrases",
    "train": "train",
    "tower": "tower",
    "similar": "similar",
    "analogy": "analogy",
    "similarity": "similarity",
    "odd": "odd",
    "lookup": "lookup",
    "eval": "eval",
    "split": "split",
    "svd": "svd",
    "users": "users",
    "index": "index",
    "recommend": "recommend",
    "export": "export",
    "import": "import_",
    "info": "info",
    "verify": "verify",
}


class LazyCommands(Mapping[str, Any]):
    """The commands by name; a command's module is imported when it is first looked up."""

    def __getitem__(self, name: str) -> Any:
        module = importlib.import_module(f"e2v.cli.{COMMANDS[name]}")
        single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        single.command(name, cls=PlainCommand)(module.command)
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Toolchain(PlainConversion, TyperGroup):
    """The command group, with e2v's promises to the shell around every call."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands()  # type: ignore[assignment]  # only ever read

    def invoke(self, ctx: Any) -> Any:
        """Run the command; see docs/cli.md for the exit codes."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except E2VError as error:
            fail(error)
        except BrokenPipeError:
            _close_stdout_quietly()
            raise typer.Exit(0) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _close_stdout_quietly()
            fail(OutputError(f"cannot write: {error.strerror}", "make room on the disk of the output"))
        except KeyboardInterrupt:
            fail(Interrupted())
        return result


def fail(error: E2VError) -> None:
    """Say what went wrong in one line on stderr and leave with the error's exit code."""
    try:
        sys.stdout.flush()
        print(f"e2v: {error}".replace("\n", " "), file=sys.stderr)
    except BrokenPipeError:
        _close_stdout_quietly()
    raise typer.Exit(error.exit_code)


def _close_stdout_quietly() -> None:
    """Point stdout at the null device, so that the interpreter's last flush has nowhere to fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"e2v {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Toolchain,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def toolchain(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn sequences and sets of things into vectors, and ask questions of them."""


def main() -> None:
    """Run the command line (the `e2v` script and `python -m e2v`)."""
    # Keys are bytes to us: those that are not UTF-8 come in and go out unchanged.
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    signal.signal(signal.SIGTERM, _interrupt)
    # Imports make objects by the hundred thousand and hardly a cycle: looking for some, and once more at the
    # end, would be a fifth of a short command's time.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    app(prog_name="e2v")
