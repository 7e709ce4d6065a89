"""Settings of a training by several workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from e2v import common_settings
from e2v.settings import recorded, setting

_OF_WORKERS = {"engine": ("ray", "in-turn")}


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Where units are trained. Workers have a model each, and what they learn is merged now and then."""

    engine: Literal["threads", "ray", "in-turn"] = common_settings.engine("threads")
    workers: int | None = common_settings.workers(only_with=_OF_WORKERS)
    syncs: int = setting(
        100,
        "Merge all rows so often in an epoch, and the most frequent ones up to 20 times as often.",
        least=1,
        most=100_000,
        group="Cluster",
        only_with=_OF_WORKERS,
    )
    address: str | None = common_settings.address()

    def record(self, workers: int | None = None) -> dict[str, Any] | None:
        """What provenance says of it: nothing of one worker, who learns what threads do.

        workers: how many there are, where the settings leave it to the cluster.
        """
        workers = self.workers or workers
        if self.engine == "threads" or workers == 1:
            return None
        return recorded(self) | ({} if workers is None else {"workers": workers})
