"""`e2v cluster`: keys in clusters, and what each cluster is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import Rows, model_argument
from e2v.cli.shared.progress import ProgressDisplay
from e2v.maps.settings import ClusterSettings
from e2v.notices import counted

if TYPE_CHECKING:
    from e2v.maps.clusters import KeyClusters


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is put into clusters."""

    model: Path = model_argument()


def command(asked: Asked, settings: ClusterSettings) -> None:
    """Put the keys of MODEL into clusters, and name each cluster by keys of its own.

    `e2v cluster model.e2v -k 500` is spherical k-means: a key is in the cluster whose mean direction is
    nearest to its vector. Clusters are numbered from 0, the largest, and named by three of their frequent
    keys that are near their mean. The same seed gives the same clusters, whatever the number of threads.
    Above a million keys the means are moved after every batch of keys, and not only after every pass.

    With `--density` the vectors decide how many clusters there are, and keys between dense regions are in
    none; it needs the [density] extra.

    Where all vectors point in much the same direction, as those of words do, `--center` makes clusters of
    more even sizes.

    Columns: key, cluster, name; and title, where the model has titles. A key in no cluster, such as one with
    a vector of zeros, has no cluster and no name.

    Examples:
        e2v cluster model.e2v -k 500
        e2v cluster model.e2v -k 50 --restrict 20000 --center
    """
    from e2v.jobs.cluster import cluster

    with ProgressDisplay() as progress:
        made = cluster(asked.model, settings, progress)
    vectors, found = made.vectors, made.clusters
    titled = vectors.titled.titles is not None
    note(_summary(found))
    with asked.printed(("key", "cluster", "name", "title")[: 3 + titled]) as output:
        for row, (key, label) in enumerate(zip(vectors.keys, found.labels.tolist(), strict=False)):
            named = (label, found.names[label]) if label >= 0 else (None, None)
            output.row(key, *named, *([vectors.titled.title(row)] if titled else []))


def _summary(found: KeyClusters) -> str:
    """How many clusters there are, and of what sizes."""
    inside = found.labels >= 0
    keys = counted(int(inside.sum()), "key")
    if not inside.any():
        return "no clusters"
    sizes = sorted(found.sizes.tolist())
    told = (
        f"{keys} in {counted(len(sizes), 'cluster')} of {sizes[0]:,} to {sizes[-1]:,}, half of them with "
        f"{sizes[len(sizes) // 2]:,} or more; mean cosine to the cluster's mean "
        f"{found.cosines[inside].mean():.3f}"
    )
    return told if inside.all() else f"{told}; {len(inside) - inside.sum():,} in none"
