"""The keys of a model are put into clusters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.jobs.vectors import vectors_of
from e2v.maps.clusters import KeyClusters, cluster_keys
from e2v.maps.settings import ClusterSettings
from e2v.progress import Progress, Report, silent
from e2v.vectors import KeyedVectors


@dataclass(frozen=True)
class ClusterResult:
    """The clusters of the first keys of some vectors."""

    vectors: KeyedVectors
    clusters: KeyClusters


def cluster(model: str | Path, settings: ClusterSettings, report: Report = silent) -> ClusterResult:
    """Put keys into clusters.

    Raises:
        E2VError: see `vectors_of` and `cluster_keys`.
    """
    vectors = vectors_of(model, settings)

    def passed(epoch: int, cosine: float) -> None:
        report(Progress("cluster", "passes", epoch, settings.epochs, {"cosine": cosine}))

    return ClusterResult(vectors, cluster_keys(vectors, settings, passed))
