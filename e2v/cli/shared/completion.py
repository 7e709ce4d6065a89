"""What completes a word in a shell, where the shell cannot know it: keys, and files of one kind."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Keys that are looked at, the most frequent ones, and shown.
_LOOKED_AT, _SHOWN = 100_000, 50


def keys_like(incomplete: str, model: str | None) -> list[str]:
    """The most frequent keys of a model that begin with what is there, and that a shell need not quote.

    model: the file, where the command line names it; else that of the environment, or of this folder.
    """
    from e2v.errors import E2VError
    from e2v.store import open_artifact

    if not incomplete:
        return []
    try:
        keys = open_artifact(Path(model or os.environ.get("E2V_MODEL") or "model.e2v")).keys
    except (E2VError, OSError):
        return []
    fitting = (key for key in keys[:_LOOKED_AT] if key.startswith(incomplete))
    return [key for key in fitting if re.fullmatch(r"[\w.,@%+=-]+", key)][:_SHOWN]


def files_like(incomplete: str, suffix: str) -> list[str]:
    """Files whose names end in `suffix`, and folders, that begin with what is there; as it was written.

    A folder that is the only one stands with what is in it, since shells put a blank behind what is complete.
    """
    folder, start = os.path.split(incomplete)
    prefix = incomplete[: len(incomplete) - len(start)]
    found = _listed(folder, prefix, start, suffix)
    if len(found) == 1 and found[0].endswith("/"):
        return _listed(found[0], found[0], "", suffix) or found
    return found


def _listed(folder: str, prefix: str, start: str, suffix: str) -> list[str]:
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            there = sorted(
                f"{prefix}{entry.name}{'/' if entry.is_dir() else ''}"
                for entry in entries
                if entry.name.startswith(start) and entry.name.startswith(".") <= start.startswith(".")
            )
    except OSError:
        return []
    return [name for name in there if name.endswith((suffix, "/"))]
