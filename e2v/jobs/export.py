"""Vectors are written in the format of another program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from e2v.errors import Advice, UsageError
from e2v.formats import find_format
from e2v.formats.transfer.exported import ExportedVectors, Loss
from e2v.formats.transfer.exporting import export_vectors
from e2v.formats.transfer.kept import left_out
from e2v.formats.transfer.settings import ExportSettings
from e2v.jobs.making import digest, leave_unchanged, no_file_to_compare
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.vectors import load_vectors
from e2v.vectors.categories import read_categories


@dataclass(frozen=True)
class ExportResult:
    """Vectors of another format; output: None if they went to a stream.

    unseen: words that only their n-grams give a vector. loss: what smaller numbers cost. left_out: what the
    format does not keep of the model.
    """

    output: Path | None
    format: str
    keys: int
    dim: int
    dtype: str
    unseen: int
    loss: Loss
    left_out: tuple[str, ...] = ()


def export(
    model: str | Path,
    output: Path | BinaryIO,
    settings: ExportSettings,
    also: Iterable[str] = (),
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> ExportResult | None:
    """Write vectors; None if `if_changed` and nothing has.

    output: a file, a folder of the files of a format, or a stream. also: words of `settings.also`.

    Raises:
        E2VError: see `export_vectors`, `load_vectors` and `reserved`.
    """
    target = find_format(settings.to)
    path = output if isinstance(output, Path) else None
    kinds = ("vectors",) if settings.to == "e2v" else ()
    outputs = [Output(path, members=target.FILES, kinds=kinds)] if path else []
    categories = settings.categories
    read = [model, settings.also and str(settings.also), categories and categories.path]
    with reserved("export", outputs, read):
        more = dict.fromkeys(also)
        if if_changed and path is None:
            raise no_file_to_compare()
        if if_changed and path:
            if settings.to != "e2v":
                raise UsageError(
                    f"a file of {settings.to} does not say what it was made of",
                    Advice("leave out {if_changed}"),
                )
            report(Progress("comparing"))
            if leave_unchanged(path, "export", {**_made_of(settings, more), "model": digest(model)}):
                return None
        report(Progress("preparing"))
        vectors = load_vectors(model, settings.vectors, center=settings.center)
        artifact = open_artifact(model)
        source = {"name": str(artifact.path), "digest": artifact.digest}
        n = len(vectors) if settings.restrict is None else settings.restrict
        exported = ExportedVectors(
            vectors.head(n, more),
            settings.dtype,
            titles=None if artifact.titles is None else artifact.titles[:n],
            categories=categories
            and {key: sorted(names) for key, names in read_categories(categories).items()},
            provenance=made_by("export", **_made_of(settings, more), model=source),
            report=report,
        )
        export_vectors(exported, output, settings.to)
    unseen = sum(word not in vectors.keys for word in more)
    return ExportResult(
        path,
        settings.to,
        len(exported.keys),
        exported.dim,
        exported.dtype,
        unseen,
        exported.loss,
        tuple(left_out(artifact, settings.vectors, target.KEEPS)),
    )


def _made_of(settings: ExportSettings, more: Iterable[str]) -> dict[str, Any]:
    """What the provenance will say, but for the model."""
    return {"settings": recorded(settings), "also": list(more) or None}
