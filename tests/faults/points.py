"""Runs cases with a failure at every point, in processes forked from one that has everything loaded.

To be run with the library of inject.c in LD_PRELOAD, as `python -m tests.faults` does.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import signal
import sys
import time
import traceback
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.cases import FORMATS, INPUTS, QUICK_INPUTS, Case, write_raw
from tests.faults.injector import ACTIONS, KILL_AFTER, KILL_BEFORE, TAKE_ROOM, Point
from tests.faults.runs import Ran, Runner, Tree, restore, tree


@dataclass
class Tally:
    """What a case has come to."""

    name: str
    calls: int = 0
    possible: int = 0  # points that there are
    points: int = 0
    killed: int = 0
    went_on: int = 0  # exit code 0: the failure was without a consequence
    found: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


class Attack:
    """One case, with a failure at each point."""

    def __init__(self, case: Case, folder: Path, streams: Path, inputs: Tree) -> None:
        self.case = case
        self.run = Runner(folder, streams)
        self.folder = folder
        self.tally = Tally(case.name)
        self.known: dict[bytes, list[str]] = {}  # what is wrong with the next run, by what was left
        restore(folder, inputs)
        for line in case.before:
            self._prepare(line)
        self.before = tree(folder)
        self._warm_up()
        self.clean = self._clean_run()
        self.after = tree(folder)
        self.calls = Counter(self.run.control.calls())
        self.tally.calls = self.calls.total()
        self.own = {
            name
            for name in self.before.keys() | self.after.keys()
            if self.before.get(name, b"") != self.after.get(name, b"") and not _is_scratch(name)
        }

    def _prepare(self, line: str) -> None:
        """Make what is there before."""
        if line.startswith("killed "):
            line = line.removeprefix("killed ")
            state = tree(self.folder)
            self.run.control.set(self.folder)
            assert self.run(line).code == 0
            last = self.run.control.calls().count("rename") - 1
            restore(self.folder, state)
            self.run.control.set(self.folder, Point("rename", last, KILL_BEFORE))
            assert self.run(line).code == -signal.SIGKILL
            return
        ran = self.run(line, counted=False)
        assert ran.code == 0, f"{line}: {ran.stderr}"

    def _warm_up(self) -> None:
        """Run it in this process, so that what it loads is there for all that are forked."""
        from e2v.cli.app import app

        streams, handlers = (sys.stdout, sys.stderr), {n: signal.getsignal(n) for n in (1, 2, 15)}
        place = Path.cwd()
        with Path(os.devnull).open("w") as nothing:
            sys.stdout = sys.stderr = nothing
            os.chdir(self.folder)
            try:
                app([*shlex.split(self.case.line), "-q"], prog_name="e2v")
            except SystemExit:
                pass
            finally:
                os.chdir(place)
                sys.stdout, sys.stderr = streams
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        restore(self.folder, self.before)
        for finalizer in list(weakref.finalize._registry):  # type: ignore[attr-defined]
            finalizer.atexit = False  # of this process: there are hundreds
        gc.collect()
        gc.freeze()

    def _clean_run(self) -> Ran:
        self.run.control.set(self.folder)
        ran = self.run(f"{self.case.line} -q")
        assert ran.code == 0, f"{self.case.line}: {ran.stderr}"
        return ran

    def points(self) -> Iterator[Point]:
        """All of them."""
        for kind, count in self.calls.items():
            for number in range(count):
                for action in ACTIONS[kind]:
                    yield Point(kind, number, action)
                if kind in TAKE_ROOM:
                    yield Point(kind, number, errno.ENOSPC, lasting=True)

    def try_point(self, point: Point) -> None:
        """Run the command with a failure, and see that all promises are kept."""
        restore(self.folder, self.before)
        self.run.control.set(self.folder, point)
        ran = self.run(f"{self.case.line} -q")
        if self.run.control.fired:
            self.judge(ran, str(point), point.action, point.kind)

    def judge(self, ran: Ran, what: str, action: int = 0, kind: str = "") -> None:
        """See that all promises are kept, and that the next run is as if nothing had been.

        what: happened. action, kind: to which call, if there is one.
        """
        self.tally.points += 1
        now = tree(self.folder)
        left = self._digest(now)
        if left not in self.known:
            self.known[left] = list(self._next_run(now))
        if ran.code < 0 or ".old" in ran.stderr:
            now = _with_folder_back(now)
        for problem in [*self._problems(ran, now, action, kind), *self.known[left]]:
            self.tally.found.append({"at": what, "what": problem, "stderr": ran.stderr[-1500:]})

    def _problems(self, ran: Ran, now: Tree, action: int, kind: str) -> Iterator[str]:
        """The promises that a run with a failure has broken."""
        for name, content in self.before.items():
            if name not in self.own and not _is_scratch(name) and now.get(name, b"") != content:
                yield f"input {name} changed"
        for name in sorted(self.own - self._loose()):
            content = now.get(name, b"")
            if content not in (self.before.get(name, b""), self.after.get(name, b"")):
                yield f"output {name} is neither old nor new"
        if action in (KILL_BEFORE, KILL_AFTER):
            if ran.code != -signal.SIGKILL:
                yield f"exit code {ran.code} of one that was killed"
            self.tally.killed += 1
            return
        lines = ran.stderr.splitlines()
        if "Traceback" in ran.stderr:
            yield "traceback"
        elif any(not line.startswith("e2v: ") for line in lines):
            yield "a line without e2v:"
        elif ran.code == 0:
            self.tally.went_on += 1
            if any(now.get(name, b"") != self.after.get(name, b"") for name in self.own - self._loose()):
                yield "exit code 0, and not what was asked for"
            if self.case.prints and ran.stdout != self.clean.stdout:
                yield "exit code 0, and other results"
        elif ran.code == 1:
            if [line for line in lines if "goes on without" not in line] != lines[-1:]:
                yield f"{len(lines)} lines on stderr"
        elif (ran.code, kind) != (2, "stat"):  # what cannot be asked about may be an input, and is kept
            yield f"exit code {ran.code}"
        left = now.keys() - self.before.keys() - self.after.keys()
        unsaid = [
            name
            for name in left
            if _is_scratch(name) or not (name.endswith(".ckpt") or Path(name).name in ran.stderr)
        ]
        if unsaid and kind not in ("unlink", "rmdir", "list", "stat") and ran.code:
            yield f"left behind: {', '.join(sorted(unsaid))}"

    def _digest(self, now: Tree) -> bytes:
        """Tells what a run has left from what others have, but for random names."""
        changes: list[tuple[str, bytes | None]] = [(name, b"") for name in self.before.keys() - now.keys()]
        changes += [
            (_RANDOM.sub("", name), content if content is None else hashlib.sha256(content).digest())
            for name, content in now.items()
            if name not in self.before or self.before[name] != content
        ]
        return hashlib.sha256(repr(sorted(changes, key=repr)).encode()).digest()

    def _next_run(self, now: Tree) -> Iterator[str]:
        """What is wrong with the next run, unless all is as it was, or done."""
        for name in now:
            is_new = name.endswith(".ckpt") and name not in self.before
            if is_new and self.run(f"verify {name} -q", counted=False).code:
                yield f"{name} is damaged"
        done = all(now.get(name, b"") == self.after.get(name, b"") for name in self.own - self._loose())
        if now in (self.before, self.after) or (self.case.once and done):
            return
        again = self.run(f"{self.case.line} {self.case.then} -q", counted=False)
        if again.code:
            yield f"the next run: exit code {again.code}: {again.stderr[-300:]}"
            return
        end = tree(self.folder)
        kept = {name for name in now if name.startswith("tmp/")}  # results that went there, as was said
        if extra := end.keys() - self.after.keys() - set(self.case.aside) - kept:
            yield f"the next run left {', '.join(sorted(extra))}"
        for name in sorted(self.own - self._loose()):
            if end.get(name, b"") != self.after.get(name, b""):
                yield f"the next run made another {name}"

    def _loose(self) -> set[str]:
        """Outputs that are not the same in each run, and those that say what is under way."""
        return {name for name in self.own if name.endswith((".ckpt", ".old"))} | set(self.case.times)


#: What is random in the names of temporary files and folders: see `e2v.store.scratch` and `.temporary`.
_RANDOM = re.compile(r"(?<=\.)\d+-[0-9a-f]{16}(?=\.)|(?<=e2v-scratch-)\w+")


#: A folder that was about to be replaced.
_OLD = re.compile(r"\.e2v-(.+?)\.\d+-[0-9a-f]{16}\.old(?=/|$)")


def _with_folder_back(now: Tree) -> Tree:
    """What is there once the next run has put back a folder, which is not replaced in one step."""
    found: Tree = {}
    for name, content in now.items():
        is_old = _OLD.match(name)
        found[is_old[1] + name[is_old.end() :] if is_old and is_old[1] not in now else name] = content
    return found


def _is_scratch(name: str) -> bool:
    return Path(name).name.startswith(".e2v-")


def begun(case: Case, root: Path, inputs: Tree) -> Attack:
    """A case with all that is to be there before, in a folder."""
    folder, streams = root / "work", root / "streams"
    shutil.rmtree(root, ignore_errors=True)
    for each in (root, folder, streams):
        each.mkdir()
    (streams / "stdin").touch()
    os.environ["TMPDIR"] = str(folder / "tmp")
    return Attack(case, folder, streams, inputs)


def try_points(attack: Attack, share: float, seed: int, until: float, part: slice) -> None:
    """Try the points of a case, or a share of them, until a moment: this part."""
    points = list(attack.points())
    attack.tally.possible = len(points)
    points = random.Random(f"{seed} {attack.case.name}").sample(points, max(1, round(share * len(points))))
    for point in points[part]:
        if time.monotonic() > until:
            break
        attack.try_point(point)


def try_each_once(attack: Attack, first: int, step: int) -> None:
    """Try each kind of failure at a call drawn at random: of writes in every case, else every `step`-th."""
    rng = random.Random(attack.case.name)
    failures = [(kind, action) for kind, actions in ACTIONS.items() for action in actions]
    writes = [failure for failure in failures if failure[0] == "write"]
    for kind, action in [*writes, *[other for other in failures if other[0] != "write"][first::step]]:
        if attack.calls[kind]:
            attack.try_point(Point(kind, rng.randrange(attack.calls[kind]), action))


def make_inputs(root: Path, *, quick: bool) -> Tree:
    """What all cases read, or those of the short part."""
    import tests.forked  # noqa: F401 - everything

    gc.freeze()
    folder, streams = root / "inputs", root / "streams"
    for each in (folder, streams):
        each.mkdir()
    (streams / "stdin").touch()
    (folder / "tmp").mkdir()
    os.environ["TMPDIR"] = str(folder / "tmp")
    write_raw(folder)
    run = Runner(folder, streams)
    exports = [f"export model.e2v --to {name} -o vectors.{ending}" for name, ending in FORMATS.items()]
    others = ["export second.e2v --to word2vec -o second.w2v"]
    for line in QUICK_INPUTS if quick else (*INPUTS, *exports, *others):
        ran = run(line, counted=False)
        assert ran.code == 0, f"{line}: {ran.stderr}"
    return tree(folder)


def in_children(functions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What functions return, as JSON, run at once, in processes of their own; None where one fails."""
    children = []
    for function in functions:
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(ours)
                with os.fdopen(theirs, "w") as pipe:
                    json.dump(function(), pipe)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(theirs)
        children.append((child, ours))
    results = []
    for child, ours in children:
        with os.fdopen(ours) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        results.append(json.loads(said) if said else None)
    return results


def tally_of(
    case: Case, root: Path, inputs: Tree, parts: Sequence[Callable[[Attack], None]]
) -> dict[str, Any] | None:
    """What comes of doing things to a case, all at once; None where it cannot even be begun."""

    def attacked(number: int, do: Callable[[Attack], None]) -> dict[str, Any]:
        began = sum(os.times()[:4])
        attack = begun(case, root / str(number), inputs)
        do(attack)
        attack.tally.seconds = sum(os.times()[:4]) - began
        return vars(attack.tally)

    tallies = in_children([partial(attacked, number, do) for number, do in enumerate(parts)])
    if None in tallies:
        return None
    whole: dict[str, Any] = tallies[0]
    for tally in tallies[1:]:
        for summed in ("points", "killed", "went_on", "found", "seconds"):
            whole[summed] += tally[summed]
    return whole
