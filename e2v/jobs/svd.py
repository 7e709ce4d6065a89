"""A corpus of sets or histories is decomposed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from e2v.corpus.artifact import open_corpus
from e2v.jobs.making import digest, leave_unchanged
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, reserved
from e2v.training.linear.settings import SvdSettings
from e2v.training.linear.svd import write_svd


@dataclass(frozen=True)
class SvdResult:
    """A model; largest, smallest: singular values that are kept."""

    output: Path
    keys: int
    dim: int
    largest: float
    smallest: float


def svd(
    corpus: str | Path,
    output: Output,
    settings: SvdSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> SvdResult | None:
    """Decompose who had what; None if `if_changed` and nothing has.

    Raises:
        E2VError: see `write_svd` and `reserved`.
    """
    with reserved("svd", [replace(output, kinds=("model",))], [corpus]):
        if if_changed:
            report(Progress("comparing"))
            made_of = {"settings": recorded(settings), "corpus": digest(corpus)}
            if leave_unchanged(output.path, "svd", made_of):
                return None
        report(Progress("preparing"))
        made = write_svd(open_corpus(corpus), output.path, settings, report)
        return SvdResult(
            output.path, len(made.items), settings.dim, float(made.values[0]), float(made.values[-1])
        )
