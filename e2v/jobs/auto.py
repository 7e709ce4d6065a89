"""A log becomes a recommender: read, compared, and made by what ranks best."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from e2v.common_settings import OUTPUTS
from e2v.corpus.events.settings import EventSettings
from e2v.errors import Advice, Interrupted
from e2v.evaluation.comparison import UNTRAINED
from e2v.evaluation.settings import ComparisonSettings
from e2v.inputs.columns import columns_of_kind
from e2v.inputs.sources import STDIN, open_sources
from e2v.inputs.tables import open_table
from e2v.jobs.compare import ComparisonResult, compare, make_model
from e2v.jobs.events import events
from e2v.jobs.index import index
from e2v.jobs.tune import Tuning, tune
from e2v.jobs.users import users
from e2v.notices import hint
from e2v.progress import Report, silent
from e2v.recommend.settings import IndexSettings
from e2v.settings import resolve
from e2v.store import Output, kept_folder
from e2v.tuning.settings import AutoSettings, TuneSettings

#: What is tuned by the name that compared methods have.
_TUNED = ("tower", "item2vec")


@dataclass(frozen=True)
class Recommending:
    """A folder that recommends.

    method: the best of those compared. trained: the best of which there is a model, None if none was
    compared. tuned: how its settings were found, if they were searched. files: what the folder has. line: the
    command line that recommends to everybody by the best method; served: by the model, where that is another
    one.
    """

    folder: Path
    compared: ComparisonResult
    method: str
    trained: str | None
    tuned: Tuning | None
    files: Sequence[str]
    line: str
    served: str | None


def auto(
    inputs: Sequence[str],
    output: Path,
    log: EventSettings,
    settings: AutoSettings,
    *,
    report: Report = silent,
) -> Recommending:
    """Make a corpus of a log, compare methods on a cut of it, and have the best learn from all of it.

    output: a new or empty folder: for the corpus, and for the model, the users and the index of the best
    method that is trained; one that is computed when it is asked has none. report: told of the
    `EventsResult`, too.

    Raises:
        OutputError: the folder cannot be made, or holds something.
        E2VError: see the jobs of each step.
    """
    corpus, model, of_users, items = (OUTPUTS[name] for name in ("events", "train", "users", "index"))
    with kept_folder(output) as folder:
        read = events(inputs, Output(folder / corpus), _in_order(inputs, log), report=report)
        report(read and replace(read, output=output / corpus))
        given = {"methods": settings.methods, "threads": settings.threads, "seed": settings.seed}
        comparing = resolve(ComparisonSettings, given)
        compared = compare(folder / corpus, comparing, {}, called=", ".join(inputs), report=report)
        ranked = [row.method for row in compared.comparison.rows]
        trained = next((method for method in ranked if method not in UNTRAINED), None)
        files, tuned = [corpus], None
        if trained is not None:
            if settings.time_budget is not None and trained in _TUNED:
                tuned = _tuned(trained, folder, corpus, model, output, settings, report)
            else:
                make_model(trained, folder / corpus, Output(folder / model), comparing, report)
            users(folder / model, str(folder / corpus), Output(folder / of_users), report=report)
            searched = resolve(IndexSettings, {"users": folder / of_users})
            index(folder / model, Output(folder / items), searched, report=report)
            files += [model, of_users, items]
    named = {name: shlex.quote(str(output / name)) for name in (corpus, of_users, items)}
    line = f"e2v recommend --baseline {ranked[0]} --corpus {named[corpus]} --all"
    served = f"e2v recommend --users {named[of_users]} --index {named[items]} --all" if trained else None
    if ranked[0] == trained and served:
        line, served = served, None
    return Recommending(output, compared, ranked[0], trained, tuned, files, line, served)


def _tuned(
    method: str,
    folder: Path,
    corpus: str,
    model: str,
    output: Path,
    settings: AutoSettings,
    report: Report,
) -> Tuning:
    """Search settings of the best method; see `tune`.

    Raises:
        Interrupted: it was stopped, and the folder with what was found is gone.
    """
    given = {"learner": method, "time_budget": settings.time_budget}
    chosen = resolve(TuneSettings, {**given, "threads": settings.threads, "seed": settings.seed})
    called = output / corpus, output / model
    try:
        return tune(folder / corpus, Output(folder / model), chosen, {}, called=called, report=report)
    except Interrupted:
        raise Interrupted from None


def _in_order(inputs: Sequence[str], log: EventSettings) -> EventSettings:
    """The settings with the column of times that a table has, if it is plain which one that is."""
    if log.layout != "table" or log.time or log.ordered or STDIN in inputs:
        return log
    first = open_sources(inputs, log.encoding)[0]
    if not Path(first.name).is_file():  # what can be read only once is not looked at
        return log
    table = open_table(first, log.dialect)
    times = columns_of_kind("time", table.names or [])
    if len(times) != 1:
        return log
    hint(Advice("{}: put in order by column {}; {time} names another", table.source, times[0]))
    return replace(log, time=times[0], ordered=True)
