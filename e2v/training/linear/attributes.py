"""Vectors of attributes, of which a ridge regression makes those of the items that have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.features.described import DescribedCorpus
from e2v.kernels.linalg.sparse import WeightedCsr
from e2v.threads import Map
from e2v.training.linear.products import product, ridge
from e2v.vectors.matrix import Floats

#: Penalty of the regression. For a tower's start on MovieLens 10 is as good; 1 is worse for items that nobody
#: has had.
_PENALTY = 3.0


def rows_of(matrix: WeightedCsr, rows: NDArray[np.int64]) -> WeightedCsr:
    """Some rows of a sparse matrix."""
    starts, sizes = matrix.offsets[rows], matrix.offsets[rows + 1] - matrix.offsets[rows]
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes)
    return WeightedCsr(offsets, matrix.columns[places], matrix.weights[places])


def attribute_vectors(
    parts: WeightedCsr, n_attributes: int, vectors: Floats, known: NDArray[np.int64], parallel: Map = map
) -> Floats:
    """float32[A, d]: of which `parts` make the vectors, float32[V, d], of the items `known`, nearly."""
    return ridge(rows_of(parts, known), n_attributes, vectors[known], _PENALTY, parallel)


def with_new_items(corpus: DescribedCorpus, vectors: Floats, parallel: Map = map) -> Floats:
    """float32[V, d]: the vectors, float32[n, d], of the first items, and those of new ones by attributes."""
    known, new = np.flatnonzero(corpus.counts), np.flatnonzero(corpus.new)
    found = attribute_vectors(corpus.parts, len(corpus.attributes), vectors, known, parallel)
    whole = np.zeros((len(corpus.keys), vectors.shape[1]), np.float32)
    whole[: len(vectors)] = vectors
    made = np.empty((len(new), vectors.shape[1]), np.float32)
    whole[new] = product(rows_of(corpus.parts, new), found, made, parallel)
    return whole
