"""The `e2v` entry point: finds the command, turns errors into one line and an exit code.

Each command lives in `e2v/cli/commands/<module>.py` as a function `command`, and is imported only when it is
called (or listed in the help): those modules import the settings of engines at their top and their jobs
when they run, so a query costs no more than it needs.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from e2v import __version__
from e2v.blas import keep_to_one_thread
from e2v.cli.shared import signals
from e2v.cli.shared.arguments import HELP
from e2v.cli.shared.declared import Command, bold, typer_function
from e2v.cli.shared.messages import say_error, tell
from e2v.cli.shared.streams import discard_stdout, prepare_streams, readers_may_leave
from e2v.errors import E2VError, Interrupted, UsageError, plainly
from e2v.notices import listen

#: What Python says where the system has no room for a thread.
_NO_THREAD = "can't start new thread"

#: Command name -> module in e2v.cli.commands, in the order in which the help lists them.
COMMANDS = {
    "demo": "demo",
    "auto": "auto",
    "vocab": "vocab",
    "events": "events",
    "phrases": "phrases",
    "plan": "plan",
    "train": "train",
    "tower": "tower",
    "similar": "similar",
    "analogy": "analogy",
    "similarity": "similarity",
    "odd": "odd",
    "lookup": "lookup",
    "embed": "embed",
    "cluster": "cluster",
    "map": "map",
    "eval": "eval",
    "compare": "compare",
    "tune": "tune",
    "diff": "diff",
    "align": "align",
    "merge": "merge",
    "split": "split",
    "svd": "svd",
    "users": "users",
    "index": "index",
    "recommend": "recommend",
    "serve": "serve",
    "export": "export",
    "import": "import_",
    "info": "info",
    "keys": "keys",
    "verify": "verify",
}


#: Commands whose exit code is an answer, whether or not their rows are read.
VERDICTS = frozenset({"eval", "plan", "verify", "diff"})


class LazyCommands(Mapping[str, Any]):
    """The commands by name; a command's module is imported when it is first looked up."""

    def __getitem__(self, name: str) -> Any:
        module = importlib.import_module(f"e2v.cli.commands.{COMMANDS[name]}")
        single = typer.Typer(add_completion=False)
        single.command(name, cls=Command)(typer_function(module.command))
        found: Any = typer.main.get_command(single)
        found.function = module.command
        return found

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
            if self._has_options and not ctx.resilient_parsing:
                self._own_options(ctx, args)
            return super().parse_args(ctx, args)
        except BrokenPipeError:  # of the help, or the version
            discard_stdout()
            raise typer.Exit(0) from None
        except OSError as error:
            fail(plainly(error))
        finally:
            self._has_options = True

    def _own_options(self, ctx: Any, words: list[str]) -> None:
        """Answer e2v's own options, but for those that are Typer's; without any word, with the help."""
        if not words or words[0] in HELP:
            self._show_overview(ctx)
            raise typer.Exit(0 if words else UsageError.exit_code)
        if words[0].startswith("--") and words[0].endswith("-completion"):
            return
        if set(words) <= {"--version", "-v", "--verbose"} and "--version" in words:
            print_version(whole=len(words) > 1)
            raise typer.Exit
        from e2v.cli.shared.usage import before_command, heed_messages

        heed_messages(words)
        fail(before_command(words, COMMANDS))

    def _show_overview(self, ctx: Any) -> None:
        from e2v.cli.shared.help import described, overview

        summaries = {name: described(self.commands[name].function).summary for name in COMMANDS}  # type: ignore[attr-defined]
        options = [(", ".join(sorted(one.opts)), one.help) for one in self.get_params(ctx)]
        typer.echo(overview(summaries, options, bold))

    def get_params(self, ctx: Any) -> list[Any]:
        """The options of e2v itself, unless the command line begins with a command."""
        return super().get_params(ctx) if self._has_options else []

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; one whose exit code is an answer goes on when nobody reads its rows."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from e2v.cli.shared.usage import heed_messages, unknown_command

            heed_messages(args)
            raise unknown_command(args[0], COMMANDS)
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
        except Exception as error:
            if str(error) == _NO_THREAD:
                fail(E2VError("no thread can be started", "raise the limit: ulimit -v, or ulimit -u"))
            if not signals.interrupted():
                raise
            fail(Interrupted())  # it hit an import, or a callback, which made something else of it
        finally:
            signals.leave_at_once()
        return result


def fail(error: E2VError) -> NoReturn:
    """Say what went wrong in one line on stderr and leave with the error's exit code."""
    if signals.lost():  # in what has failed since
        error = Interrupted()
    try:
        sys.stdout.flush()
    except OSError:
        discard_stdout()
    say_error(error)
    raise typer.Exit(error.exit_code)


def print_version(*, whole: bool) -> None:
    """Print the version, in a line; with `whole`, also what it runs on."""
    typer.echo(f"e2v {__version__}")
    if whole:
        from e2v.jobs.environment import environment

        for name, found in environment().items():
            typer.echo(f"{name:14}{found}")


app = typer.Typer(
    cls=CommandGroup,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def toolchain(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version; with -v, what it runs on, too.")
    ] = False,
) -> None:
    """Turn sequences and sets of things into vectors, and ask questions of them."""


def main() -> None:
    """Run the command line, with the streams, the collector and BLAS set up for it."""
    prepare_streams()
    listen(tell)
    keep_to_one_thread()
    # Nor is it worth looking for cycles at the end.
    atexit.register(gc.freeze)
    try:
        app(prog_name="e2v")
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            signals.end(left.code or 0)
        raise
