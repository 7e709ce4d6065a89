"""What recommendations are asked of: a model, an index with users, or a baseline."""

from __future__ import annotations

from pathlib import Path

from e2v.corpus.artifact import Corpus
from e2v.progress import Report, silent
from e2v.recommend.recommender import BaselineService, ModelService, Service
from e2v.recommend.search import HistoryScorer
from e2v.recommend.settings import AskedRecommendSettings


def recommending(
    model: Path | None,
    settings: AskedRecommendSettings,
    *,
    check_model: bool,
    report: Report = silent,
) -> Service:
    """Open what the settings name, and compute the baseline if that is what recommends.

    model, check_model: see `ModelService`; a baseline needs none.

    Raises:
        E2VError: see `ModelService` and `BaselineService`.
    """
    if settings.baseline is None or settings.corpus is None:
        return ModelService(
            model,
            index=settings.index,
            users=settings.users,
            corpus=settings.corpus,
            exact=settings.exact,
            check_model=check_model,
            new_items=settings.new_items,
            threads=settings.threads,
        )
    name = settings.baseline

    def computed(corpus: Corpus) -> HistoryScorer:
        from e2v.training.linear.baselines import BASELINES  # imports numba

        return BASELINES[name](corpus, report, settings.threads, settings.half_life)

    return BaselineService(settings.corpus, computed, settings.threads)
