"""Several versions of a model, as Python has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from e2v.api.keywords import takes
from e2v.api.making import PathLike, output_of
from e2v.api.models import Model, load
from e2v.api.progress import ProgressChoice, reporting
from e2v.errors import QualityGateError
from e2v.settings import resolve
from e2v.versions.changes import Difference
from e2v.versions.settings import AlignSettings, DiffSettings, MergeSettings


@takes(DiffSettings)
def diff(
    old: PathLike,
    new: PathLike,
    *,
    only: Iterable[str] | None = None,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Difference:
    """Say what changed from one version to another: `e2v diff`.

    only: these keys. settings: of `DiffSettings`.

    Raises:
        QualityGateError: a figure is below its minimum; its `measurements` has all figures.
        E2VError: as the command.
    """
    from e2v.jobs.diff import diff as job
    from e2v.jobs.diff import hold

    chosen = resolve(DiffSettings, settings)
    with reporting(progress) as report:
        found = job(os.fspath(old), os.fspath(new), chosen, only, report)
    try:
        hold(found, chosen)
    except QualityGateError as error:
        error.measurements = found.measurements
        raise
    return found


@takes(AlignSettings)
def align(
    old: PathLike,
    new: PathLike,
    output: PathLike | None = None,
    *,
    only: Iterable[str] | None = None,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model:
    """Rotate the vectors of `new` into the coordinates of `old`: `e2v align`.

    only: the rotation is fitted to these keys. settings: of `AlignSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.align import align as job

    to, chosen = output_of(output, "align"), resolve(AlignSettings, settings)
    with reporting(progress) as report:
        job(os.fspath(old), os.fspath(new), to, chosen, only, if_changed=if_changed, report=report)
    return load(to.path)


@takes(MergeSettings)
def merge(
    models: Sequence[PathLike],
    output: PathLike | None = None,
    *,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model:
    """Merge models, or vectors, that were learned apart: `e2v merge`.

    models: two or more. settings: of `MergeSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.merge import merge as job

    to, chosen = output_of(output, "merge"), resolve(MergeSettings, settings)
    with reporting(progress) as report:
        job([os.fspath(model) for model in models], to, chosen, if_changed=if_changed, report=report)
    return load(to.path)
