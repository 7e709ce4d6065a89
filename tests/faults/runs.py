"""Command lines run in processes that are forked from one that has everything loaded."""

from __future__ import annotations

import atexit
import faulthandler
import itertools
import os
import shlex
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.training.engine import backend
from e2v.training.engine.threads import Workers
from tests.faults.injector import Control

#: Seconds after which a command hangs, on a machine that is busy; others may have to compile.
_LIMIT = 300

Tree = dict[str, bytes | None]


def tree(folder: Path | str, prefix: str = "") -> Tree:
    """What is in a folder: the content of files by their paths; folders have none."""
    found: Tree = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                found[name] = None
                found |= tree(entry.path, f"{name}/")
            else:
                with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - a path costs more
                    found[name] = file.read()
    return found


def restore(folder: Path, wanted: Tree) -> None:
    """Have a folder hold what it held."""
    there = tree(folder)
    for name in sorted(there.keys() - wanted.keys(), reverse=True):
        path = folder / name
        path.rmdir() if there[name] is None else path.unlink()
    for name, content in wanted.items():
        if name in there and there[name] == content:
            continue
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


class _InStep(Workers[Any]):
    """Workers that are never ahead of whoever takes the results, so that each run makes the same calls."""

    def __init__(self, task: Callable[[int], Any], threads: int) -> None:
        self._room = threading.Semaphore(threads)
        self._threads = threads

        def when_asked(thread: int) -> Any:
            self._room.acquire()
            return None if self._stopping.is_set() else task(thread)

        super().__init__(when_asked, threads)

    def __iter__(self) -> Iterator[Any]:
        for result in super().__iter__():
            yield result
            self._room.release()

    def stop(self) -> Iterator[Any]:
        self._stopping.set()
        self._room.release(self._threads)
        return super().stop()


class Runner:
    """Forks a process for each command, with what this one has loaded.

    What a command does is the same in each run, so that its calls can be told by their numbers, and two
    checkpoints be compared: its clocks count how often they are looked at.
    """

    def __init__(self, folder: Path, streams: Path) -> None:
        self.folder, self.streams = folder, streams
        self.control = Control.shared()
        vars(backend)["Workers"] = _InStep

    def __call__(
        self,
        line: str,
        *,
        counted: bool = True,
        prepare: Callable[[], object] | None = None,
        kill_after: float | None = None,
    ) -> Ran:
        """Run a command line in the folder.

        counted: as `self.control` says. prepare: called in its process before. kill_after: seconds.
        """
        child = os.fork()
        if not child:
            self._be_the_command(line, counted, prepare)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        stdout, stderr = (self.streams / "stdout", self.streams / "stderr")
        return Ran(code, stdout.read_bytes(), stderr.read_bytes().decode(errors="replace"))

    def _be_the_command(self, line: str, counted: bool, prepare: Callable[[], object] | None) -> None:
        code = 70
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            faulthandler.register(signal.SIGALRM, file=2, chain=True)  # where it hangs
            signal.alarm(_LIMIT if counted else 2 * _LIMIT)
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
            time.monotonic = time.perf_counter = itertools.count(1, 1 / 1024).__next__
            from e2v.cli.entry import main

            if prepare:
                prepare()
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
