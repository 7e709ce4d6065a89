"""Where the `e2v` command begins: imports take a while, and a signal may come meanwhile."""

from __future__ import annotations

import gc
import sys

from e2v.cli.shared.signals import ignore_hangup, leave_at_once

if sys.argv[1:2] == ["serve"]:  # which SIGHUP has read its files again, once it has read them
    ignore_hangup()
leave_at_once()


def main() -> None:
    """Run the command line (the `e2v` script and `python -m e2v`)."""
    # Imports make objects by the hundred thousand and hardly a cycle: looking for some would be a fifth of a
    # short command's time.
    gc.set_threshold(100_000)
    from e2v.cli.app import main as run

    run()
