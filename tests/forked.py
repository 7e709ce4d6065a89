"""Imported by the process that command lines are forked from, so that none of them has to wait for it.

Nothing is told of there because it takes long, which would depend on the machine and its load.
"""

from __future__ import annotations

import math
from importlib import import_module
from pkgutil import iter_modules

from e2v import jobs
from e2v.cli.app import COMMANDS
from e2v.cli.shared import messages, progress
from e2v.kernels.sgd import alias_table

for command in COMMANDS.values():
    import_module(f"e2v.cli.commands.{command}")
for job in iter_modules(jobs.__path__):
    import_module(f"e2v.jobs.{job.name}")
alias_table([1.0, 3.0])  # with a first kernel, Numba has loaded what all of them need

messages.NEWS_AFTER = progress.NEWS_AFTER = math.inf
progress._FIRST.update(dict.fromkeys(progress._FIRST, math.inf))
