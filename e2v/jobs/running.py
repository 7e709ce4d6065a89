"""Runs that can be stopped and gone on with: what the jobs that train do the same way."""

from __future__ import annotations

import contextlib
import math
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from e2v.corpus.artifact import Corpus
from e2v.durations import Interval
from e2v.errors import Advice, Interrupted, OutputError
from e2v.notices import hint, notice
from e2v.progress import Progress, Report
from e2v.store import Output, reserved
from e2v.store.rescue import saved_elsewhere
from e2v.training.engine.checkpoint import aside_path, checkpoint_path, put_aside, refuse_other_file
from e2v.training.engine.session import Session

#: Within it signals are noted, in what it gives.
Signals: TypeAlias = Callable[[], AbstractContextManager[Collection[int]]]


def unheeded() -> AbstractContextManager[Collection[int]]:
    """Signals do what they do."""
    return nullcontext(())


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a run is gone about; nothing here shapes the model.

    resume: go on from the checkpoint beside the output. checkpoint_every: save one so often.
    """

    resume: bool = False
    checkpoint_every: Interval | None = None


@contextlib.contextmanager
def reserved_for(
    command: str,
    output: Output,
    read: Sequence[str | Path | None],
    run: Run,
    replacing: Path | None = None,
) -> Iterator[None]:
    """Have the output and the checkpoint of a run to ourselves; see `reserved`.

    read: the files that it reads. replacing: which of them it may replace.

    Raises:
        E2VError: see `reserved` and `refuse_other_file`.
    """
    checkpoint = checkpoint_path(output.path)
    aside = [] if run.resume or not checkpoint.exists() else [aside_path(checkpoint)]
    own = [Output(path, kinds=None) for path in (checkpoint, *aside)]  # looked at by `refuse_other_file`
    with reserved(command, [replace(output, kinds=("model",)), *own], read, replacing=replacing):
        for each in own:
            refuse_other_file(each.path)
        yield


def begin(session: Session[Any], run: Run) -> None:
    """Go on from the checkpoint that is there, or put it aside."""
    if run.resume:
        _resume(session)
    elif session.checkpoint.exists():
        _put_aside(session.checkpoint)


def train(session: Session[Any], corpus: Corpus, run: Run, report: Report, signals: Collection[int]) -> None:
    """Run the training on a corpus to its end; a signal saves a checkpoint and ends it.

    Raises:
        Interrupted: there was a signal.
        InputError: somebody has written into the corpus.
    """

    def not_saved(error: OutputError) -> None:
        notice(f"{error}; the training goes on without this checkpoint")

    training, runner = session.training, session.training.runner
    unit, total = training.counted, runner.total_tokens
    report(Progress("training", unit, runner.tokens, total))
    with closing(session.run(run.checkpoint_every, not_saved)) as steps:
        for done in steps:
            corpus.refuse_changed()
            loss = {} if math.isnan(done.loss) else {"loss": done.loss}  # not before the first pair
            figures = {**loss, "lr": done.lr, **training.figures()}
            report(Progress("training", unit, done.tokens, total, figures, done.left))
            if signals:
                break
        else:
            return
    raise _interrupted(session)


def _resume(session: Session[Any]) -> None:
    """Go on from the checkpoint, and say where that is; or that the run has to start at its beginning."""
    checkpoint = session.checkpoint
    if session.resume():
        hint(f"{checkpoint}: goes on at {session.reached}")
        return
    aside = aside_path(checkpoint)
    older = f"; {aside} is there, and is gone on with once it is {checkpoint}" if aside.exists() else ""
    hint(f"{checkpoint}: no such checkpoint, so the run starts at its beginning{older}")


def _put_aside(checkpoint: Path) -> None:
    """Keep the checkpoint of another run from being replaced by ours, and say how to go on with it."""
    aside = aside_path(checkpoint)
    if put_aside(checkpoint):
        what = f"{checkpoint}, of a run that was stopped, is now {aside}"
    else:
        what = f"{aside}, of a run that was stopped, is kept, as it is further than {checkpoint}"
    move = f"mv {shlex.quote(str(aside))} {shlex.quote(str(checkpoint))}"
    hint(Advice("this run begins anew; {} ({}, and {resume}, go on with it)", what, move))


def _interrupted(session: Session[Any]) -> Interrupted:
    """Save a checkpoint, where it belongs or else where one can be written, and say where that is."""
    try:
        session.save_checkpoint()
    except OutputError as error:
        path = saved_elsewhere(session.checkpoint.name, session.save_checkpoint)
        if path is None:
            return Interrupted(f"interrupted, and nothing could be saved: {error.message}", error.hint)
        return Interrupted(
            f"interrupted; {error.message}; {path} holds what was done",
            Advice("move it to {} and go on with {resume}", session.checkpoint),
            checkpoint=True,
        )
    return Interrupted(
        f"interrupted; {session.checkpoint} holds what was done",
        Advice("go on with {resume}"),
        checkpoint=True,
    )
