"""Settings and methods found by trials, as functions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.api.inputs import Input, events_of
from e2v.api.keywords import takes
from e2v.api.making import PathLike, output_of, parted
from e2v.api.progress import ProgressChoice, reporting
from e2v.corpus.events.settings import EventSettings, SplitSettings
from e2v.settings import resolve
from e2v.tuning.settings import AutoSettings, TuneSettings

if TYPE_CHECKING:
    from e2v.jobs.auto import Recommending
    from e2v.jobs.tune import Tuning


@takes(TuneSettings, SplitSettings)
def tune(
    corpus: PathLike,
    output: PathLike | None = None,
    *,
    table: PathLike | None = None,
    resume: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Tuning:
    """Find settings that suit a corpus by trials, and make a model with them: `e2v tune`.

    What it returns has the model's path as `output`, the `settings` that are not as by default, the command
    `line` that makes the model, and in `found` the `finalists`, best first, and a `verdict`.

    table: where each trial is written. settings: of `TuneSettings` and `SplitSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.tune import tune as job

    to = output_of(output, "tune")
    given, cut = parted(settings, TuneSettings, SplitSettings)
    trials = None if table is None else Path(table)
    with reporting(progress) as report:
        chosen = resolve(TuneSettings, given)
        return job(os.fspath(corpus), to, chosen, cut, trials, resume=resume, report=report)


@takes(EventSettings, AutoSettings)
def auto(
    inputs: Input,
    output: PathLike | None = None,
    *,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Recommending:
    """Make a recommender of a log: `e2v auto`.

    What it returns has the `folder`, the best `method`, what was `compared`, and the command `line` that
    recommends. inputs: as `e2v.events` takes them. output: a new or empty folder. settings: of
    `EventSettings` and `AutoSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.auto import auto as job

    folder = output_of(output, "auto").path
    given, run = parted(settings, EventSettings, AutoSettings)
    with events_of(inputs) as (files, columns), reporting(progress) as report:
        log = resolve(EventSettings, {**columns, **given})
        return job(files, folder, log, resolve(AutoSettings, run), report=report)
