"""What a training will take, as a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from e2v.api.inputs import Input, trained_on
from e2v.api.keywords import takes
from e2v.api.making import PathLike, output_of, parted
from e2v.api.progress import ProgressChoice, reporting
from e2v.api.runs import run_of
from e2v.corpus.text.settings import CorpusSettings
from e2v.settings import resolve
from e2v.training.plan.settings import PlanSettings
from e2v.training.word2vec.settings import Word2VecSettings

if TYPE_CHECKING:
    from e2v.jobs.plan import Plan


@takes(Word2VecSettings, CorpusSettings, PlanSettings)
def plan(
    inputs: Input,
    output: PathLike | None = None,
    *,
    preset: str | None = None,
    init: PathLike | None = None,
    update: PathLike | None = None,
    freeze: bool = False,
    resume: bool = False,
    checkpoint_every: str | float | None = None,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Plan:
    """What `train` with the same arguments will take: vocabulary, time, memory, disk: `e2v plan`.

    The plan says in `fits` whether `max_memory` and `max_time` would be kept, and in `exceeded` what would
    do. settings: of `Word2VecSettings` and `PlanSettings`, and for text those of `CorpusSettings`.

    Raises:
        E2VError: as the command, but not for a limit.
    """
    from e2v.jobs.plan import plan as job
    from e2v.jobs.train import settings_for

    to = output_of(output, "train")
    training, text, limits = parted(settings, Word2VecSettings, CorpusSettings, PlanSettings)
    run = run_of(init, update, freeze, resume, checkpoint_every)
    with trained_on(inputs) as (files, named), reporting(progress) as report:
        chosen = settings_for(training, preset, run.update, named)
        return job(files, to, chosen, text, run, resolve(PlanSettings, limits), report)
