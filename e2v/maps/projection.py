"""Vectors in two dimensions."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, MissingExtraError
from e2v.notices import hint
from e2v.vectors.matrix import Floats

#: Keys with fewer have no neighbourhoods that UMAP could keep.
_FEWEST = 20


def project(
    rows: Floats,
    neighbours: NDArray[np.int32],
    cosines: Floats,
    how: Literal["umap", "pca"] | None,
    seed: int,
) -> Floats:
    """float32[n, 2]: where rows of length 1, float32[n, d], lie on a map; each coordinate from 0 to 1.

    neighbours, cosines: as `nearest_neighbours` gives them. how: None is UMAP where it can be.

    Raises:
        MissingExtraError: UMAP is wanted, and is not there.
    """
    there, enough = find_spec("umap") is not None, len(rows) >= _FEWEST
    if how == "umap" and not there:
        raise MissingExtraError(Advice("{projection} umap"), "umap-learn")
    if how is None and enough and not there:
        hint("placed by principal components; UMAP keeps neighbours together: pip install umap-learn")
    use_umap = enough and there and how != "pca"
    points = _umap(rows, neighbours, cosines, seed) if use_umap else principal_components(rows)
    # Some lie far out, and would make the rest small: they are put at the edge.
    low, high = np.quantile(points, [0.001, 0.999], axis=0)
    size = max(float((high - low).max()), 1e-12)
    placed: Floats = np.clip((points - (low + high) / 2) / size + 0.5, 0, 1).astype(np.float32)
    return placed


def principal_components(rows: Floats) -> Floats:
    """float32[n, 2]: the rows on the two axes along which they vary most (Pearson 1901)."""
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    axes = axes[:, ::-1][:, :2]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)  # a sign is free
    found = np.zeros((len(rows), 2), np.float32)
    found[:, : axes.shape[1]] = centred @ axes.astype(np.float32)
    return found


def _umap(rows: Floats, neighbours: NDArray[np.int32], cosines: Floats, seed: int) -> Floats:
    """McInnes, Healy and Melville (2018), "UMAP: uniform manifold approximation and projection"."""
    # Its graph has each row as its own first neighbour.
    itself = np.arange(len(rows), dtype=np.int32)[:, np.newaxis]
    graph = np.concatenate((itself, neighbours), axis=1)
    distances = np.concatenate((np.zeros_like(cosines[:, :1]), np.maximum(1 - cosines, 0)), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Tensorflow, and of one thread, which is what a seed needs
        from umap import UMAP

        made = UMAP(
            n_neighbors=graph.shape[1],
            metric="cosine",
            precomputed_knn=(graph, distances),
            random_state=seed % 2**32,
        ).fit_transform(rows)
    return np.asarray(made, np.float32)
