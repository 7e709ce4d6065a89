"""Clusters of dense regions, by EVoC, which is a package of its own."""

from __future__ import annotations

import numpy as np

from e2v.errors import Advice, MissingExtraError
from e2v.maps.kmeans import Clusters, by_size
from e2v.maps.settings import ClusterSettings
from e2v.vectors.matrix import Floats, unit


def dense_regions(rows: Floats, settings: ClusterSettings) -> Clusters:
    """Clusters of rows of length 1, float32[n, d]; labels of -1 and cosines of 0 where there is none.

    Raises:
        MissingExtraError: evoc is not there.
    """
    try:
        from evoc import EVoC
    except ImportError as error:
        raise MissingExtraError(Advice("{density}"), "evoc") from error
    found = np.asarray(
        EVoC(base_min_cluster_size=settings.min_size, random_state=settings.seed).fit_predict(rows), np.int32
    )
    labels, _ = by_size(found, int(found.max(initial=-1)) + 1)
    there = labels >= 0
    sums = np.zeros((int(labels.max(initial=-1)) + 1, rows.shape[1]))
    np.add.at(sums, labels[there], rows[there])
    centres = unit(sums.astype(np.float32))
    cosines = np.zeros(len(rows), np.float32)
    cosines[there] = np.einsum("ij,ij->i", rows[there], centres[labels[there]])
    return Clusters(labels, centres, cosines)
