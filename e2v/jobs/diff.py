"""Two versions of some vectors are compared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from e2v.errors import InputError
from e2v.evaluation.measurement import Minimum, check, require
from e2v.jobs.vectors import vectors_of
from e2v.progress import Progress, Report, silent
from e2v.store import open_artifact
from e2v.versions.changes import Difference, find_changes, measured_names
from e2v.versions.settings import DiffSettings


def diff(
    old: str | Path,
    new: str | Path,
    settings: DiffSettings,
    only: Iterable[str] | None = None,
    report: Report = silent,
) -> Difference:
    """Compare two models, or files of vectors, or of users; `hold` then holds them to their minima.

    only: the keys of `settings.only`.

    Raises:
        UsageError: a minimum is asked of what is not measured.
        InputError: one is of users, and the other is not.
        E2VError: see `vectors_of` and `find_changes`.
    """
    check(map(Minimum.parse, settings.min), measured_names())
    of_old, of_new = (vectors_of(path, settings) for path in (old, new))
    kinds = [open_artifact(path).kind for path in (old, new)]
    if len({kind == "users" for kind in kinds}) > 1:
        raise InputError(
            f"{old} holds {_held(kinds[0])} and {new} {_held(kinds[1])}, which have no keys in common",
            "compare users with users, and keys with keys",
        )

    def told(step: str, done: int, total: int) -> None:
        report(Progress(step, "keys", done, total))

    return find_changes(of_old, of_new, settings, only, told)


def hold(found: Difference, settings: DiffSettings) -> None:
    """See that what was measured reaches its minima.

    Raises:
        QualityGateError: something does not; with all figures.
    """
    require(list(map(Minimum.parse, settings.min)), found.measurements)


def _held(kind: str) -> str:
    return "a model" if kind == "model" else kind
