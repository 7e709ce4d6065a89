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
import time
from functools import partial
from pathlib import Path
from typing import Any

from e2v.threads import available_cores
from tests.faults.cases import cases_named
from tests.faults.injector import compiled, compiler

_MEMORY = Path("/dev/shm")


def main() -> int:
    """Run it; 1 if a promise was broken."""
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases whose names contain it; none are all")
    parser.add_argument("--minutes", type=float, default=60.0, help="for the points: then some are left out")
    parser.add_argument("--share", type=float, default=1.0, help="try this share of them, drawn at random")
    parser.add_argument("--jobs", type=int, default=available_cores(), help="processes that share a case")
    parser.add_argument("--kills", type=int, default=20, help="random moments for each of ten commands")
    parser.add_argument("--replacements", type=int, default=200, help="while 50 processes read the file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="the short part: each kind of failure once")
    given = parser.parse_args()
    if compiler() is None:
        _say("tests.faults needs a C compiler, cc")
        return 1
    if "inject.so" not in os.environ.get("LD_PRELOAD", ""):
        folder = Path(tempfile.mkdtemp(prefix="e2v-faults-", dir=_MEMORY if _MEMORY.is_dir() else None))
        variables = {"LD_PRELOAD": str(compiled(folder)), "E2V_FAULTS": str(folder)}
        huge_pages = {
            "PYTHONMALLOC": "malloc",
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }  # forks in a third
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        os.execve(
            sys.executable,
            [sys.executable, "-P", "-m", "tests.faults", *sys.argv[1:]],
            {
                **os.environ,
                **variables,
                **huge_pages,
                **one_thread,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
        )
    return _attack(given, Path(os.environ["E2V_FAULTS"]))


def _attack(given: argparse.Namespace, root: Path) -> int:
    from tests.faults.moments import KILLED, kills, limits, readers
    from tests.faults.points import make_inputs, tally_of, try_each_once, try_points

    tallies: list[dict[str, Any] | None] = []
    try:
        inputs = make_inputs(root, quick=given.quick)
        columns = ("calls", "points", "of", "killed", "went on", "CPU s", "broken")
        _say(f"{'case':28}" + "".join(f"{column:>8}" for column in columns))
        cases = cases_named(given.names, quick=given.quick)
        end = time.monotonic() + 60 * given.minutes
        for number, case in enumerate(cases):
            now = time.monotonic()
            until = now + max(0.0, end - now) / (len(cases) - number)
            points = [
                partial(
                    try_points,
                    share=given.share,
                    seed=given.seed,
                    until=until,
                    part=slice(job, None, given.jobs),
                )
                for job in range(given.jobs)
            ]
            if given.quick:
                points = [partial(try_each_once, first=number, step=len(cases))]
            tallies.append(_told(case.name, tally_of(case, root, inputs, points)))
        if not given.quick:
            _say("\nkilled at random moments")
            for case in [case for case in cases if case.name in KILLED]:
                times = partial(kills, count=given.kills, seed=given.seed)
                tallies.append(_told(case.name, tally_of(case, root, inputs, [times])))
            _say("\nfiles that may not become longer")
            written = [case for case in cases if "-o" in case.line.split()]
            tallies += [_told(case.name, tally_of(case, root, inputs, [limits])) for case in written]
            if given.replacements:
                read = readers(root, inputs, 50, given.replacements)
                _say(f"\n{read['reads']:,} reads by 50 processes during {read['replacements']} replacements")
                for found in read["found"]:
                    _say(f"    {found}")
                tallies += [None] * len(read["found"])
    finally:
        shutil.rmtree(root, ignore_errors=True)
    whole = [tally for tally in tallies if tally]
    broken = len(tallies) - len(whole) + sum(len(tally["found"]) for tally in whole)
    _say(f"{sum(tally['points'] for tally in whole):,} failures, {broken:,} broken promises")
    return 1 if broken else 0


def _told(name: str, tally: dict[str, Any] | None) -> dict[str, Any] | None:
    """Say what became of a case."""
    if tally is None:
        _say(f"{name:28} could not be begun")
        return None
    seconds, broken = f"{tally['seconds']:.1f}", len(tally["found"])
    counts = [tally[column] for column in ("calls", "points", "possible", "killed", "went_on")]
    _say(f"{name:28}" + "".join(f"{figure:>8}" for figure in [*counts, seconds, broken]))
    for found in tally["found"]:
        said = found["stderr"].strip()[-600:].replace("\n", "\n        ")
        _say(f"    {found['at']}: {found['what']}" + (f"\n        {said}" if said else ""))
    return tally


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
