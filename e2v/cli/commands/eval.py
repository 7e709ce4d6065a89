"""`e2v eval`: how good a model is, in figures that a script can hold it to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_end
from e2v.cli.shared.options import Rows
from e2v.cli.shared.progress import ProgressDisplay
from e2v.errors import UsageError
from e2v.evaluation.settings import EvaluationSettings
from e2v.notices import counted
from e2v.settings import argument

COLUMNS = ("name", "measure", "value", "used", "total", "low", "high")


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is measured; the default is the model that is asked elsewhere, too."""

    model: Path | None = argument(
        None, "The model to measure.", metavar="MODEL", shown="$E2V_MODEL, else model.e2v", suffix=".e2v"
    )


def command(asked: Asked, settings: EvaluationSettings) -> None:
    """Measure MODEL: analogies, word similarity, purity of categories, ranking.

    All files are read, and the names of --min looked up, before anything is measured. What could not be
    measured at all, because none of a file's words is in the vocabulary, is an error.

    **--analogies**: how often the answer is the word that scores highest: for each section, for the
    *semantic* and the *syntactic* ones (these are named gram...) and for all *analogies*. Of several files
    the names begin with the file's: *msr/analogies*. A question with a word outside the vocabulary, or beyond
    --restrict, is not asked. With --csls all keys, or those of --restrict, are compared with each other
    first, which takes time with their square. **--similarity**: Spearman's correlation
    of the cosines with the scores, under the name of the file. Both ignore case unless --match-case is given;
    of keys that differ in nothing else the most frequent counts. With --unseen a model with subwords has
    vectors for more words; how many pairs are used for that alone is told on stderr.

    **--categories**: how many of an item's nearest neighbours share a category with it, on average: its
    *purity*. Items without one do not take part.

    **--ranking**: *hr*, *recall*, *ndcg* and *mrr* at --number, as means over the users. All items that are
    not in a user's history are ranked, by the user's vector times their output vectors. `e2v split` makes the
    files.
    The users are the same for every model: whoever has no item that MODEL knows is ranked for by popularity,
    as `e2v recommend` does, and a held-out item that it does not know is missed; a MODEL that knows none of
    the items is an error. Users who are not in CORPUS
    are left out. All of these are counted on stderr. A tower with user features needs --user-features;
    without, everybody is like the average user.

    --beyond-accuracy adds what the lists are like, whether anybody wants what they show: *coverage*, the part
    of the items that may be shown that anybody is; *gini*, how unevenly these are shown (0: all as often;
    1: one alone); *novelty*, the mean self-information of what is shown, log2(users / users who had it) in
    bits; *similarity*, the mean cosine of the pairs of a list, by who had both. --groups popularity ranks the
    held-out items of the *head*, *mid* and *tail* each on their own: by falling count, a third of all events
    each. --groups history has the users with *short*, *medium* and *long* histories, a third of the users
    each. The names of these begin with the group's: *tail/ndcg*.

    --min holds what is measured to a minimum, by name: `--min analogies=.35 --min wordsim353=.65`. What has
    no value reaches none.

    Columns: name, measure, value, used, total (questions, pairs, items or users), and low and high, the 95%
    confidence interval of a mean over users.

    Examples:
        e2v eval model.e2v --analogies questions-words.txt --similarity wordsim353.tsv
        e2v eval tower.e2v --ranking held-out.txt --corpus train.e2v --min hr=.3
    """
    if settings.baseline and asked.model is not None:
        raise UsageError("a baseline only ranks, without MODEL", "leave out the rest")
    from e2v.jobs.evaluate import evaluate

    model = asked.model or Path(os.environ.get("E2V_MODEL") or "model.e2v")
    with asked.printed(COLUMNS) as output, ProgressDisplay() as progress:
        count = 0
        for measurement in evaluate(model, settings, progress):
            progress.pause()
            output.row(*measurement)
            count += 1
    say_end("eval", f"{counted(count, 'figure')} measured", {"measurements": count})
