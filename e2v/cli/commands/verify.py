"""`e2v verify`: whether every byte of a file is what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_end
from e2v.cli.shared.options import Rows, file_argument
from e2v.cli.shared.progress import ProgressDisplay


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is looked at."""

    file: Path = file_argument()


def command(asked: Asked) -> None:
    """Check every byte count, shape, key and digest of FILE.

    Prints each array and `ok`, or what is wrong and where, and exits 1 if anything is.

    Examples:
        e2v verify model.e2v
        e2v verify model.e2v --format json
    """
    from e2v.errors import DamagedFileError
    from e2v.store import open_artifact, verify

    with ProgressDisplay() as progress:
        problems = verify(asked.file, progress)
    with asked.printed(["array", "state"]) as output:
        for array, what in problems or ((name, "ok") for name in open_artifact(asked.file).arrays):
            output.row(array, what)
    if not problems:
        say_end("verify", f"{asked.file} checked", {"file": str(asked.file), "problems": 0})
    else:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DamagedFileError(
            f"{asked.file} is damaged: {count} found", "restore it from a copy or make it again"
        )
