"""Runs command lines, each in a process of its own, and starts the interpreter only once.

`python -m tests.forking SOCKET [WORD ...]` imports e2v, runs a first command line, if there is one, so that
what it compiles need not be again, and then forks for each request that comes through the socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a finished `e2v` process printed and how it exited; a code below 0 is a signal."""

    stdout: str
    stderr: str
    code: int


def environment() -> dict[str, str]:
    """The environment of the tests, without what would change what is printed."""
    return {name: value for name, value in os.environ.items() if name not in ("E2V_MODEL", "COLUMNS")}


class Forking:
    """A process that has imported e2v, and forks for each call.

    warm: the words of a command line that is run first, in the folder. Calls have the environment of the time
        at which this was made.
    """

    def __init__(self, warm: Sequence[str] = (), folder: Path | None = None) -> None:
        self.environment = environment()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(theirs.fileno()), *warm],
            cwd=folder,
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

    def run(self, arguments: Sequence[str], folder: Path, stdin: bytes = b"", timeout: float = 120) -> Result:
        """Run a command line in a folder, as `subprocess.run` does.

        Raises:
            subprocess.TimeoutExpired: it took too long, and was killed.
        """
        ours, theirs = zip(*[os.pipe()[::way] for way in (-1, 1, 1)], strict=True)
        request = json.dumps([os.fspath(folder), list(arguments)]).encode()
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
            raise subprocess.TimeoutExpired(list(arguments), timeout) from error
        for thread in (writer, *readers):
            thread.join()
        stdout, stderr = (output.decode("utf-8", "surrogateescape") for output in outputs)
        return Result(stdout, stderr, code)


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(data)


def _children(requests: socket.socket) -> Iterator[list[str]]:
    """Serve requests until there are no more; in each forked process, the words of a command line."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 3)
        if not request:
            return
        folder, words = json.loads(request)
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
            os.chdir(folder)
            yield words
            return
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(json.dumps(child).encode())
        requests.send(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _main(words: list[str]) -> None:
    from e2v.cli.entry import main

    sys.argv = ["e2v", *words]
    main()


def _serve() -> None:
    from importlib import import_module

    import numba  # noqa: F401

    from e2v.cli.app import COMMANDS

    for module in COMMANDS.values():
        import_module(f"e2v.cli.commands.{module}")
    requests = socket.socket(fileno=int(sys.argv[1]))
    if len(sys.argv) > 2:
        with contextlib.suppress(SystemExit):
            _main(sys.argv[2:])
    for words in _children(requests):
        _main(words)


if __name__ == "__main__":
    _serve()
