"""The Python face: the commands' jobs as functions, and models and recommenders to ask.

What engines have to say goes to the logger `e2v`.
"""

from __future__ import annotations

import logging

from e2v.notices import Level, listen

_LEVELS = {"warning": logging.WARNING, "note": logging.INFO, "detail": logging.DEBUG}


def _log(level: Level, message: str) -> None:
    logging.getLogger("e2v").log(_LEVELS[level], message)


listen(_log)
