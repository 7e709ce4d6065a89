"""Command lines run in processes that are forked from one that has everything loaded."""

from __future__ import annotations

import atexit
import os
import shlex
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.injector import Control

#: Seconds after which a command hangs; others may have to compile.
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
            signal.alarm(_LIMIT if counted else 10 * _LIMIT)
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
