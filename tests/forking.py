"""Runs modules as programs, each in a process of its own, and starts the interpreter only once.

`python -m tests.forking SOCKET MODULE ...` imports the modules, and then forks for each request that comes
through the socket.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from runpy import run_module
from types import MappingProxyType
from typing import NoReturn


@dataclass(frozen=True)
class Result:
    """What a finished `e2v` process printed and how it exited; a code below 0 is a signal."""

    stdout: str
    stderr: str
    code: int


#: Variables that are read when a command needs them.
READ_LATE = {"COLUMNS", "E2V_MODEL", "NO_COLOR", "TERM"}


def environment() -> dict[str, str]:
    """The environment of the tests, without what would change what is printed, and the name of the test."""
    without = ("E2V_MODEL", "COLUMNS", "PYTEST_CURRENT_TEST")
    return {name: value for name, value in os.environ.items() if name not in without}


class Forking:
    """A process that has imported some modules, and forks for each call.

    variables: added to the environment that there is when this is made, which is that of all calls.
    """

    def __init__(self, modules: Sequence[str], **variables: str) -> None:
        self.environment = environment() | variables
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.forking", str(theirs.fileno()), *modules],
            env=self.environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()

    def __enter__(self) -> Forking:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        module: str,
        arguments: Sequence[str],
        folder: Path,
        stdin: bytes = b"",
        timeout: float = 600,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> Result:
        """Run `python -m module` in a folder, as `subprocess.run` does.

        variables: of the environment, as well; those that modules read when they are imported come too late.

        Raises:
            subprocess.TimeoutExpired: it took too long, and was killed.
        """
        ours, theirs = zip(*[os.pipe()[::way] for way in (-1, 1, 1)], strict=True)
        request = json.dumps([os.fspath(folder), dict(variables), module, *arguments]).encode()
        socket.send_fds(self._socket, [request], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        outputs = [b"", b""]

        def read(place: int) -> None:
            with os.fdopen(ours[1 + place], "rb") as pipe:
                outputs[place] = pipe.read()

        readers = [threading.Thread(target=read, args=(place,)) for place in (0, 1)]
        for reader in readers:
            reader.start()
        pid = json.loads(self._socket.recv(100))
        writer = threading.Thread(target=_write, args=(ours[0], stdin))
        writer.start()
        self._socket.settimeout(timeout)
        try:
            code = json.loads(self._socket.recv(100))
        except TimeoutError as error:
            self._socket.settimeout(None)
            os.kill(pid, 9)
            self._socket.recv(100)
            raise subprocess.TimeoutExpired([module, *arguments], timeout) from error
        for thread in (writer, *readers):
            thread.join()
        stdout, stderr = (output.decode("utf-8", "surrogateescape") for output in outputs)
        return Result(stdout, stderr, code)


def sync_nothing() -> None:
    """What is written need not be on the disk when a test ends, and a sync takes longer than many a test."""
    os.fsync = lambda descriptor: None


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(data)


def _children(requests: socket.socket) -> Iterator[tuple[str, list[str]]]:
    """Serve requests until there are no more; in a forked process, the module to run, and its arguments."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 3)
        if not request:
            return
        folder, variables, module, *arguments = json.loads(request)
        child = os.fork()
        if not child:
            requests.close()
            for place, descriptor in enumerate(descriptors):
                os.dup2(descriptor, place)
                os.close(descriptor)
            # As they are made when Python starts; those it has belong to other files.
            sys.stdin = os.fdopen(0, closefd=False)
            sys.stdout = os.fdopen(1, "w", closefd=False)
            sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
            os.environ.update(variables)
            os.chdir(folder)
            sys.path.insert(0, folder)
            yield module, arguments
            return
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(json.dumps(child).encode())
        requests.send(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _leave(code: int) -> NoReturn:
    """End as the interpreter does, but for freeing what was imported, which takes longer than a command."""
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # the interpreter has something to say of it
    os._exit(code)


if __name__ == "__main__":
    _, descriptor, *modules = sys.argv
    sync_nothing()
    for module in modules:
        import_module(module)
    for module, arguments in _children(socket.socket(fileno=int(descriptor))):
        sys.argv[1:] = arguments
        try:
            run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as left:
            if left.code is None or isinstance(left.code, int):
                _leave(left.code or 0)
            raise
        _leave(0)
