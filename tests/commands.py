"""Commands in this process, where a test has to reach into what they do, or runs many of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from e2v.cli.app import COMMANDS, LazyCommands
from e2v.cli.shared.declared import typer_function


def command(name: str, **options: Any) -> None:
    """Run a command with options by name, as the command line hands them over; errors are raised."""
    module = import_module(f"e2v.cli.commands.{COMMANDS[name]}")
    given = {key: str(value) if isinstance(value, Path) else value for key, value in options.items()}
    typer_function(module.command)(**given)


def command_line(line: str) -> None:
    """Run a command line, in the working folder; errors are raised."""
    name, *words = line.split()
    LazyCommands()[name].main(words, prog_name=f"e2v {name}", standalone_mode=False)


def function_of(name: str) -> Any:
    """The function of a command."""
    return import_module(f"e2v.cli.commands.{COMMANDS[name]}").command
