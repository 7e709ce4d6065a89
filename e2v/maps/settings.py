"""How keys are put into clusters, and on maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from e2v import common_settings
from e2v.errors import SettingError
from e2v.inputs.columns import KeyedColumn
from e2v.settings import setting
from e2v.vectors.settings import VectorSettings, categories_table


def _clusters(**declared: Any) -> Any:
    """The number of clusters."""
    return setting(None, "How many clusters.", short="-k", least=1, most=1_000_000, **declared)


@dataclass(frozen=True, kw_only=True)
class ClusterSettings(VectorSettings):
    """How many clusters, and of which keys."""

    clusters: int | None = _clusters(only_with={"density": False})
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


@dataclass(frozen=True, kw_only=True)
class MapSettings(VectorSettings):
    """Which keys are on a map, where, and in which colours."""

    restrict: int | None = common_settings.restrict(shown="20,000")
    only: tuple[str, ...] = common_settings.only(only_with={"restrict": None})
    projection: Literal["umap", "pca"] | None = setting(
        None,
        "How many dimensions become two: UMAP, which keeps neighbours together, or principal components.",
        shown="umap where the [plot] extra is there, else pca",
    )
    categories: KeyedColumn | None = categories_table()
    clusters: int | None = _clusters(shown="a third of the square root of the number of keys, up to 60")
    threads: int = common_settings.threads()
    seed: int = common_settings.seed()
