"""What is said on stderr, in one place: notes, and lines about what was made."""

from __future__ import annotations

import sys

from e2v.cli.shared.visible import visible


def note(message: str, progress: str = "auto") -> None:
    """Say something beside the results, in one line, unless --progress none wants to hear nothing of it.

    Errors and data that are left out are told in any case: they are noted without `progress`.
    """
    if progress != "none":
        say(f"e2v: {message}")


def say(line: str) -> None:
    """One line on stderr, at once; what a terminal would obey is shown as escapes."""
    print(visible(line.replace("\n", " ")), file=sys.stderr, flush=True)
