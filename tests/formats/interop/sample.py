"""Vectors that every program is given."""

from __future__ import annotations

import numpy as np

#: Keys that all formats hold: of several scripts, with NBSP, quotes, numbers, 10,000 characters.
KEYS = [
    "the",
    "日本",
    "a\u00a0b",
    '"',
    "naïve",
    "👩‍🚀",
    "0.5",
    "é" * 10_000,
    *(f"k{number}" for number in range(500)),
]
VECTORS = np.random.default_rng(1).normal(size=(len(KEYS), 20)).astype(np.float32)
COUNTS = list(range(len(KEYS), 0, -1))
ENCODED = [key.encode() for key in KEYS]
