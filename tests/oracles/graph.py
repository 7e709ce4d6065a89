"""faiss's bytes of an HNSW graph, written down plainly; also of graphs that no faiss makes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np


def _vector(values: Iterable[Any], dtype: str) -> bytes:
    array = np.array(list(values), dtype)
    return struct.pack("<q", len(array)) + array.tobytes()


def ring(n: int, dim: int, /, **changes: Any) -> bytes:
    """Points 0..n-1 in a ring: each is linked with the next two, the first also on an upper level.

    changes: what to write in place of what is right, by name.
    """
    levels = [2] + [1] * (n - 1)
    starts = [0, 2, 4]
    links: list[int] = []
    for point, of in enumerate(levels):
        links += [(point + 1) % n, (point + 2) % n] + ([-1, -1] if of == 2 else [])
    right: dict[str, Any] = {
        "kind": b"IHNf", "d": dim, "n": n, "trained": 1, "metric": 1,
        "starts": starts, "levels": levels, "offsets": np.cumsum([0] + [starts[level] for level in levels]),
        "links": links, "entry": 0, "top": 1, "ef": 16, "end": b"null",
    }  # fmt: skip
    of = {**right, **changes}
    return b"".join(
        (
            of["kind"],
            struct.pack("<iqqqBi", of["d"], of["n"], 1 << 20, 1 << 20, of["trained"], of["metric"]),
            _vector([0.5, 0.5], "<f8"),
            _vector(of["starts"], "<i4"),
            _vector(of["levels"], "<i4"),
            _vector(of["offsets"], "<u8"),
            _vector(of["links"], "<i4"),
            struct.pack("<5i", of["entry"], of["top"], 40, of["ef"], 1),
            of["end"],
        )
    )
