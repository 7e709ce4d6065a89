"""Runs cases with a failure at every point, in processes forked from one that has everything loaded.

To be run with the library of inject.c in LD_PRELOAD, as `python -m tests.faults` does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.cases import CASES, FORMATS, INPUTS, Case, write_raw
from tests.faults.injector import ACTIONS, KILL_AFTER, KILL_BEFORE, TAKE_ROOM, Control, action_name

#: Seconds after which a command hangs.
_LIMIT = 60

Tree = dict[str, bytes | None]


def tree(folder: Path) -> Tree:
    """What is in a folder: the content of files by their paths; folders have none."""
    found: Tree = {}
    for each, folders, files in os.walk(folder):
        place = Path(each)
        found |= {str((place / name).relative_to(folder)): None for name in folders}
        found |= {str((place / name).relative_to(folder)): (place / name).read_bytes() for name in files}
    return found


def restore(folder: Path, wanted: Tree) -> None:
    """Have a folder hold what it held."""
    there = tree(folder)
    for name in sorted(there.keys() - wanted.keys(), reverse=True):
        path = folder / name
        path.rmdir() if there[name] is None else path.unlink()
    for name in sorted(wanted):
        if name in there and there[name] == wanted[name]:
            continue
        content = wanted[name]
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)


@dataclass(frozen=True)
class Ran:
    """What became of a command; a code below 0 is a signal."""

    code: int
    stdout: bytes
    stderr: str


class Runner:
    """Forks a process for each command, with what this one has loaded."""

    def __init__(self, folder: Path, streams: Path) -> None:
        self.folder, self.streams = folder, streams
        self.control = Control.shared()

    def __call__(self, line: str, *, counted: bool = True) -> Ran:
        """Run a command line in the folder; `counted`: as `self.control` says."""
        child = os.fork()
        if not child:
            self._be_the_command(line, counted)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        stdout, stderr = (self.streams / "stdout", self.streams / "stderr")
        return Ran(code, stdout.read_bytes(), stderr.read_bytes().decode(errors="replace"))

    def _be_the_command(self, line: str, counted: bool) -> None:
        code = 70
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_LIMIT)
            os.chdir(self.folder)
            tempfile.tempdir = None
            for place, (name, flags) in enumerate(
                (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY))
            ):
                descriptor = os.open(self.streams / name, flags | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(descriptor, place)
                os.close(descriptor)
            sys.stdin = os.fdopen(0, closefd=False)
            sys.stdout = os.fdopen(1, "w", closefd=False)
            sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
            sys.argv[1:] = shlex.split(line)
            from e2v.cli.entry import main

            if counted:
                self.control.arm()
            code = _exit_code(main)
        finally:
            os._exit(code)


def _exit_code(main: Any) -> int:
    """Run `main` as the interpreter does, to the last flush of stdout."""
    try:
        main()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        return 120
    sys.stderr.flush()
    return code


@dataclass
class Tally:
    """What a case has come to."""

    name: str
    calls: int = 0
    points: int = 0
    killed: int = 0
    went_on: int = 0  # exit code 0: the failure was without a consequence
    codes: Counter[int] = field(default_factory=Counter)
    found: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


class Attack:
    """One case, with a failure at each point."""

    def __init__(self, case: Case, folder: Path, streams: Path, inputs: Tree) -> None:
        self.case = case
        self.run = Runner(folder, streams)
        self.folder = folder
        self.tally = Tally(case.name)
        self.last = ""
        restore(folder, inputs)
        for line in case.before:
            self._prepare(line)
        self.before = tree(folder)
        self._warm_up()
        self.clean = self._clean_run()
        self.after = tree(folder)
        self.calls = self.run.control.calls()
        self.tally.calls = len(self.calls)
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
            renames = [place for place, kind in enumerate(self.run.control.calls()) if kind == "rename"]
            restore(self.folder, state)
            self.run.control.set(self.folder, KILL_BEFORE, renames[-1])
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
        gc.collect()
        gc.freeze()

    def _clean_run(self) -> Ran:
        self.run.control.set(self.folder)
        ran = self.run(f"{self.case.line} -q")
        assert ran.code == 0, f"{self.case.line}: {ran.stderr}"
        return ran

    def points(self) -> Iterator[tuple[int, int, bool]]:
        """All of them: the number of a call, what happens to it, and whether the disk is then full."""
        for place, kind in enumerate(self.calls):
            for action in ACTIONS[kind]:
                yield place, action, False
            if kind in TAKE_ROOM:
                yield place, 28, True

    def try_point(self, place: int, action: int, lasting: bool) -> None:
        """Run the command with a failure, and see that all promises are kept."""
        restore(self.folder, self.before)
        self.run.control.set(self.folder, action, place, lasting=lasting)
        ran = self.run(f"{self.case.line} -q")
        if not self.run.control.fired:
            return  # threads make the order of calls vary
        kind = self.run.control.calls()[place]
        self.tally.points += 1
        self.tally.codes[ran.code] += 1
        what = f"{kind} {place}: {action_name(action)}{', and so on' if lasting else ''}"
        now = tree(self.folder)
        found = [*self._problems(ran, now, action, kind), *self._next_run(now, ran.code)]
        for problem in found:
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
        else:
            yield f"exit code {ran.code}"
        left = now.keys() - self.before.keys() - self.after.keys()
        unsaid = [
            name
            for name in left
            if _is_scratch(name) or not (name.endswith(".ckpt") or Path(name).name in ran.stderr)
        ]
        if unsaid and kind not in ("unlink", "rmdir", "list", "stat") and ran.code:
            yield f"left behind: {', '.join(sorted(unsaid))}"

    def _next_run(self, now: Tree, code: int) -> Iterator[str]:
        """What is wrong with the next run, unless all is as it was, or done."""
        for name in now:
            is_new = name.endswith(".ckpt") and name not in self.before
            if is_new and self.run(f"verify {name} -q", counted=False).code:
                yield f"{name} is damaged"
        if now in (self.before, self.after) or (self.case.once and not code):
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


def _is_scratch(name: str) -> bool:
    return Path(name).name.startswith(".e2v-")


def attack(case: Case, root: Path, inputs: Tree, *, share: float, until: float, seed: int) -> Tally:
    """Try the points of a case, or a share of them, until a moment."""
    folder, streams = root / "work", root / "streams"
    for each in (folder, streams):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    (streams / "stdin").touch()
    began = time.process_time() + sum(os.times()[2:4])
    one = Attack(case, folder, streams, inputs)
    points = list(one.points())
    points = random.Random(f"{seed} {case.name}").sample(points, max(1, round(share * len(points))))
    for place, action, lasting in points:
        if time.monotonic() > until:
            break
        one.try_point(place, action, lasting)
    one.tally.seconds = time.process_time() + sum(os.times()[2:4]) - began
    return one.tally


def make_inputs(root: Path) -> Tree:
    """What all cases read."""
    folder, streams = root / "inputs", root / "streams"
    for each in (folder, streams):
        each.mkdir()
    (streams / "stdin").touch()
    (folder / "tmp").mkdir()
    write_raw(folder)
    run = Runner(folder, streams)
    exports = [f"export model.e2v --to {name} -o vectors.{ending}" for name, ending in FORMATS.items()]
    others = ["export second.e2v --to word2vec -o second.w2v"]
    for line in (*INPUTS, *exports, *others):
        ran = run(line, counted=False)
        assert ran.code == 0, f"{line}: {ran.stderr}"
    return tree(folder)


def in_child(function: Any) -> Any:
    """What a function returns, as JSON, run in a process of its own."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(ours)
            with os.fdopen(theirs, "w") as pipe:
                json.dump(function(), pipe)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def run_cases(
    cases: Sequence[Case], root: Path, *, share: float, seconds: float, seed: int
) -> Iterator[dict[str, Any] | None]:
    """Attack cases one after the other; what became of each, None where it could not even be begun."""
    os.environ["TMPDIR"] = str(root / "work" / "tmp")
    import tests.forked  # noqa: F401 - everything

    gc.freeze()
    os.environ["TMPDIR"] = str(root / "inputs" / "tmp")
    inputs = make_inputs(root)
    os.environ["TMPDIR"] = str(root / "work" / "tmp")
    end = time.monotonic() + seconds
    for number, case in enumerate(cases):
        now = time.monotonic()
        until = now + (end - now) / (len(cases) - number)
        yield in_child(lambda: vars(attack(case, root, inputs, share=share, until=until, seed=seed)))  # noqa: B023


def cases_named(patterns: Sequence[str], *, quick: bool) -> list[Case]:
    """The cases whose names contain one of the patterns; none are all."""
    chosen = [case for case in CASES if not patterns or any(pattern in case.name for pattern in patterns)]
    return [case for case in chosen if case.quick or not quick]
