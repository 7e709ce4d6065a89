"""`e2v compare`: which of the usual recommenders suits a log, or which of some models is best?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v import common_settings
from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Rows
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.summaries import reporter
from e2v.corpus.events.settings import SplitSettings
from e2v.errors import QualityGateError, SettingError, UsageError
from e2v.evaluation.comparison import UNTRAINED, Comparison
from e2v.evaluation.settings import ComparisonSettings, ModelComparisonSettings, RankingSettings
from e2v.notices import counted
from e2v.settings import argument, declared, resolve

COLUMNS = ("method", "ndcg", "recall", "hr", "mrr", "behind", "low", "high", "seconds")


@dataclass(frozen=True, kw_only=True)
class Files(Rows):
    """What is read, and kept."""

    compared: tuple[Path, ...] = argument(
        (),
        "Sets, or histories of users: a corpus.e2v; with --ranking, models.",
        metavar="CORPUS|MODEL",
        suffix=".e2v",
    )
    keep: Path | None = common_settings.keep()


def command(
    files: Files,
    models: ModelComparisonSettings,
    settings: Given[ComparisonSettings],
    cut: Given[SplitSettings],
) -> None:
    """Learn to recommend from CORPUS in all the usual ways, and say which is best, and by how much.

    The corpus is cut once, as by `e2v split`: histories in order before their last item, sets at random;
    with --at or --last-share all at one moment.
    Every method learns from the same part, with its defaults, and ranks all items that a user does not have,
    as `e2v eval --ranking` does, for the same users.

    *popularity*: what is had most, for everybody. *item-knn*: what is had by those who had the same,
    computed without training; of histories in order the last items count most. *ease*: every item from all
    others by ridge regression, likewise; its time grows with the cube of the items, and beyond 20,000 of
    them it has to be named. *gf-cf*: a graph filter, likewise without training. *svd*: `e2v svd`.
    *item2vec*: `e2v train --preset items`. *tower*: `e2v tower`.

    A line on stderr names the best by NDCG, and the command that goes on with it. It is no clear winner if
    its lead over another, as a mean over the users, is within two standard errors.

    Nothing is kept but in --keep: train.e2v, test.txt, and a model of each method that makes one.

    With --ranking, models that are there are compared instead: two or more of them, or one with a
    --baseline, rank for the same users what `e2v split` held out of --corpus. --require no-worse ends a job
    with exit 4 where the first model is worse than another beyond chance; --require better, where it is not
    better than all of them.

    Columns: method (or model), ndcg, recall, hr and mrr at --number, behind (how far the NDCG is behind the
    best's), low and high (two standard errors of that on either side), and the seconds that it took to learn,
    without compiling. Best first.

    Examples:
        e2v compare histories.e2v
        e2v compare baskets.e2v --methods popularity,item-knn,svd --keep models
        e2v compare new.e2v old.e2v --ranking test.txt --corpus train.e2v --require no-worse
    """
    if models.ranking is not None:
        _compare_models(files, models, settings, cut)
        return
    if len(files.compared) != 1:
        raise UsageError(
            f"{len(files.compared)} files are named, and one CORPUS is compared"
            if files.compared
            else "compare takes a CORPUS, or models with --ranking",
            "--ranking FILE compares models, on what was held out",
        )
    corpus = files.compared[0]
    from e2v.jobs.compare import compare

    with ProgressDisplay() as progress:
        made = compare(
            corpus, resolve(ComparisonSettings, settings), cut, files.keep, report=reporter(progress)
        )
    found = made.comparison
    _print(files, found)
    goes_on = _next_command(found.chosen, corpus) if found.chosen else None
    parts = {
        "last-out": "the last of each user",
        "random": f"{made.cut.share:.0%} at random",
        "time": f"from {made.moment} on",
    }[made.cut.by]
    words = [
        f"{counted(len(found.rows), 'method')} ranked for {counted(found.users, 'user')} what was held out, "
        f"{parts}",
        f"{found.verdict}; {goes_on}" if goes_on else found.verdict,
    ]
    facts = {"by": made.cut.by, **_facts(found), "next": goes_on, "seconds": round(made.seconds, 3)}
    say_result("compare", files.keep, words, facts)


def _compare_models(
    files: Files,
    models: ModelComparisonSettings,
    settings: Given[ComparisonSettings],
    cut: Given[SplitSettings],
) -> None:
    from e2v.jobs.compare_models import compare_models

    ranked = declared(RankingSettings)
    given = [name for name in (*settings, *cut) if name not in ranked]
    for name in (*given, *(["keep"] if files.keep is not None else [])):
        raise SettingError(f"{{{name}}} does not go with {{ranking}}", hint="leave one of them out")
    with ProgressDisplay() as progress:
        made = compare_models(files.compared, models, resolve(RankingSettings, settings), report=progress)
    found = made.comparison
    _print(files, found)
    who = counted(len(files.compared), "model") + (f" and {models.baseline}" if models.baseline else "")
    words = [f"{who} ranked for {counted(found.users, 'user')} what was held out", found.verdict]
    say_result("compare", None, words, _facts(found))
    if made.failure:
        raise QualityGateError(made.failure)


def _print(files: Files, found: Comparison) -> None:
    with files.printed(COLUMNS) as output:
        for row in found.rows:
            behind = row.behind, *row.interval
            output.row(row.method, row.ndcg, row.recall, row.hr, row.mrr, *behind, row.seconds)


def _facts(found: Comparison) -> dict[str, object]:
    return {
        "users": found.users,
        "number": found.k,
        "best": found.rows[0].method,
        "tied": list(found.tied),
        "verdict": found.verdict,
    }


def _next_command(method: str, corpus: Path) -> str:
    """What recommends by a method, or makes the model that does."""
    from shlex import quote

    of = quote(str(corpus))
    if method in UNTRAINED:
        return f"e2v recommend --baseline {method} --corpus {of} --all recommends by it"
    line = {"item2vec": f"e2v train {of} --preset items", "svd": f"e2v svd {of}", "tower": f"e2v tower {of}"}
    output = common_settings.OUTPUTS["train" if method == "item2vec" else method]
    return f"{line[method]} -o {output} makes it"
