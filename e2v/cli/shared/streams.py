"""Streams that keep the promises to the shell, whatever they are connected to.

A reader of stderr that has left, or a full disk under it, never stops a command or changes its exit code.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any


class _Forgiving(io.RawIOBase):
    """A file descriptor to write to; what fails in a forgiven way is dropped."""

    def __init__(self, descriptor: int, *forgiven: type[OSError]) -> None:
        self._descriptor = descriptor
        self._forgiven = forgiven

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The descriptor, which is not ours to close."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        """Write what the system takes at once, or nothing."""
        try:
            return os.write(self._descriptor, data)
        except self._forgiven:
            return len(data)


def prepare_streams() -> None:
    """Set up stdin, stdout and stderr: UTF-8, other bytes unchanged, and none of them missing."""
    _occupy()
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - as long as we live
        # Keys are bytes to us: those that are not UTF-8 come in and go out unchanged.
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    sys.stderr = _text(_Forgiving(2, OSError), "backslashreplace", line_buffering=True)


def readers_may_leave() -> None:
    """From now on whoever reads stdout may leave, and the command goes on to its verdict."""
    sys.stdout.flush()
    lines = sys.stdout.isatty()
    sys.stdout = _text(_Forgiving(sys.stdout.fileno(), BrokenPipeError), "surrogateescape", lines)


def discard_stdout() -> None:
    """Point stdout at the null device, so that the interpreter's last flush has nowhere to fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _occupy() -> None:
    """Connect closed descriptors to the null device: files that are opened would get their numbers."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def _text(raw: _Forgiving, errors: str, line_buffering: bool) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors=errors, newline="\n", line_buffering=line_buffering
    )
