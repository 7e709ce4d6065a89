"""What completes the name of a file in a shell, where only files of one kind will do."""

from __future__ import annotations

import os
from pathlib import Path


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
