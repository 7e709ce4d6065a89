"""`e2v compare`: which of the usual recommenders suits a log?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v import common_settings
from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Rows, corpus_argument
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.summaries import reporter
from e2v.corpus.events.settings import SplitSettings
from e2v.evaluation.comparison import UNTRAINED, Compared
from e2v.evaluation.settings import ComparisonSettings
from e2v.notices import counted


@dataclass(frozen=True, kw_only=True)
class Files(Rows):
    """What is read, and kept."""

    corpus: Path = corpus_argument()
    keep: Path | None = common_settings.keep()


def command(files: Files, settings: ComparisonSettings, cut: Given[SplitSettings]) -> None:
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

    Columns: method, ndcg, recall, hr and mrr at --number, behind (how far the NDCG is behind the best's), the
    standard error of that, and the seconds that it took to learn, without compiling. Best first.

    Examples:
        e2v compare histories.e2v
        e2v compare baskets.e2v --methods popularity,item-knn,svd --keep models
    """
    from e2v.jobs.compare import compare

    with ProgressDisplay() as progress:
        made = compare(files.corpus, settings, cut, files.keep, report=reporter(progress))
    found = made.comparison
    with files.printed(Compared._fields) as output:
        for row in found.rows:
            output.row(*row)
    goes_on = _next_command(found.chosen, files.corpus) if found.chosen else None
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
    facts = {
        "by": made.cut.by,
        "users": found.users,
        "number": found.k,
        "best": found.rows[0].method,
        "tied": list(found.tied),
        "verdict": found.verdict,
        "next": goes_on,
        "seconds": round(made.seconds, 3),
    }
    say_result("compare", files.keep, words, facts)


def _next_command(method: str, corpus: Path) -> str:
    """What recommends by a method, or makes the model that does."""
    from shlex import quote

    of = quote(str(corpus))
    if method in UNTRAINED:
        return f"e2v recommend --baseline {method} --corpus {of} --all recommends by it"
    line = {"item2vec": f"e2v train {of} --preset items", "svd": f"e2v svd {of}", "tower": f"e2v tower {of}"}
    output = common_settings.OUTPUTS["train" if method == "item2vec" else method]
    return f"{line[method]} -o {output} makes it"
