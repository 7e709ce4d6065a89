"""`e2v tune`: settings that suit a corpus, found by trials."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Rows, output, resume
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.signals import NotedSignals
from e2v.cli.shared.summaries import reporter
from e2v.corpus.events.settings import SplitSettings
from e2v.notices import counted
from e2v.settings import argument, setting
from e2v.tuning.settings import TuneSettings

_COLUMNS = ("trial", "size", "value", "confirmed", "ahead", "error", "seconds", "command")


@dataclass(frozen=True, kw_only=True)
class Files(Rows):
    """What is read and written."""

    corpus: Path = argument(
        ..., "A corpus.e2v: histories of users or sets, or text.", metavar="CORPUS", suffix=".e2v"
    )
    output: str | None = output("tune")
    table: Path | None = setting(
        None,
        "Where each trial is written as a line of JSON.",
        metavar="FILE",
        shown="OUTPUT.trials.jsonl",
        recorded=False,
        group="Run",
    )
    resume: bool = resume()


def command(files: Files, settings: TuneSettings, cut: Given[SplitSettings]) -> None:
    """Find settings that suit CORPUS by trials, and make a model with them.

    Many settings learn from a small sample of the users, the best third of them from three times as many, and
    so on (successive halving, Jamieson and Talwalkar 2016). What was held out of the users' histories, as by
    `e2v split` with the same options, is ranked, and settings are chosen by the NDCG@20 of every second user.
    The defaults take part in each round. In the last one the other users have to confirm that the best
    settings are better, by more than two standard errors of the paired differences; else the defaults are
    kept, and that is said.

    The model is learned from all of CORPUS, and is what the command line makes that is printed with it: of
    `e2v tower`, of `e2v train --preset items` (--learner item2vec) or of `e2v train` (word2vec). Words are
    tried on samples of the lines, and need --analogies or --similarity, questions as `e2v eval` takes them.

    --time-budget is for the trials; reading, compiling, and the model itself come on top. Where it allows
    none on all users, the last sample is smaller, which is said. With --trials in its place, the number of
    settings of the first round, the result does not depend on how fast the machine is.

    Ctrl-C, SIGTERM and SIGHUP exit with 75, and the same command with --resume goes on with the table of
    trials.

    Columns: those of the last round, best first: the trial's number (0 are the defaults), the size of the
    sample, the value by the users who choose and by those who confirm, how far that is ahead of the defaults,
    its standard error, the seconds it took, and the command line that makes the model.

    Examples:
        e2v tune histories.e2v --time-budget 10m -o tower.e2v
        e2v tune corpus.e2v --learner word2vec --similarity pairs.tsv --fixed dim=200 --trials 27
    """
    from e2v.jobs.tune import tune

    to = file_output(files.output, "tune", "a model")
    with ProgressDisplay() as progress:
        made = tune(
            files.corpus,
            to,
            settings,
            cut,
            files.table,
            resume=files.resume,
            report=reporter(progress),
            signals=NotedSignals,
        )
    found = made.found
    with files.printed(_COLUMNS, remarks=("command",)) as rows:
        for trial in found.finalists:
            line = made.lines[trial.number]
            value, error = trial.value, trial.error
            rows.row(
                trial.number, trial.size, value, trial.confirmed, trial.ahead, error, trial.seconds, line
            )
    words = [
        f"{made.learner} with {'the defaults' if not found.chosen.number else 'settings found by trials'}; "
        f"{counted(found.trials, 'trial')} in {counted(found.rounds, 'round')}, all of them in {made.table}",
        found.verdict,
        f"made by: {made.line}",
    ]
    facts = {
        "learner": made.learner,
        "table": str(made.table),
        "trials": found.trials,
        "rounds": found.rounds,
        "chosen": found.chosen.number,
        "settings": dict(made.settings),
        "verdict": found.verdict,
        "command": made.line,
    }
    say_result("tune", made.output, words, facts)
