"""Attack commands with failures of the system: python -m tests.faults [--minutes N] [NAME ...].

A failure is made of every call that concerns files, once with every error and a SIGKILL, for every command
that writes. Afterwards a file is the old or the new one, byte for byte; the exit code is as documented;
stderr has one line; nothing is left behind after the next run, which makes what an undisturbed one makes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.injector import compiled, compiler

_MEMORY = Path("/dev/shm")


def main() -> int:
    """Run it; 1 if a promise was broken."""
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases whose names contain it; none are all")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="stop after so long, having tried a part of each"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="try this share of the points, drawn at random"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="only the cases of the short part")
    given = parser.parse_args()
    if compiler() is None:
        _say("tests.faults needs a C compiler, cc")
        return 1
    if "inject.so" not in os.environ.get("LD_PRELOAD", ""):
        folder = Path(tempfile.mkdtemp(prefix="e2v-faults-", dir=_MEMORY if _MEMORY.is_dir() else None))
        variables = {"LD_PRELOAD": str(compiled(folder)), "E2V_FAULTS": str(folder)}
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        os.execve(
            sys.executable,
            [sys.executable, "-P", "-m", "tests.faults", *sys.argv[1:]],
            {**os.environ, **variables, **one_thread, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    return _attack(given, Path(os.environ["E2V_FAULTS"]))


def _attack(given: argparse.Namespace, root: Path) -> int:
    from tests.faults.points import cases_named, run_cases

    broken = points = 0
    try:
        cases = cases_named(given.names, quick=given.quick)
        runs = run_cases(cases, root, share=given.share, seconds=60 * given.minutes, seed=given.seed)
        _say(f"{'case':28}{'calls':>7}{'points':>8}{'killed':>8}{'went on':>9}{'CPU s':>8}{'broken':>8}")
        for case, tally in zip(cases, runs, strict=True):
            if tally is None:
                broken += 1
                _say(f"{case.name:28} could not be begun")
                continue
            points += tally["points"]
            broken += len(tally["found"])
            figures = f"{tally['calls']:7}{tally['points']:8}{tally['killed']:8}{tally['went_on']:9}"
            _say(f"{case.name:28}{figures}{tally['seconds']:8.1f}{len(tally['found']):8}")
            for found in tally["found"]:
                said = found["stderr"].strip()[-600:].replace("\n", "\n        ")
                _say(f"    {found['at']}: {found['what']}" + (f"\n        {said}" if said else ""))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    _say(f"{points:,} failures, {broken:,} broken promises")
    return 1 if broken else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
