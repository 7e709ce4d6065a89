"""A Ray on this machine for one run, started by a process in a session of its own.

Signals that reach the whole process group of a run, as Ctrl-C in a terminal and `timeout` send them, do not
reach Ray then: the run has it until it has saved what it has. That process ends Ray when the run closes its
standard input, or is killed, which closes it too.

It is run as a script, and imports nothing of e2v.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, TextIO

#: Characters of a folder that leave room for Ray's names of sockets, which are limited to 103 (AF_UNIX).
_MOST_CHARACTERS = 38
#: Seconds that Ray has to end by itself.
_PATIENCE = 15.0


class OwnRay:
    """A Ray that runs until it is closed. address: host and port.

    cores: that it has. auth_mode: what RAY_AUTH_MODE has to be for whoever joins it; None as it is.

    Raises:
        RuntimeError: it does not start; why, in a line.
    """

    def __init__(self, cores: int) -> None:
        self._folder = _folder()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(cores), str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        try:
            assert self._process.stdout
            answer = self._process.stdout.readline()
            told: dict[str, Any] = json.loads(answer) if answer else {"error": "its process has ended"}
            if "error" in told:
                raise RuntimeError(told["error"])
        except BaseException:
            self._end(0)
            raise
        self.address: str = told["address"]
        self.auth_mode: str | None = told["auth_mode"]

    def close(self) -> None:
        """End Ray, and remove its folder."""
        self._end(_PATIENCE)

    def _end(self, seconds: float) -> None:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.close()
            self._process.wait(seconds)
        except (subprocess.TimeoutExpired, OSError):
            self._process.kill()
        finally:
            _kill_session(self._process.pid)
            self._process.wait()
            self._process.stdout.close()
            shutil.rmtree(self._folder, ignore_errors=True)


def _folder() -> Path:
    """A new folder for what Ray keeps while it runs."""
    above = os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
    if len(above) > _MOST_CHARACTERS - len("/ray-12345678"):
        above = "/tmp"
    return Path(tempfile.mkdtemp(prefix="ray-", dir=above))


def _kill_session(session: int) -> None:
    """End all processes of a session but this one, until none is left."""
    for _ in range(50):
        found = [pid for pid in _processes(session) if pid != os.getpid()]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _processes(session: int) -> list[int]:
    """The processes of a session that have not ended, by /proc; none where there is no such folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(of) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def _main(cores: int, folder: str) -> None:
    """Have a Ray until standard input ends; its address is told on standard output."""
    told, run = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # which Ray's processes inherit
        os.dup2(nothing, number)
    ending = threading.Thread(target=_end_with, args=(run, folder))
    ending.start()
    try:
        import ray

        ray.init(
            address="local",
            num_cpus=cores,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="critical",
            _temp_dir=folder,
        )
        address = ray.get_runtime_context().gcs_address
        answer = {"address": address, "auth_mode": os.environ.get("RAY_AUTH_MODE")}
    except Exception as error:
        answer = {"error": (str(error).strip() or type(error).__name__).splitlines()[0]}
    with contextlib.suppress(OSError):  # the run has ended
        told.write(f"{json.dumps(answer)}\n")
        told.flush()
    ending.join()


def _end_with(run: TextIO, folder: str) -> None:
    """End this process and Ray's once the run has closed this, also while Ray starts."""
    run.read()
    _kill_session(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
