"""`e2v plan`: what a run of `e2v train` will take, before it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from e2v.cli.commands.train import Files, run_of
from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import note, say_end
from e2v.cli.shared.options import Rows
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay
from e2v.corpus.text.settings import CorpusSettings
from e2v.durations import shown_time
from e2v.errors import Advice, QualityGateError
from e2v.training.plan.settings import PlanSettings
from e2v.training.word2vec.settings import Word2VecSettings

if TYPE_CHECKING:
    from e2v.jobs.plan import Plan

COLUMNS = ("step", "what", "seconds", "memory_mb", "disk_mb")


@dataclass(frozen=True, kw_only=True)
class Planned(Rows, Files):
    """What would be read and written."""


def command(
    files: Planned,
    training: Given[Word2VecSettings],
    text: Given[CorpusSettings],
    limits: PlanSettings,
) -> None:
    """Say what `e2v train` with the same options will take: vocabulary, time, memory, disk.

    A corpus is known; of text a part is read, from all over its files, for a second or two, or all of it if
    that takes no longer. The run is tried out for another, with its settings, its threads and a vocabulary of
    its size. Nothing is kept. A plan is that of a run that has something to do, --if-changed or not.

    The exit code is 4 where --max-memory or --max-time would not be kept, or the machine has less memory than
    the run takes; the error says which settings would do, each of them alone.

    Columns: step, what (how much there is to do), seconds, memory_mb and disk_mb: megabytes of memory at the
    step's peak, what is mapped of files counting too, with a margin, and of files that there are at most. The
    last row is the whole run. What would be compiled is compiled now, and compiling takes the run no time,
    unless compiled code cannot be kept.

    Examples:
        e2v plan text.txt --dim 300 --min-count 10
        e2v plan corpus.e2v --preset best --max-time 2h --max-memory 4G
    """
    from e2v.inputs.remote import local_inputs
    from e2v.jobs.plan import plan
    from e2v.jobs.train import settings_for

    to = file_output(files.output, "train", "a model")
    run = run_of(files)
    with local_inputs(files.inputs) as inputs, ProgressDisplay() as progress:
        resolved = settings_for(training, files.preset, files.update, inputs)
        found = plan(inputs, to, resolved, text, run, limits, progress)
    note(_summary(found))
    with files.printed(COLUMNS, rounded=False, remarks=["what"]) as output:
        for step, what, seconds, memory, disk in found.steps:
            output.row(step, what, round(seconds, 2), round(memory / 1e6, 1), round(disk / 1e6, 1))
    say_end("plan", "planned", _facts(found))
    if not found.fits:
        first, *others = found.exceeded
        message, hint = first.message, first.hint
        for other in others:
            message, hint = Advice("{}; {}", message, other.message), Advice("{}; {}", hint, other.hint)
        raise QualityGateError(message, hint)


def _summary(found: Plan) -> str:
    """The whole in a line."""
    size = found.size
    read = "" if found.share >= 1 else f" (from {found.share:.1%} of the text)"
    about = "" if found.share >= 1 else "about "
    compiled = f"; compiled for this CPU now, in {found.compiled:.1f} s" if found.compiled else ""
    return (
        f"{about}{size.keys:,} keys and {size.words:,} words{read}: about {shown_time(found.seconds)}, "
        f"{found.memory / 1e6:,.0f} MB of memory, {found.disk / 1e6:,.0f} MB of disk{compiled}"
    )


def _facts(found: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {
        "keys": found.size.keys,
        "words": found.size.words,
        "share": found.share,
        "seconds": round(found.seconds, 3),
        "memory": found.memory,
        "disk": found.disk,
        "fits": found.fits,
        "exceeded": [
            {"limit": one.limit or "machine", "proposals": [dict(each) for each in one.proposals]}
            for one in found.exceeded
        ],
    }
