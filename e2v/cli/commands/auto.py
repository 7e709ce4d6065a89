"""`e2v auto`: a log in; a folder that recommends out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.cli.commands.events import summarise
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Rows, output
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.summaries import reporter
from e2v.corpus.events.settings import EventSettings
from e2v.notices import counted
from e2v.settings import argument
from e2v.tuning.settings import AutoSettings

_COLUMNS = ("method", "ndcg", "low", "high", "behind", "error", "seconds")


@dataclass(frozen=True, kw_only=True)
class Files(Rows):
    """What is read and written."""

    inputs: tuple[str, ...] = argument(
        ..., "Who had what: files, globs, or - for stdin, as e2v events takes them.", metavar="LOG"
    )
    output: str | None = output("auto", metavar="DIR")


def command(files: Files, log: EventSettings, settings: AutoSettings) -> None:
    """Make a recommender of a log: read it, compare methods, and learn with the best.

    It is what these commands do by default, one after the other: `e2v events` with the same options,
    where a single column of times puts histories in order; `e2v compare`; then what makes the model of the
    best method that is trained of the whole log (`e2v tower`, `e2v train` or `e2v svd`, or, with
    --time-budget, `e2v tune` for so long); `e2v users` and `e2v index`.

    OUTPUT is a new or empty folder: corpus.e2v, and model.e2v, users.e2v and items.e2v of that model. The
    command that recommends to everybody by the best method is printed; where that is one that is computed
    when it is asked, such as item-knn, also the one that takes these files.

    Columns: method, its NDCG@20 with the ends of a 95% confidence interval, how far it is behind the best's,
    the standard error of that, and the seconds that it took to learn. Best first.

    Examples:
        e2v auto ratings.csv --rating rating --min-rating 3.5 -o films
        e2v auto orders.csv --titles orders.csv:sku:product --time-budget 10m -o shop
    """
    from e2v.jobs.auto import auto
    from e2v.jobs.events import EventsResult

    folder = file_output(files.output and files.output.rstrip("/"), "auto", "a folder").path
    with ProgressDisplay() as progress:
        otherwise = reporter(progress)

        def report(event: Any) -> None:
            if isinstance(event, EventsResult):
                progress.pause()
                summarise(event, is_last=False)
            else:
                otherwise(event)

        made = auto(files.inputs, Path(folder), log, settings, report=report)
    comparison = made.compared.comparison
    with files.printed(_COLUMNS) as rows:
        for row in comparison.rows:
            low, high = made.compared.intervals[row.method]
            rows.row(row.method, row.ndcg, low, high, row.behind, row.error, row.seconds)
    n_methods = len(comparison.rows)
    words = [
        f"{', '.join(made.files)}; {counted(n_methods, 'method')} compared for "
        f"{counted(comparison.users, 'user')}",
        comparison.verdict,
        *([made.tuned.found.verdict, f"made by: {made.tuned.line}"] if made.tuned else []),
        f"recommends by {made.method}: {made.line}",
        *([f"recommends by {made.trained}, from files: {made.served}"] if made.served else []),
    ]
    facts = {
        "method": made.method,
        "trained": made.trained,
        "users": comparison.users,
        "verdict": comparison.verdict,
        "tuned": made.tuned and dict(made.tuned.settings),
        "files": list(made.files),
        "command": made.line,
        "served": made.served,
    }
    say_result("auto", made.folder, words, facts)
