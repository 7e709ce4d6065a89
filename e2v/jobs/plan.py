"""What a run of `train` will take is told before it is run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2v.common_settings import OUTPUTS
from e2v.corpus.text.settings import resolve_vocab
from e2v.errors import UsageError
from e2v.inputs.sources import STDIN
from e2v.jobs import vocab
from e2v.jobs.train import Run, on_these_cores, reserved_for
from e2v.kernels.compiling import seconds_compiling
from e2v.notices import notice
from e2v.progress import Progress, Report, silent
from e2v.store import ArtifactWriter, Output, open_artifact, scratch_folder
from e2v.training.engine.checkpoint import KIND, checkpoint_path
from e2v.training.engine.reached import Reached
from e2v.training.memory import machine_memory, shown_bytes
from e2v.training.plan.advice import Exceeded, exceeded
from e2v.training.plan.corpora import Planned, PlannedCorpus, PlannedText
from e2v.training.plan.estimate import Estimate, Speeds, Step
from e2v.training.plan.settings import PlanSettings
from e2v.training.plan.size import RunSize
from e2v.training.plan.trial import Trial, load_kernels, most_keys, try_out
from e2v.training.word2vec.settings import Word2VecSettings

#: Seconds that a text is read for, and that the run is tried out for.
_READING, _TRYING = 1.5, 1.5
#: Seconds that settings are tried out for which are to be proposed.
_TRYING_OTHERS = 0.7
#: Rows, of 64 numbers, that are written to see how fast that is.
_ROWS = 1 << 16


@dataclass(frozen=True)
class Plan:
    """What a run will take.

    steps: each of them, and last the whole. size: what is trained on, and what is trained. share: of the text
    that was read to tell; 1 of a corpus. exceeded: the limits that are not kept. compiled: seconds that
    kernels were compiled now, which a run need not do again.
    """

    steps: Sequence[Step]
    size: RunSize
    share: float
    exceeded: Sequence[Exceeded]
    compiled: float

    @property
    def seconds(self) -> float:
        """Of the whole run."""
        return self.steps[-1].seconds

    @property
    def memory(self) -> int:
        """Bytes, at the peak."""
        return self.steps[-1].memory

    @property
    def disk(self) -> int:
        """Bytes, at the most."""
        return self.steps[-1].disk

    @property
    def fits(self) -> bool:
        """Whether all limits are kept."""
        return not self.exceeded


def plan(
    inputs: Sequence[str],
    output: Output | None,
    settings: Word2VecSettings,
    text: Mapping[str, Any] | None = None,
    run: Run | None = None,
    limits: PlanSettings | None = None,
    report: Report = silent,
) -> Plan:
    """Estimate what `train` with the same arguments will take.

    Text is read, and the run tried out, for some seconds. Beside the output a file of some megabytes is
    written, and removed.

    Raises:
        UsageError: an input can be read only once.
        E2VError: see `reserved_for`, `sample_text`, `Training` and `open_artifact`.
    """
    run, limits, given = run or Run(), limits or PlanSettings(), dict(text or {})
    settings = on_these_cores(settings)
    if STDIN in inputs:
        raise UsageError("stdin can be read only once, and the run would find nothing", "save it as a file")
    to = output or Output(Path(OUTPUTS["train"]), by_default=True)
    with reserved_for(inputs, to, given, run):
        pass  # it is the run that will have them
    if run.update:
        given["update"] = run.update
    started_from = run.update or run.start_from
    start = None if started_from is None else {"digest": open_artifact(started_from).digest}
    vocab.corpus_for(inputs, given)  # refuses what cannot be, before anything is compiled
    before = min(1.0, time.process_time())  # of a process that has done nothing else
    with seconds_compiling() as compiled:
        began = time.perf_counter()
        process = load_kernels(settings)
        loading = time.perf_counter() - began
        looked_at = _look(inputs, given, settings, report)
        planned = looked_at.planned
        report(Progress("trying out"))

        def tried(config: Word2VecSettings, seconds: float = _TRYING_OTHERS) -> Trial:
            size = planned.size({})
            keys = most_keys(size.keys, config, limits.max_memory or machine_memory())
            return try_out(planned.part(keys, config), config, size.words, seconds)

        trial = tried(settings, _TRYING)
    estimate = Estimate(
        planned=planned,
        config=settings,
        speeds=Speeds(
            process=process,
            starting=max(0.0, before + loading + looked_at.opening - sum(compiled)),
            compiling=sum(compiled) if _compiles_again() else 0.0,
            reading=looked_at.reading,
            writing=_writing(to.path),
        ),
        trial=trial,
        start=start,
        start_bytes=0 if started_from is None else started_from.stat().st_size,
        checkpoints=run.checkpoint_every is not None,
        done=_done(to.path) if run.resume else 0.0,
    )
    report(Progress("estimating"))
    found = Plan(
        estimate.steps(),
        estimate.size(),
        looked_at.share,
        exceeded(estimate, limits, tried),
        sum(compiled),
    )
    _tell_of_disk(found, to.path)
    return found


@dataclass(frozen=True)
class _LookedAt:
    """What is trained on. share: of it that was read. opening: seconds. reading: seconds for each byte."""

    planned: Planned
    share: float
    opening: float
    reading: float


def _look(
    inputs: Sequence[str], given: Mapping[str, Any], settings: Word2VecSettings, report: Report
) -> _LookedAt:
    """Open a corpus, or read a part of a text."""
    report(Progress("starting"))
    began = time.perf_counter()
    if corpus := vocab.corpus_for(inputs, given):
        return _LookedAt(PlannedCorpus(corpus), 1.0, time.perf_counter() - began, 0.0)
    from e2v.corpus.text.sample import sample_text

    report(Progress("reading"))
    options = resolve_vocab({"threads": settings.threads, **given})
    sample = sample_text(inputs, options, _READING)
    report(Progress("encoding"))
    known = options.vocab or options.update
    planned = PlannedText(sample, options, open_artifact(known) if known else None)
    reading = sample.seconds / max(1.0, sample.bytes * sample.share)
    return _LookedAt(planned, sample.share, sample.loading, reading)


def _writing(output: Path) -> float:
    """Seconds that writing a byte of an .e2v file takes, where the output will be.

    Raises:
        OutputError: none can be written there.
    """
    rows = np.ones((_ROWS, 64), np.float32)
    with scratch_folder(output) as folder:
        began = time.perf_counter()
        with ArtifactWriter(folder / "rows.e2v", KIND, {}) as writer:
            writer.add("rows", rows)
            writer.add("output", rows[:1])
        return (time.perf_counter() - began) / rows.nbytes


def _done(output: Path) -> float:
    """The share of the training that is done, by the checkpoint; 0 without one."""
    checkpoint = checkpoint_path(output)
    return Reached.read(open_artifact(checkpoint, KIND).made).share or 0.0 if checkpoint.exists() else 0.0


def _compiles_again() -> bool:
    """Whether a run finds none of what is compiled now."""
    from e2v.kernels.codegen.cache import kept_in

    return kept_in()[1] is not None


def _tell_of_disk(found: Plan, output: Path) -> None:
    """Warn where there is less room than the run needs."""
    free = shutil.disk_usage(output.absolute().parent).free
    if found.disk > free:
        notice(
            f"the run needs {shown_bytes(found.disk)} on the disk of {output.absolute().parent}, and "
            f"{shown_bytes(free)} are free"
        )
