"""The settings of a truncated singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass

from e2v import settings


@dataclass(frozen=True, kw_only=True)
class SvdSettings:
    """What is kept of the decomposition."""

    dim: int = settings.dim(100)
    seed: int = settings.seed()
