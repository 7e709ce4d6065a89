"""The usual recommenders learn from one cut of a corpus, and rank what was held out of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.corpus.events.settings import SplitSettings, resolve_split
from e2v.errors import Advice
from e2v.evaluation.comparison import UNTRAINED, Comparison, compare_rankings
from e2v.evaluation.metrics import METRICS
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.evaluation.recommender import ModelRecommender, Recommender
from e2v.evaluation.settings import USUAL, ComparisonSettings
from e2v.jobs.evaluate import tell_what_did_not_count
from e2v.jobs.split import split
from e2v.jobs.svd import svd
from e2v.jobs.tower import tower
from e2v.jobs.train import settings_for, train
from e2v.kernels.compiling import seconds_compiling
from e2v.notices import notice
from e2v.progress import Progress, Report, silent
from e2v.settings import resolve
from e2v.store import Output, kept_folder, open_artifact
from e2v.training.linear.settings import SvdSettings

#: What messages call the corpus that all learn from, which has no name where it is not kept.
_LEFT = "the part that is learned from"

#: Items of more than which ease is not among the usual: its time grows with their cube.
_EASE_ITEMS = 20_000


@dataclass(frozen=True)
class ComparisonResult:
    """What was compared. cut: how the histories were split; moment: see `Split`. seconds: of everything.

    intervals: the 95% confidence interval of each method's NDCG; none of a single user.
    """

    comparison: Comparison
    intervals: Mapping[str, tuple[float | None, float | None]]
    cut: SplitSettings
    moment: str | None
    seconds: float


def compare(
    corpus: str | Path,
    settings: ComparisonSettings,
    given_cut: Mapping[str, Any],
    keep: Path | None = None,
    *,
    called: str | None = None,
    report: Report = silent,
) -> ComparisonResult:
    """Split a corpus, learn with every method from what is left, and rank what was held out.

    given_cut: of `SplitSettings`, by name; the seed is that of `settings`. keep: a new or empty folder, for
    the cut and the models; None keeps nothing. called: what messages call the corpus, where it is not by its
    path.

    Raises:
        OutputError: `keep` holds something, or cannot be made.
        E2VError: see the jobs of each step.
    """
    began = time.monotonic()
    with kept_folder(keep) as folder:
        given = {name: value for name, value in given_cut.items() if name != "seed"}
        cut = resolve_split(given, ordered=open_corpus(corpus).ordered)
        if cut.by == "random":
            cut = resolve_split({**given, "by": cut.by, "seed": settings.seed}, ordered=None)
        left, held_out = folder / "train.e2v", folder / "test.txt"
        report(Progress("splitting"))
        made = split(corpus, Output(left), Output(held_out), cut, called=called)
        test = RankingTest.of(open_corpus(left), read_held_out(held_out))
        values: dict[str, Any] = {}
        seconds: dict[str, float] = {}
        intervals: dict[str, tuple[float | None, float | None]] = {}
        for method in _methods(settings, open_corpus(left)):
            started = time.monotonic()
            with seconds_compiling() as compiled:
                recommender = _learn(method, left, Output(folder / f"{method}.e2v"), settings, report)
            seconds[method] = time.monotonic() - started - sum(compiled)
            ranking = evaluate_ranking(recommender, test, settings.number, settings.threads, report)
            if not values:  # all know the same items
                tell_what_did_not_count(f"what is held out of {called or corpus}", _LEFT, test, ranking)
            values[method] = ranking.values
            ndcg = ranking.measurements[METRICS.index("ndcg")]
            intervals[method] = ndcg.low, ndcg.high
        found = compare_rankings(values, seconds, settings.number)
        moment = made.summary.moment if made else None
        return ComparisonResult(found, intervals, cut, moment, time.monotonic() - began)


def _methods(settings: ComparisonSettings, corpus: Corpus) -> Sequence[str]:
    """What is compared; of the usual methods not what takes too long for such a corpus, which is told.

    Raises:
        InputError: there is no room for one that is asked for.
    """
    from e2v.training.linear.ease import check_memory  # imports numba

    if "ease" in settings.methods:
        if settings.methods == USUAL and (n := len(corpus.keys)) > _EASE_ITEMS:
            notice(Advice("ease takes long for {} items and is left out; {methods} names it", f"{n:,}"))
            return [method for method in USUAL if method != "ease"]
        check_memory(corpus)
    return settings.methods


def _learn(
    method: str, left: Path, output: Output, settings: ComparisonSettings, report: Report
) -> Recommender:
    """Learn from what is left, as the commands do by default."""
    from e2v.training.linear.baselines import BASELINES  # imports numba

    if method in UNTRAINED:
        return BASELINES[method](open_corpus(left), report, settings.threads)
    make_model(method, left, output, settings, report)
    return ModelRecommender(open_artifact(output.path, "model"))


def make_model(
    method: str, corpus: Path, output: Output, settings: ComparisonSettings, report: Report
) -> None:
    """Learn what a method that is trained learns from a corpus, by default but for what such settings say.

    Raises:
        E2VError: see the jobs of each method.
    """
    given = {"seed": settings.seed, "threads": settings.threads}
    if method == "svd":
        svd(corpus, output, resolve(SvdSettings, given), report=report)
    elif method == "item2vec":
        train([str(corpus)], output, settings_for(given, "items", None, [str(corpus)]), report=report)
    else:
        tower(corpus, output, given, report=report)
