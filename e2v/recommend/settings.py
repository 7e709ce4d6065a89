"""The settings of an index, and of asking it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from e2v import common_settings
from e2v.errors import SettingError
from e2v.settings import setting
from e2v.vectors.settings import SELECTION, Narrowing

_GRAPH = {"type": "hnsw"}

#: Whether items that nobody has had are recommended.
NewItems: TypeAlias = Literal["none", "also", "only"]


def users_file() -> Any:
    """A file of users."""
    return setting(
        None, "Users and what they have seen, as made by e2v users.", suffix=".e2v", recorded=False
    )


def new_items(**declared: Any) -> Any:
    """Which of the items that nobody has had may be recommended."""
    told = "Items that nobody has had, known by their features: none of them, these also, or only these."
    return setting("none", told, **declared)


def corpus_of_users(**declared: Any) -> Any:
    """A corpus of histories."""
    return setting(
        None, "Histories of users: a corpus with their ids.", suffix=".e2v", recorded=False, **declared
    )


def popularity_penalty(default: float | None, **declared: Any) -> Any:
    """How much more common items have to score, see `e2v.recommend.search`."""
    told = (
        "Take P times the logarithm of an item's count from its score; of a baseline, divide it by the count "
        "to the power of P. Items that nobody has had are given the median count of the others."
    )
    return setting(default, told, **{"metavar": "P", "shown": "off", "least": 0, "most": 10, **declared})


@dataclass(frozen=True, kw_only=True)
class ItemNarrowing(Narrowing):
    """The same of items for users."""

    popularity_penalty: float | None = popularity_penalty(None)

    @property
    def narrows(self) -> bool:
        """See `Narrowing.narrows`."""
        return super().narrows or self.popularity_penalty is not None


@dataclass(frozen=True, kw_only=True)
class IndexSettings:
    """How items are searched.

    links: M of Malkov and Yashunin (2018). threads: with several the graph is not the same again.
    """

    type: Literal["exact", "hnsw"] = setting(
        "exact", "Score every item, or walk along a graph (needs the [ann] extra)."
    )
    links: int = setting(
        16, "Links of an item of the graph to others (M).", least=2, most=1024, only_with=_GRAPH
    )
    ef: int = setting(
        128, "Candidates that a search of the graph follows.", least=1, most=1_000_000, only_with=_GRAPH
    )
    threads: int = common_settings.threads(only_with=_GRAPH)
    users: Path | None = users_file()


@dataclass(frozen=True, kw_only=True)
class RecommendSettings:
    """Where items and users are from, and which items may be recommended."""

    index: Path | None = setting(None, "The items, as made by e2v index, in place of MODEL's.", suffix=".e2v")
    users: Path | None = users_file()
    corpus: Path | None = corpus_of_users(only_with={"users": None})
    include_seen: bool = setting(False, "Recommend also what is in the history already.")
    new_items: NewItems = new_items(group="Items")
    exact: bool = setting(False, "Score every item, though the index has a graph.", only_with={"index": ...})
    popularity_penalty: float = popularity_penalty(0.0, recorded=False, group=SELECTION)


@dataclass(frozen=True, kw_only=True)
class AskedRecommendSettings(RecommendSettings):
    """The same, where a baseline may stand in for the model, and many are asked for at a time."""

    baseline: common_settings.Baseline | None = common_settings.baseline(
        only_with={"index": None, "users": None}, recorded=False
    )
    half_life: float | None = common_settings.half_life(only_with={"baseline": ...}, recorded=False)
    threads: int = common_settings.threads(group="Run")

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            SettingError: a baseline without the histories that it is learned from.
        """
        if self.baseline is not None and self.corpus is None:
            raise SettingError(
                "{baseline} is learned from the histories of users", hint="{corpus} CORPUS has them"
            )
        if self.baseline is not None and self.new_items != "none":
            raise SettingError("{new_items} does not go with {baseline}", hint="a baseline knows none")
