"""`e2v align`: vectors in the coordinates of an older version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.inputs.keys import read_keys
from e2v.notices import counted
from e2v.settings import argument
from e2v.versions.settings import AlignSettings


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    old: Path = argument(..., "The version before.", metavar="OLD", suffix=".e2v")
    new: Path = argument(..., "The version after.", metavar="NEW", suffix=".e2v")
    output: str | None = output("align")


def command(files: Files, settings: AlignSettings) -> None:
    """Rotate the vectors of NEW into the coordinates of OLD, so that both can be compared, or mixed.

    Two trainings have coordinates of their own, as vectors that are all rotated together answer the same
    questions. Of all rotations (and reflections) the one is found that brings the vectors of the keys that
    both have nearest to what they were, by their cosines (orthogonal Procrustes).

    All of NEW is rotated: input and output vectors, inner nodes, n-grams, the layers of a user tower. So it
    answers as before, and keeps its keys, counts and titles. Models and imported vectors may be mixed; they
    have to have the same number of dimensions. Users and indexes are made anew of the rotated model.

    --restrict fits the rotation to the most frequent keys, whose vectors are the most stable; --only to
    those of a list, such as keys whose meaning is known to stay. Told at the end are the mean cosine of the
    vectors of a key before and after, and the residual, |new - old| / |old|.

    Examples:
        e2v align yesterday.e2v today.e2v -o aligned.e2v
        e2v align served.e2v night.e2v -o aligned.e2v --restrict 20000
    """
    from e2v.jobs.align import align

    to = file_output(files.output, "align", "a model")
    keys = read_keys(*settings.only) if settings.only else None
    with ProgressDisplay() as progress:
        made = align(files.old, files.new, to, settings, keys, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("align", to)
        return
    found = made.alignment
    words = (
        f"vectors of {counted(made.keys, 'key')}, {counted(made.dim, 'dimension')}, rotated by "
        f"{counted(found.keys, 'key')} that both have; mean cosine {found.before.cosine:.3f} before and "
        f"{found.after.cosine:.3f} after, residual {found.before.residual:.3f} and {found.after.residual:.3f}"
    )
    facts = {
        "keys": made.keys,
        "dim": made.dim,
        "fitted_keys": found.keys,
        "cosine_before": found.before.cosine,
        "cosine": found.after.cosine,
        "residual_before": found.before.residual,
        "residual": found.after.residual,
    }
    say_result("align", made.output, [words], facts)
