"""The settings of a truncated singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass

from e2v import common_settings


@dataclass(frozen=True, kw_only=True)
class SvdSettings:
    """What is kept of the decomposition. dim: None is 100, or as many as there are."""

    dim: int | None = common_settings.dim(None, shown="100, or as many as there are users and items")
    seed: int = common_settings.seed()
    threads: int = common_settings.threads()
    half_life: float | None = common_settings.half_life()
