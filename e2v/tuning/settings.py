"""The settings of a search for settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from e2v import common_settings
from e2v.evaluation.settings import analogy_questions, compared_methods, similarity_pairs
from e2v.settings import setting

_WORDS = "Words"

Learner: TypeAlias = Literal["tower", "item2vec", "word2vec"]

#: Seconds of all trials together, where neither a time nor a number of trials is given.
USUAL_BUDGET = 600.0


@dataclass(frozen=True, kw_only=True)
class TuneSettings:
    """What is searched, and for how long.

    learner: None as the corpus suggests. fixed: `name=value`.
    """

    learner: Learner | None = setting(
        None,
        "Whose settings: those of e2v tower, of e2v train for items, or of e2v train for words.",
        shown="tower of histories and sets, word2vec of text",
    )
    time_budget: float | None = common_settings.time_budget(shown="10m")
    trials: int | None = setting(
        None,
        "Try so many settings in the first round, however long it takes.",
        least=2,
        most=100_000,
        only_with={"time_budget": None},
        group="Run",
    )
    fixed: tuple[str, ...] = setting(
        (), "Have a setting so in all trials, such as dim=64. Repeatable.", metavar="NAME=VALUE"
    )
    analogies: tuple[Path, ...] = analogy_questions(group=_WORDS)
    similarity: tuple[Path, ...] = similarity_pairs(group=_WORDS)
    threads: int = common_settings.threads(group="Run")
    seed: int = common_settings.seed(group="Run")

    def check(self) -> None:
        """See `e2v.common_settings.check_time_budget`."""
        common_settings.check_time_budget(self.time_budget)

    @property
    def budget(self) -> float | None:
        """Seconds of all trials together; None where their number is given."""
        return USUAL_BUDGET if self.time_budget is None and self.trials is None else self.time_budget


@dataclass(frozen=True, kw_only=True)
class AutoSettings:
    """How a log is made a recommender of; the time is for tuning, and without one nothing is tuned."""

    methods: tuple[str, ...] = compared_methods(group="Run")
    time_budget: float | None = common_settings.time_budget(shown="no tuning")
    threads: int = common_settings.threads(group="Run")
    seed: int = common_settings.seed(group="Run")

    def check(self) -> None:
        """See `e2v.common_settings.check_time_budget`."""
        common_settings.check_time_budget(self.time_budget)
