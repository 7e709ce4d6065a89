"""Which keys of several versions count, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass

from e2v import common_settings
from e2v.settings import setting
from e2v.vectors.settings import VectorSettings


@dataclass(frozen=True, kw_only=True)
class DiffSettings(VectorSettings):
    """Which keys are compared, and what the comparison has to reach."""

    number: int = common_settings.number(10, least=0)
    neighbours: int = setting(10, "Nearest keys of each key that are compared.", least=1, most=10_000)
    restrict: int | None = common_settings.restrict()
    only: tuple[str, ...] = common_settings.only(only_with={"restrict": None})
    min: tuple[str, ...] = common_settings.minima()
    threads: int = common_settings.threads()


@dataclass(frozen=True, kw_only=True)
class AlignSettings:
    """Which keys the rotation is fitted to."""

    restrict: int | None = common_settings.restrict()
    only: tuple[str, ...] = common_settings.only(only_with={"restrict": None})


@dataclass(frozen=True, kw_only=True)
class MergeSettings:
    """Which keys a merged file has."""

    common: bool = setting(False, "Keep only the keys that all of the models know.")
