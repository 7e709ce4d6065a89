"""Fuzz what reads files: `python -m tests.attacks.fuzz --minutes 15 [READER ...]`, or `make attack`.

Each reader is given bytes that Atheris (`pip install atheris`) makes of its seeds, led by what the code does with
them; without Atheris they are changed blindly. Half of the changes keep the structure of a format where a reader has
such (`tests.attacks.mutations`). Kernels are compiled with bounds checked. What is neither an answer nor an `E2VError`
is a finding: its input is kept under --found, and the exit code is 1.

The time is shared by what readers lack of their aims. How often each was run, and how much of the code it has
reached, is added up in executions.tsv beside the corpus.
"""

from __future__ import annotations

import argparse
import mmap
import os
import re
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attacks import fuzzing

if TYPE_CHECKING:
    from tests.attacks.readers import Reader

#: Executions that each reader should have had, and those of readers that take little time.
_AIM, _CHEAP_AIM = 10**6, 10**8
_CHEAP = ("e2v header", "e2v graph")
_AT_ONCE = 300.0  # seconds of a reader at most, until it is another's turn
_MEMORY = Path("/dev/shm")  # where files are kept that are read once
_LEAST = 100  # executions, before which a process does not end but where it cannot work
_COLUMNS = ("reader", "executions", "seconds", "branches", "findings")


@dataclass
class Tally:
    """What a reader has had so far. seconds: of CPU. branches: of the code, that its corpus reaches."""

    executions: int = 0
    seconds: float = 0
    branches: int = 0
    findings: int = 0


def tallies(path: Path) -> dict[str, Tally]:
    """By reader, as `save` wrote them."""
    if not path.exists():
        return {}
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    return {row[0]: Tally(int(row[1]), float(row[2]), int(row[3]), int(row[4])) for row in rows}


def save(path: Path, found: dict[str, Tally]) -> None:
    """Write the tallies, in place of those there were."""
    rows = [
        (name, of.executions, f"{of.seconds:.0f}", of.branches, of.findings) for name, of in found.items()
    ]
    made = path.with_suffix(".new")
    made.write_text("".join("\t".join(map(str, row)) + "\n" for row in (_COLUMNS, *rows)))
    made.replace(path)


def lacking(name: str, tally: Tally) -> float:
    """The part of a reader's aim that it has not had."""
    return max(0.0, 1 - tally.executions / (_CHEAP_AIM if name in _CHEAP else _AIM))


class _Run:
    """A process that fuzzes a reader, and what it prints."""

    def __init__(
        self, reader: Reader, seconds: float, corpus: Path, found: Path, log: Path, scratch: Path
    ) -> None:
        shared = mmap.mmap(-1, 8)
        self._counter = memoryview(shared).cast("q")
        self.seconds = 0.0  # of CPU, when it has ended
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        self.process = os.fork()
        if self.process == 0:
            code: object = 1
            try:
                descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(descriptor, 1)
                os.dup2(descriptor, 2)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                fuzzing.fuzz_one(reader, seconds, corpus, found, scratch, self._counter)
                code = 0
            except SystemExit as left:
                code = left.code
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code if isinstance(code, int) else int(code is not None))

    @property
    def executions(self) -> int:
        return self._counter[0]

    def wait(self) -> int:
        """The exit code, or below 0 the signal that ended it."""
        try:
            return self._ended()
        except BaseException:
            os.kill(self.process, signal.SIGKILL)
            self._ended()
            raise

    def _ended(self) -> int:
        _, status, used = os.wait4(self.process, 0)
        self.seconds = used.ru_utime + used.ru_stime
        return os.waitstatus_to_exitcode(status)

    def said(self) -> str:
        return self._log.read_text(errors="replace")


def fuzz(name: str, reader: Reader, seconds: float, folder: Path, found: Path, tally: Tally) -> bool:
    """Fuzz a reader for so long, adding to its tally; whether nothing was found.

    A process that ends of a finding is followed by another.
    """
    place = name.replace(" ", "-")
    until, sound = time.monotonic() + seconds, True
    while (left := until - time.monotonic()) > 1:
        log = folder / "logs" / f"{place}.txt"
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as scratch:
            run = _Run(reader, left, folder / place, found / place, log, Path(scratch))
            try:
                code = run.wait()
            finally:
                tally.executions += run.executions
                tally.seconds += run.seconds
        said = run.said()
        for line in said.splitlines():
            if line.startswith(("FINDING", "SUMMARY", "Fatal", "==")):
                print(f"  {name}: {line}", flush=True)
        reached = [int(number) for number in re.findall(r"^#\d+\t.* cov: (\d+) ", said, re.MULTILINE)]
        tally.branches = max([tally.branches, *reached])
        if fuzzing.atheris and not code and not reached:
            print(f"  {name}: nothing is seen of what the code does", flush=True)
            sound = False
        if code:
            sound = False
            if run.executions < _LEAST:
                sys.exit(f"{name} does not begin:\n{said[-3000:]}")
    kept = [path for path in (found / place).glob("*") if path.suffix != ".txt"]
    tally.findings = len(kept)
    return sound and not kept


def _turns(names: list[str], totals: dict[str, Tally], seconds: float) -> Iterator[tuple[str, float]]:
    """Readers and for how long, until the time is over; each in turn, by what it lacks of its aim."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 1:
        lack = {name: lacking(name, totals[name]) for name in names}
        shares = {name: part / (sum(lack.values()) or 1) for name, part in lack.items() if part}
        if not shares:
            return
        scale = min(1.0, _AT_ONCE / (left * max(shares.values())))
        for name, share in sorted(shares.items(), key=lambda each: -each[1]):
            if (rest := until - time.monotonic()) > 1:
                yield name, max(2.0, min(rest, left * share * scale))


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help="as docs/reliability.md names them; none is all"
    )
    parser.add_argument("--minutes", type=float, default=15, help="in all")
    cache = Path("~/.cache/e2v-attacks").expanduser()
    parser.add_argument("--corpus", type=Path, default=cache / "corpus", help="inputs that are gone on from")
    parser.add_argument("--found", type=Path, default=cache / "found", help="where findings are kept")
    asked = parser.parse_args()
    fuzzing.prepare()
    from tests.attacks.readers import READERS

    names = asked.readers or list(READERS)
    if unknown := set(names) - set(READERS):
        parser.error(f"{', '.join(unknown)}: no reader; there are {', '.join(READERS)}")
    asked.corpus.mkdir(parents=True, exist_ok=True)
    path = asked.corpus / "executions.tsv"
    totals = dict.fromkeys(READERS, Tally()) | tallies(path)
    totals = {name: Tally(**vars(of)) for name, of in totals.items()}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sound = True
    for name, seconds in _turns(names, totals, 60 * asked.minutes):
        tally = totals[name]
        before = tally.executions
        try:
            sound &= fuzz(name, READERS[name], seconds, asked.corpus, asked.found, tally)
        finally:
            save(path, totals)
        print(
            f"{name}\t{tally.executions - before:,} executions, {tally.executions:,} in all\t{tally.branches} branches\t{tally.findings} findings",
            flush=True,
        )
    print(f"{sum(tally.executions for tally in totals.values()):,} executions in all: {path}")
    return int(not sound)


if __name__ == "__main__":
    sys.exit(main())
