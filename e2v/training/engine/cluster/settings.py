"""Settings of a training by several workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from e2v.settings import recorded, setting

_GROUP = "Cluster"
_OF_WORKERS = {"engine": ("ray", "in-turn")}


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Where units are trained. Workers have a model each, and what they learn is merged now and then."""

    engine: Literal["threads", "ray", "in-turn"] = setting(
        "threads",
        "Train on the threads of this process; on workers of a Ray cluster; or on workers that take "
        "turns here, to see what a cluster learns.",
        group=_GROUP,
    )
    workers: int | None = setting(
        None,
        "Models that are trained at a time and merged.",
        shown="one for each node",
        least=1,
        most=4096,
        group=_GROUP,
        only_with=_OF_WORKERS,
    )
    syncs: int = setting(
        100,
        "Merge all rows so often in an epoch, and the most frequent ones up to 20 times as often.",
        least=1,
        most=100_000,
        group=_GROUP,
        only_with=_OF_WORKERS,
    )
    address: str | None = setting(
        None,
        "Of the Ray cluster; auto: the one that this machine is part of.",
        shown="started here",
        recorded=False,
        group=_GROUP,
        only_with={"engine": "ray"},
    )

    def record(self, workers: int | None = None) -> dict[str, Any] | None:
        """What provenance says of it: nothing of one worker, who learns what threads do.

        workers: how many there are, where the settings leave it to the cluster.
        """
        workers = self.workers or workers
        if self.engine == "threads" or workers == 1:
            return None
        return recorded(self) | ({} if workers is None else {"workers": workers})
