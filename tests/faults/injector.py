"""The library that makes calls fail (inject.c), and which failures there are of which calls."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

#: The calls, in the order of `enum kind` in inject.c.
KINDS = (
    *("open", "create", "read", "write", "fsync", "close", "rename", "unlink", "mkdir", "rmdir", "truncate"),
    *("mmap", "stat", "list", "lock", "chmod", "touch", "dup"),
)
SHORT, KILL_BEFORE, KILL_AFTER = -1, -2, -3
_ROOM = (errno.EIO, errno.ENOSPC, errno.EDQUOT)
_KILLS = (KILL_BEFORE, KILL_AFTER)

#: What is done to a call of each kind: errors that the manuals of Linux list for it, and a SIGKILL where it
#: changes something.
ACTIONS: dict[str, tuple[int, ...]] = {
    "open": (errno.EIO, errno.EINTR, errno.EMFILE, errno.EACCES),
    "create": (*_ROOM, errno.EINTR, errno.EMFILE, errno.EACCES, errno.EROFS, *_KILLS),
    "read": (errno.EIO, errno.EINTR, SHORT),
    "write": (*_ROOM, errno.EINTR, SHORT, *_KILLS),
    "fsync": (*_ROOM, errno.EINTR, *_KILLS),
    "close": (*_ROOM, errno.EINTR, *_KILLS),
    "rename": (*_ROOM, errno.EINTR, errno.EACCES, *_KILLS),
    "unlink": (errno.EIO, errno.EINTR, errno.EACCES, *_KILLS),
    "mkdir": (*_ROOM, errno.EINTR, errno.EACCES, *_KILLS),
    "rmdir": (errno.EIO, errno.EINTR, errno.EACCES, *_KILLS),
    "truncate": (*_ROOM, errno.EINTR, *_KILLS),
    "mmap": (errno.ENOMEM, errno.EACCES),
    "stat": (errno.EIO, errno.EACCES),
    "list": (errno.EIO, errno.EMFILE, errno.EACCES),
    "lock": (errno.EINTR, errno.ENOLCK, *_KILLS),
    "chmod": (errno.EIO, errno.EPERM, *_KILLS),
    "touch": (errno.EIO, errno.EACCES, *_KILLS),
    "dup": (errno.EMFILE,),
}
#: Kinds of calls at which a disk may become full, to stay so.
TAKE_ROOM = ("create", "write", "mkdir", "truncate", "rename")


def action_name(action: int) -> str:
    """How a failure is written down."""
    own = {SHORT: "short", KILL_BEFORE: "kill before", KILL_AFTER: "kill after"}
    return own.get(action) or errno.errorcode[action]


class Point(NamedTuple):
    """A call, as the `number`-th of its kind (threads vary how kinds mix), and what happens to it.

    lasting: whether a disk is then full.
    """

    kind: str
    number: int
    action: int
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {action_name(self.action)}{', and so on' if self.lasting else ''}"


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("cc")


def compiled(folder: Path) -> Path:
    """Compile the library into a folder."""
    library = folder / "inject.so"
    source = Path(__file__).with_name("inject.c")
    command = [compiler() or "cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"]
    subprocess.run(command, check=True)
    return library


class Control(ctypes.Structure):
    """`struct control` of inject.c, in memory that is shared with processes that are forked."""

    _fields_ = (
        ("action", ctypes.c_int),
        ("lasting", ctypes.c_int),
        ("kind", ctypes.c_int),
        ("at", ctypes.c_long),
        ("count", ctypes.c_long),
        ("fired", ctypes.c_long),
        ("alike", ctypes.c_long),
        ("folder", ctypes.c_char * 4096),
        ("kinds", ctypes.c_ubyte * (1 << 20)),
    )

    @classmethod
    def shared(cls) -> Control:
        """Memory for one."""
        return cls.from_buffer(mmap.mmap(-1, ctypes.sizeof(cls)))

    def set(self, folder: Path, point: Point | None = None) -> None:
        """Say what is to happen, and count anew."""
        self.folder = os.fsencode(folder)
        self.action = 0
        if point is not None:
            self.kind, self.at = KINDS.index(point.kind), point.number
            self.action, self.lasting = point.action, int(point.lasting)
        self.count = self.fired = self.alike = 0

    def arm(self) -> None:
        """From now on calls of this process count, until it ends."""
        ctypes.CDLL(None).fault_control(ctypes.byref(self))

    def calls(self) -> list[str]:
        """The kinds of the calls that were counted."""
        return [KINDS[kind] for kind in self.kinds[: min(self.count, len(self.kinds))]]
