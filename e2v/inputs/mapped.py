"""Binary files of other programs, mapped or whole: what is in them is for those who know their format."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import InputError


def map_file(path: Path) -> mmap.mmap:
    """The bytes of a file, mapped for reading.

    Raises:
        InputError: it cannot be read, or is empty.
    """
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:  # of a length of 0
        raise InputError(f"{path} is empty") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def map_array(path: Path) -> Any:
    """The array of an .npy file, mapped; nothing is unpickled.

    Raises:
        OSError, ValueError, EOFError: as `numpy.load`.
    """
    return np.load(path, mmap_mode="r", allow_pickle=False)


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[Any]:
    """The arrays of an .npz file, to be read one by one; nothing is unpickled.

    Raises:
        OSError, ValueError, EOFError, zipfile.BadZipFile: as `numpy.load`.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        yield archive


def first_bytes(path: Path, size: int) -> bytes:
    """The first bytes of a file, as they are stored."""
    with path.open("rb") as file:
        return file.read(size)


def record_of(name: str, path: Path) -> dict[str, Any]:
    """What provenance says of a file that was read whole: its name, size and digest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": name, "bytes": path.stat().st_size, "sha256": digest}
