"""Models that are there rank the same held-out items, and are compared user by user."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.errors import Advice, UsageError
from e2v.evaluation.comparison import Comparison, compare_rankings, falls_short
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.evaluation.recommender import Recommender
from e2v.evaluation.settings import ModelComparisonSettings, RankingSettings
from e2v.jobs.evaluate import model_recommender, tell_what_is_left_out, tell_what_is_unknown
from e2v.progress import Progress, Report, silent
from e2v.store import open_artifact


class ModelComparison(NamedTuple):
    """failure: in what the first falls short of what is required, None if in nothing."""

    comparison: Comparison
    failure: str | None


def compare_models(
    models: Sequence[Path],
    settings: ModelComparisonSettings,
    ranked: RankingSettings,
    *,
    report: Report = silent,
) -> ModelComparison:
    """Rank with each model, and with a baseline if one is named, for the same users.

    settings: with `ranking` and `corpus`.

    Raises:
        UsageError: there are less than two to compare, or one twice.
        InputError: a file cannot be read, nobody can be ranked for, or a model knows none of the items.
    """
    names = [*map(str, models), *([settings.baseline] if settings.baseline else [])]
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(
            "a comparison takes two different models or more", Advice("a {baseline} counts as one")
        )
    assert settings.ranking is not None and settings.corpus is not None
    report(Progress("reading"))
    corpus = open_corpus(settings.corpus)
    test = RankingTest.of(corpus, read_held_out(settings.ranking))
    tell_what_is_left_out(str(settings.ranking), settings.corpus, test)
    recommenders: dict[str, Recommender] = {}
    for name, path in zip(names, models, strict=False):
        opened = open_artifact(path, "model")
        table = settings.user_features if opened.has("features") else None
        recommenders[name] = model_recommender(opened, test, table)
    if settings.baseline:
        from e2v.training.linear.baselines import BASELINES  # imports numba

        recommenders[settings.baseline] = BASELINES[settings.baseline](corpus, report, ranked.threads)
    values: dict[str, Any] = {}
    for name, recommender in recommenders.items():
        ranking = evaluate_ranking(recommender, test, ranked.number, ranked.threads, report)
        tell_what_is_unknown(name, ranking)
        values[name] = ranking.values
    failure = None
    if settings.require and (others := falls_short(values, settings.require)):
        failure = f"{names[0]} is {_SHORT[settings.require]} {', '.join(others)}"
    return ModelComparison(compare_rankings(values, dict.fromkeys(names), ranked.number), failure)


_SHORT = {"better": "not better, beyond chance, than", "no-worse": "worse, beyond chance, than"}
