"""The `e2v` entry point: finds the command, turns errors into one line and an exit code.

Each command lives in `e2v/cli/commands/<module>.py` as a function `command`, and is imported only when it is
called (or listed in the help): those modules import the settings of engines at their top and their jobs
when they run, so a query costs no more than it needs.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from e2v import __version__
from e2v.cli.shared import signals
from e2v.cli.shared.declared import Command, typer_function
from e2v.cli.shared.messages import say_error, tell
from e2v.cli.shared.streams import discard_stdout, prepare_streams, readers_may_leave
from e2v.errors import E2VError, Interrupted, plainly
from e2v.notices import listen

#: Command name -> module in e2v.cli.commands, in the order in which the help lists them.
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
    "cluster": "cluster",
    "map": "map",
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


#: Commands whose exit code is an answer, whether or not their rows are read.
VERDICTS = frozenset({"eval", "verify"})


#: Commands whose products have one thread of BLAS, which has to be said before NumPy is imported. A query
#: waits for memory, which one core keeps busy, and where cores are busy more threads wait for each other, 50
#: times as long; a tower, a map and clusters have threads of their own; and the last digits of products
#: depend on their number.
SINGLE_BLAS_THREAD = frozenset(
    {
        "similar",
        "analogy",
        "similarity",
        "odd",
        "lookup",
        "cluster",
        "map",
        "export",
        "recommend",
        "users",
        "index",
        "tower",
    }
)


class LazyCommands(Mapping[str, Any]):
    """The commands by name; a command's module is imported when it is first looked up."""

    def __getitem__(self, name: str) -> Any:
        if name in SINGLE_BLAS_THREAD:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        module = importlib.import_module(f"e2v.cli.commands.{COMMANDS[name]}")
        single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        single.command(name, cls=Command)(typer_function(module.command))
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class CommandGroup(TyperGroup):
    """The command group, with e2v's promises to the shell around every call."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands()  # type: ignore[assignment]  # only ever read
        self._has_options = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See `click.Group.parse_args`."""
        # Values of options, absent ones too, would be converted by pydantic: see `Command`.
        self._has_options = not args or args[0].startswith("-")
        try:
            return super().parse_args(ctx, args)
        finally:
            self._has_options = True

    def get_params(self, ctx: Any) -> list[Any]:
        """The options of e2v itself, unless the command line begins with a command."""
        return super().get_params(ctx) if self._has_options else []

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; one whose exit code is an answer goes on when nobody reads its rows."""
        found = super().resolve_command(ctx, args)
        if found[0] in VERDICTS:
            readers_may_leave()
        return found

    def invoke(self, ctx: Any) -> Any:
        """Run the command; see docs/cli.md for the exit codes."""
        try:
            signals.interrupt()
            result = super().invoke(ctx)
            sys.stdout.flush()
        except E2VError as error:
            fail(error)
        except KeyboardInterrupt:
            fail(Interrupted())
        except BrokenPipeError:  # of stdout, as stderr raises nothing: its reader has left
            discard_stdout()
            raise typer.Exit(0) from None
        except MemoryError as error:
            fail(
                E2VError(
                    f"there is not enough memory: {error}".rstrip(": "), "use smaller settings, or less data"
                )
            )
        except OSError as error:
            if error.errno is None:
                raise
            fail(plainly(error))
        except Exception:
            if not signals.interrupted():
                raise
            fail(Interrupted())  # it hit an import, or a callback, which made something else of it
        finally:
            signals.leave_at_once()
        return result


def fail(error: E2VError) -> None:
    """Say what went wrong in one line on stderr and leave with the error's exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        discard_stdout()
    say_error(error)
    raise typer.Exit(error.exit_code)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"e2v {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=CommandGroup,
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
    """Run the command line, with the streams and the collector set up for it."""
    prepare_streams()
    listen(tell)
    # Nor is it worth looking for cycles at the end.
    atexit.register(gc.freeze)
    app(prog_name="e2v")
