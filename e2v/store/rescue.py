"""Where a long run's result goes if, after all, it cannot go where it should."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from e2v.errors import OutputError


def rescued(error: OutputError, what: str, name: str, write: Callable[[Path], object]) -> OutputError:
    """Write a file called `name` where temporary files are kept; returns the error, with that as its hint.

    error: why it could not be written where it should. what: what it is, in words. write: writes it there.
    """
    path = saved_elsewhere(name, write)
    kept = f"{what} is in {path}" if path else f"{what} could not be kept in {tempfile.gettempdir()} either"
    return OutputError(error.message, "; ".join(filter(None, (error.hint, kept))))


def saved_elsewhere(name: str, write: Callable[[Path], object]) -> Path | None:
    """Write a file called `name` into a new folder for temporary files; None if that fails."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="e2v-"))
    except OSError:
        return None
    try:
        write(folder / name)
    except (OutputError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return folder / name
