"""What is measured of a model, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from e2v import common_settings
from e2v.errors import SettingError
from e2v.inputs.columns import KeyedColumn
from e2v.recommend.settings import NewItems, corpus_of_users, new_items
from e2v.settings import setting
from e2v.vectors.settings import ManyQueriesSettings, categories_table

_WORDS, _ITEMS, _MODELS = "Words", "Items", "Models that are there"

#: What can be compared, and what is unless somebody chooses: the usual.
METHODS = ("popularity", "item-knn", "ease", "gf-cf", "svd", "item2vec", "tower")
USUAL = ("popularity", "item-knn", "ease", "svd", "item2vec", "tower")

#: What a ranking is also measured by groups of.
GROUPINGS = ("popularity", "history")


def _methods(given: str | Sequence[str]) -> tuple[str, ...]:
    """`svd,tower` as the names of methods, each once.

    Raises:
        ValueError: it names others, or none.
    """
    names = tuple(dict.fromkeys(given.split(",") if isinstance(given, str) else given))
    if not names or not set(names) <= set(METHODS):
        raise ValueError(f"takes some of {','.join(METHODS)}")
    return names


def held_out_items(**declared: Any) -> Any:
    """What is ranked."""
    return setting(None, "Held-out items, 'user item item ...' a line; with --corpus.", **declared)


def analogy_questions(**declared: Any) -> Any:
    """Files of analogy questions."""
    told = "Questions, four words a line (a is to b as c is to d), in ': sections'. Repeatable."
    return setting((), told, metavar="FILE", **declared)


def similarity_pairs(**declared: Any) -> Any:
    """Files of pairs of words with scores."""
    told = "Two words and a score a line: TSV, CSV or spaces. Repeatable."
    return setting((), told, metavar="FILE", **declared)


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings(ManyQueriesSettings):
    """What is measured, with which files."""

    analogies: tuple[Path, ...] = analogy_questions()
    similarity: tuple[Path, ...] = similarity_pairs()
    categories: KeyedColumn | None = categories_table()
    ranking: Path | None = held_out_items()
    corpus: Path | None = corpus_of_users()
    min: tuple[str, ...] = common_settings.minima()
    number: int | None = common_settings.number(None, shown="20 in --ranking, 8 for --categories", least=1)
    baseline: common_settings.Baseline | None = common_settings.baseline(group=_ITEMS)
    half_life: float | None = common_settings.half_life(only_with={"baseline": ...}, group=_ITEMS)
    user_features: Path | None = common_settings.user_features(group=_ITEMS)
    groups: tuple[str, ...] = setting(
        (),
        "Rank also by group: of held-out items by how frequent they are, of users by how many items they "
        "have. Repeatable.",
        names=lambda: GROUPINGS,
        metavar="|".join(GROUPINGS),
        group=_ITEMS,
    )
    beyond_accuracy: bool = setting(
        False, "Measure also the coverage, gini, novelty and similarity of what is shown.", group=_ITEMS
    )
    new_items: NewItems = new_items(group=_ITEMS)
    unseen: bool = setting(
        False,
        "In --similarity, words outside the vocabulary have their vectors from their n-grams.",
        group=_WORDS,
    )
    match_case: bool = setting(
        False, "Athens and athens are two words in analogies and similarity.", group=_WORDS
    )


@dataclass(frozen=True, kw_only=True)
class RankingSettings:
    """How a comparison ranks."""

    number: int = common_settings.number(20, least=1)
    threads: int = common_settings.threads()


def compared_methods(**declared: Any) -> Any:
    """What is compared."""
    return setting(
        USUAL,
        "What to compare, of these and gf-cf, with commas between.",
        metavar="NAME,NAME...",
        shown=",".join(USUAL),
        parse=_methods,
        **declared,
    )


@dataclass(frozen=True, kw_only=True)
class ComparisonSettings(RankingSettings):
    """What is compared; every method is learned with its own defaults."""

    methods: tuple[str, ...] = compared_methods()
    seed: int = common_settings.seed()


@dataclass(frozen=True, kw_only=True)
class ModelComparisonSettings:
    """How models that are there are compared, and what the first of them has to be."""

    ranking: Path | None = held_out_items(group=_MODELS)
    corpus: Path | None = corpus_of_users(only_with={"ranking": ...}, group=_MODELS)
    baseline: common_settings.Baseline | None = common_settings.baseline(
        only_with={"ranking": ...}, group=_MODELS
    )
    user_features: Path | None = common_settings.user_features(only_with={"ranking": ...}, group=_MODELS)
    require: Literal["better", "no-worse"] | None = setting(
        None,
        "Exit 4 unless the first MODEL is so, beside each other one, beyond chance.",
        only_with={"ranking": ...},
        group=_MODELS,
    )

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            SettingError: users without histories.
        """
        if self.ranking is not None and self.corpus is None:
            raise SettingError("{ranking} needs the histories of its users", hint="{corpus} CORPUS")
