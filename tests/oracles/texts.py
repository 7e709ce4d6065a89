"""Slow, readable twin of smooth inverse frequency (Arora, Liang and Ma 2017, algorithm 1), in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = dict[str, NDArray[np.float64]]


def zipf(keys: list[str]) -> dict[str, float]:
    """Counts by Zipf's law with Mandelbrot's shift, of keys in order."""
    return {key: 1 / (rank + 2.7) for rank, key in enumerate(keys, 1)}


def text_vectors(
    texts: list[list[str]],
    vectors: Vectors,
    counts: dict[str, float] | None,
    smoothing: float = 1e-3,
    keep_common: bool = False,
) -> NDArray[np.float64]:
    """A row for each text, of words between blanks; words without counts are of no share, as unseen ones.

    counts: None for the plain mean.
    """
    dim = len(next(iter(vectors.values())))
    total = sum(counts.values()) if counts else 1

    def weight(word: str) -> float:
        return smoothing / (smoothing + counts.get(word, 0) / total) if counts else 1.0

    rows = []
    for words in texts:
        known = [weight(word) * vectors[word] for word in words if word in vectors]
        rows.append(sum(known, np.zeros(dim)) / max(len(known), 1))
    made = np.array(rows).reshape(-1, dim)
    if counts is None or keep_common:
        return made
    expected = sum((counts[word] / total * weight(word) * vectors[word] for word in counts), np.zeros(dim))
    common = expected / np.linalg.norm(expected)
    return made - np.outer(made @ common, common)
