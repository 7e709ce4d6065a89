"""Settings found by trials, as a function."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.api.keywords import takes
from e2v.api.making import PathLike, output_of, parted
from e2v.api.progress import ProgressChoice, reporting
from e2v.corpus.events.settings import SplitSettings
from e2v.settings import resolve
from e2v.tuning.settings import TuneSettings

if TYPE_CHECKING:
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
