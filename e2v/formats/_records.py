"""Keys beside their vectors, as the formats that write one record after the other need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from e2v.errors import OutputError
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, blocks


def records(vectors: KeyedVectors) -> Iterator[tuple[bytes, Floats]]:
    """Each key's bytes and its vector, float32[d], in order."""
    row = 0
    for block in blocks(vectors.matrix, len(vectors)):
        for vector in block:
            yield vectors.keys.bytes_at(row), vector
            row += 1


def refuse_keys(keys: Keys, forbidden: Mapping[bytes, str], format_name: str) -> None:
    """Refuse keys that a format cannot hold.

    forbidden: single bytes that end or break a key, and what to call them. Empty keys never do.

    Raises:
        OutputError: naming the first such key.
    """
    unfit = np.isin(keys.blob, np.frombuffer(b"".join(forbidden), np.uint8))
    rows = np.concatenate(
        (
            np.flatnonzero(np.diff(keys.offsets) == 0),
            np.searchsorted(keys.offsets, np.flatnonzero(unfit)[:1], side="right") - 1,
        )
    )
    if len(rows):
        key = keys.bytes_at(int(rows.min()))
        held = next((name for byte, name in forbidden.items() if byte in key), "no character")
        shown = key.decode("utf-8", "surrogateescape")
        raise OutputError(f"{format_name} cannot hold the key {shown!r}: it has {held}")
