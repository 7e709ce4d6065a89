"""The terminal that stderr is, if it is one."""

from __future__ import annotations

import os
import sys

_USUAL_WIDTH = 80


def width() -> int:
    """Columns of the terminal; `COLUMNS` goes before what it says itself."""
    if (named := os.environ.get("COLUMNS", "")).isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_WIDTH
    except (OSError, ValueError):  # no terminal, a notebook for instance
        return _USUAL_WIDTH


def can_redraw() -> bool:
    """Whether stderr is a terminal on which a line can be drawn anew."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
