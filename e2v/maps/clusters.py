"""Keys in clusters, each with a name made of its own keys."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError, SettingError
from e2v.maps.kmeans import Report, kmeans
from e2v.maps.settings import ClusterSettings
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, directed, unit

#: Keys in the name of a cluster.
_IN_NAME = 3

#: Characters of a key or title in it: of texts it has the beginnings.
_LONGEST = 60

#: A name is made of the most frequent of a cluster's keys: the root of their number, at least so many.
_FREQUENT = 12

#: Rows that are read at once to see whether they are zeros.
_READ_AT_ONCE = 1 << 16


class KeyClusters(NamedTuple):
    """labels: int32[n], the largest cluster being 0; -1 for a key in none. names: of each cluster.

    cosines: float32[n], of each key and the mean of its cluster; 0 for a key in none.
    """

    labels: NDArray[np.int32]
    names: list[str]
    cosines: Floats

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64[k]: keys in each."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names))


def cluster_keys(
    vectors: KeyedVectors, settings: ClusterSettings, report: Report | None = None
) -> KeyClusters:
    """Put the keys, or the `settings.restrict` most frequent of them, into clusters.

    Keys with a vector of zeros are in none. report: told of each pass of k-means.

    Raises:
        InputError: every vector is zeros.
        SettingError: there are more clusters than keys.
        MissingExtraError: `settings.density`, and evoc is not there.
    """
    n = len(vectors) if settings.restrict is None else min(settings.restrict, len(vectors))
    there = _directed_rows(vectors, n)
    if not len(there):
        raise InputError("every vector is zeros, and has no direction")
    labels, cosines = np.full(n, -1, np.int32), np.zeros(n, np.float32)
    if settings.density:
        from e2v.maps.density import dense_regions

        found = dense_regions(unit(vectors.matrix.rows(there)), settings)
    else:
        k = settings.clusters or 1
        if k > len(there):
            raise SettingError(
                "{clusters} must be at most {}, as many as there are keys, not {}", len(there), k
            )

        def unit_rows(which: NDArray[np.int64]) -> Floats:
            return unit(vectors.matrix.rows(there[which]))

        found = kmeans(
            unit_rows,
            len(there),
            k,
            seed=settings.seed,
            epochs=settings.epochs,
            threads=settings.threads,
            report=report,
        )
    labels[there], cosines[there] = found.labels, found.cosines
    return KeyClusters(labels, cluster_names(vectors, labels, cosines), cosines)


def cluster_names(vectors: KeyedVectors, labels: NDArray[np.int32], cosines: Floats) -> list[str]:
    """The name of each cluster: of its frequent keys those nearest to its mean, by their titles, if any.

    labels, cosines: of the first n keys, as in `KeyClusters`.
    """
    order = np.argsort(labels, kind="stable")  # within a cluster most frequent first
    bounds = np.searchsorted(labels[order], np.arange(int(labels.max(initial=-1)) + 2))
    names = []
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = order[first:last]
        frequent = members[: max(_FREQUENT, math.isqrt(len(members)))]
        central = frequent[np.argsort(-cosines[frequent], kind="stable")][:_IN_NAME]
        named = (vectors.titled.title(row) or vectors.keys[row] for row in central.tolist())
        names.append(", ".join(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in named))
    return names


def _directed_rows(vectors: KeyedVectors, n: int) -> NDArray[np.int64]:
    """int64[m]: the rows of the first n that are not zeros."""
    found = [
        first + np.flatnonzero(directed(vectors.matrix.rows(slice(first, min(first + _READ_AT_ONCE, n)))))
        for first in range(0, n, _READ_AT_ONCE)
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)
