"""What a reader is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.mutations import Mutation

GOLDEN = Path(__file__).parents[2] / "golden"
MOST_OUT = 1 << 22  # bytes of a stream that are read: a bomb is endless


@dataclass(frozen=True)
class Reader:
    """read: is given the bytes, and a folder to keep files in. seeds: what it reads, as it should be.

    mutate: changes inputs within their structure. tokens: what the format is made of, to be put in anywhere.
    """

    read: Callable[[bytes, Path], None]
    seeds: Callable[[], list[bytes]]
    mutate: Mutation | None = None
    tokens: tuple[bytes, ...] = ()


def file_of(folder: Path, data: bytes, name: str = "data") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path
