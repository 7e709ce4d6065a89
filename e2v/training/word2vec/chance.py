"""What a pair costs a model that knows nothing: the loss where all vectors are zero."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e2v.training.word2vec.huffman import HuffmanTree
from e2v.training.word2vec.settings import Word2VecSettings


def noise_chance(config: Word2VecSettings) -> float:
    """With negative sampling, in nats: log 2 for the centre and for each noise word."""
    return (1 + config.negative) * math.log(2)


def tree_chance(tree: HuffmanTree, counts: NDArray[np.int64], keep: NDArray[np.float32]) -> float:
    """With hierarchical softmax, in nats: log 2 for each node on the path of a centre, on average.

    Infinity where no word is kept.

    counts: int64[V]. keep: float32[V], the probability that an occurrence is kept.
    """
    kept = counts * np.minimum(keep, 1).astype(np.float64)
    if not kept.any():
        return math.inf
    return float(np.average(np.diff(tree.offsets), weights=kept)) * math.log(2)
