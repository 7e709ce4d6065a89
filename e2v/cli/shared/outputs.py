"""The outputs that a command line names."""

from __future__ import annotations

from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.common_settings import OUTPUTS
from e2v.errors import UsageError
from e2v.store import Output

STDOUT = "-"


def file_output(name: str | None, command: str | None, what: str) -> Output:
    """The file that the user named, or else the default of a command; `-` is refused, and `./-` is a file.

    what: what it is, for the message ("a model").

    Raises:
        UsageError: it is stdout, or a folder, or an empty name.
        OutputError: see `Output`.
    """
    default = OUTPUTS[command] if command else "x.e2v"
    if name is None:
        return Output(Path(default), by_default=True)
    if name == STDOUT:
        raise UsageError(
            f"{what} cannot go to stdout, as it is not written in order", "name a file; one called - is ./-"
        )
    if not name:
        raise UsageError("the name of the output is empty", f"name a file, such as {default}")
    if name.endswith("/"):
        raise UsageError(f"{name} names a folder", f"name a file, such as {name}{default}")
    return Output(Path(name))


def unchanged(command: str, output: Output) -> None:
    """Say that an output was left alone."""
    words = ["unchanged, its inputs and settings are the same"]
    say_result(command, output.path, words, {"unchanged": True}, is_last=False)
