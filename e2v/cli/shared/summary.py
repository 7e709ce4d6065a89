"""The closing summary of a command that made something: in words, or as a JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from e2v import __version__
from e2v.cli.shared.messages import say
from e2v.cli.shared.progress import ProgressMode


def summarise(
    progress: ProgressMode, task: str, output: Path | None, words: list[str], facts: Mapping[str, Any]
) -> None:
    """Say on stderr what was made, as --progress has it: in words, one JSON object, or not at all.

    Args:
        progress: what the user chose.
        task: the command.
        output: what was made; None is stdout. The first line begins with it.
        words: lines for people, the first about the output.
        facts: the same for programs, as JSON.
    """
    shown = "stdout" if output is None else str(output)
    if progress == "json":
        say(json.dumps({"task": task, "output": shown, **facts, "version": __version__}))
    elif progress != "none":
        first, *others = words
        for line in (f"{shown}: {first}", *others):
            say(line)
