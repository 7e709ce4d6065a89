"""How much the words of a text count, and what all texts have in common.

Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings", algorithm 1: the
vector of a text is the mean of its words' vectors, each times a / (a + p), where p is the word's share of all
words, less its projection on the common component.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.vectors.matrix import Floats, Matrix, blocks

#: Keys that make up the common component: rarer ones have little share in it.
_FREQUENT = 100_000

#: Mandelbrot's b for words of English: Piantadosi (2014), "Zipf's word frequency law in natural language".
_ZIPF_SHIFT = 2.7

_TINY = 1e-300  # in place of 0, where there are no keys


def word_shares(counts: NDArray[np.int64] | None, n: int) -> NDArray[np.float64]:
    """float64[n]: the share of each of n keys in all words; they add up to 1.

    counts: int64[n]. Where there are none, the keys are taken to be in the order of their counts, most
    frequent first, and to follow Zipf's law as Mandelbrot has it: 1 / (rank + 2.7), ranks from 1.
    """
    known = counts if counts is not None and counts.any() else 1 / (np.arange(1, n + 1) + _ZIPF_SHIFT)
    shares: NDArray[np.float64] = known / max(float(known.sum(dtype=np.float64)), _TINY)
    return shares


def inverse_frequency(shares: NDArray[np.float64], smoothing: float) -> Floats:
    """float32[n]: a / (a + p) of each key's share p, with a = `smoothing`."""
    return (smoothing / (smoothing + shares)).astype(np.float32)


def common_component(matrix: Matrix, weights: Floats, shares: NDArray[np.float64]) -> Floats | None:
    """float32[d], of unit length: the direction that the vectors of texts have in common; None if none.

    The paper takes the first singular vector of the vectors of its texts. These vectors all have their mean
    in common, which dominates their second moments, and the mean of a text's vector is that of a word's
    weighted vector. So the direction of the latter is taken, for which keys and counts are enough.
    """
    expected = np.zeros(matrix.shape[1])
    first = 0
    for block in blocks(matrix, min(len(weights), _FREQUENT)):
        last = first + len(block)
        expected += (weights[first:last] * shares[first:last]) @ block
        first = last
    length = float(np.linalg.norm(expected))
    return (expected / length).astype(np.float32) if np.isfinite(length) and length > 0 else None
