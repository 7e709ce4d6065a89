"""Vectors are rotated into the coordinates of an older version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.jobs.making import digest, leave_unchanged
from e2v.notices import notice
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.vectors import load_vectors
from e2v.versions.procrustes import Alignment
from e2v.versions.procrustes import align as fit
from e2v.versions.rotating import check_dimensions, rows_of, write_rotated
from e2v.versions.settings import AlignSettings
from e2v.versions.shared import shared_keys


@dataclass(frozen=True)
class AlignResult:
    """Rotated vectors, and how near they are to the old ones. keys: of the file."""

    output: Path
    keys: int
    dim: int
    alignment: Alignment


def align(
    old: str | Path,
    new: str | Path,
    output: Output,
    settings: AlignSettings,
    only: Iterable[str] | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> AlignResult | None:
    """Rotate the vectors of NEW; None if `if_changed` and nothing has.

    only: the keys of `settings.only`.

    Raises:
        InputError: the two have no key in common, or other numbers of dimensions.
        E2VError: see `shared_keys` and `reserved`.
    """
    with reserved("align", [output], [old, new, *settings.only]):
        keys = None if only is None else list(only)
        aligned = {
            "settings": recorded(settings),
            "only": keys,
            "old": digest(old),
            "new": digest(new),
        }
        aligned = {name: value for name, value in aligned.items() if value is not None}
        if if_changed:
            report(Progress("comparing"))
            if leave_unchanged(output.path, "align", {"aligned": aligned}):
                return None
        report(Progress("preparing"))
        before, after = (open_artifact(path, "model", "vectors") for path in (old, new))
        of_old, of_new = load_vectors(before), load_vectors(after)
        check_dimensions(before, after)
        for artifact in (before, after):
            artifact.check(*artifact.arrays)
        shared = shared_keys(of_old, of_new, settings.restrict, keys)
        found = fit(of_old.matrix, shared.old, of_new.matrix, shared.new)
        report(Progress("rotating", "rows", 0, rows_of(after)))
        write_rotated(
            output.path,
            after,
            found.rotation,
            _provenance(after.provenance, aligned),
            lambda done: report(Progress("rotating", "rows", done, rows_of(after))),
        )
    if found.doubt:
        notice(found.doubt)
    return AlignResult(output.path, len(of_new), of_new.dim, found)


def _provenance(made: dict[str, Any], aligned: dict[str, Any]) -> dict[str, Any]:
    """That of the vectors, whose settings and corpus still say what they are, and of their rotation."""
    command = (made.get("aligned") or made).get("command")
    return {**made, **made_by("align", aligned={**aligned, "command": command})}
