"""How a training is gone about, as keywords of Python say it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from e2v.durations import Interval
from e2v.settings import resolve

if TYPE_CHECKING:
    from e2v.jobs.train import Run

PathLike: TypeAlias = str | os.PathLike[str]


def run_of(
    init: PathLike | None,
    update: PathLike | None,
    freeze: bool,
    resume: bool,
    checkpoint_every: str | float | None,
    cluster: Mapping[str, Any] | None = None,
) -> Run:
    """How a training is gone about."""
    from e2v.jobs.train import Run
    from e2v.training.engine.cluster.settings import ClusterSettings

    return Run(
        start_from=None if init is None or init == "random" else Path(init),
        update=None if update is None else Path(update),
        freeze=freeze,
        resume=resume,
        checkpoint_every=cast(Interval | None, checkpoint_every),
        cluster=resolve(ClusterSettings, cluster or {}),
    )
