"""Models, or vectors, that were learned apart are merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.errors import UsageError
from e2v.jobs.making import digest, leave_unchanged
from e2v.notices import hint, notice
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Artifact, Output, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.versions.merged_file import check_mergeable, kind_of, left_out, write_merged
from e2v.versions.merging import merge as find
from e2v.versions.rotating import vectors_name
from e2v.versions.settings import MergeSettings


@dataclass(frozen=True)
class MergeResult:
    """What was made. kind: of the file. models: how many were merged.

    cosines: of each model but the first, how near it is to that one: the mean cosine of the vectors of a key
    that both have, rotated; None where so few keys can be rotated onto whatever they like.
    """

    output: Path
    kind: str
    keys: int
    dim: int
    models: int
    cosines: list[float | None]


def merge(
    models: Sequence[str | Path],
    output: Output,
    settings: MergeSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> MergeResult | None:
    """Merge models; None if `if_changed` and nothing has.

    Raises:
        UsageError: there are fewer than two.
        E2VError: see `check_mergeable`, `e2v.versions.merging.merge` and `reserved`.
    """
    if len(models) < 2:
        raise UsageError("merge takes two or more models, or files of vectors")
    with reserved("merge", [replace(output, kinds=("model", "vectors"))], models):
        made_of = {"settings": recorded(settings), "models": [digest(model) for model in models]}
        if if_changed:
            report(Progress("comparing"))
            if leave_unchanged(output.path, "merge", {"merged": made_of}):
                return None
        report(Progress("preparing"))
        opened = [open_artifact(model, "model", "vectors") for model in models]
        check_mergeable(opened)
        merged = find(opened, common=settings.common, report=report)
        write_merged(output.path, opened, merged, _provenance(opened, settings), report)
    for told in left_out(opened):
        notice(told)
    first: dict[str, Artifact] = {}
    for model in opened:
        if (same := first.setdefault(model.digest, model)) is not model:
            notice(f"{same.path} and {model.path} have the same content, which counts twice")
    rotations = [each for each in merged.alignments if each is not None]
    for model, rotation in zip(opened[1:], rotations, strict=True):
        if rotation.doubt:
            notice(f"{model.path}: {rotation.doubt}")
    if merged.shared:
        hint("models with the very same keys and counts have one vocabulary: its counts are not added up")
    dim = opened[0].arrays[vectors_name(opened[0])].shape[1]
    cosines = [None if rotation.doubt else rotation.after.cosine for rotation in rotations]
    return MergeResult(output.path, kind_of(opened), len(merged.keys), dim, len(opened), cosines)


def _provenance(models: Sequence[Artifact], settings: MergeSettings) -> dict[str, Any]:
    """The settings and the corpus as far as they are those of all models, and what each says of itself."""
    alike = {
        name: _alike([model.provenance.get(name) for model in models]) for name in ("settings", "corpus")
    }
    records = [{**model.provenance, "digest": model.digest} for model in models]
    return made_by("merge", **alike, merged={"settings": recorded(settings), "models": records})


def _alike(values: Sequence[Any]) -> Any:
    """What some values have in common: of objects, the fields that do; None if they differ."""
    first = values[0]
    if all(isinstance(value, Mapping) for value in values):
        found = {name: _alike([value.get(name) for value in values]) for name in first}
        return {name: value for name, value in found.items() if value is not None} or None
    return first if all(value == first for value in values) else None
