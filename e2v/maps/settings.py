"""How keys are put into clusters."""

from __future__ import annotations

from dataclasses import dataclass

from e2v import common_settings
from e2v.errors import SettingError
from e2v.settings import setting
from e2v.vectors.settings import VectorSettings


@dataclass(frozen=True, kw_only=True)
class ClusterSettings(VectorSettings):
    """How many clusters, and of which keys."""

    clusters: int | None = setting(
        None, "How many clusters.", short="-k", least=1, most=1_000_000, only_with={"density": False}
    )
    density: bool = setting(
        False, "As many clusters as there are dense regions; keys between them are in none."
    )
    min_size: int = setting(
        20, "Keys of the smallest cluster.", least=2, most=2**31 - 1, only_with={"density": True}
    )
    restrict: int | None = common_settings.restrict()
    epochs: int = common_settings.epochs(25, only_with={"density": False})
    threads: int = common_settings.threads()
    seed: int = common_settings.seed()

    def check(self) -> None:
        """Either their number is given, or how dense they are decides.

        Raises:
            SettingError: neither.
        """
        if self.clusters is None and not self.density:
            raise SettingError("how many? {clusters} is not given", hint="{clusters} 100, or {density}")
