"""`e2v export`: vectors in another program's format."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v import __version__
from e2v.cli.shared.options import CenterOption, ProgressOption, VectorsOption
from e2v.cli.shared.outputs import STDOUT
from e2v.cli.shared.progress import ProgressMode
from e2v.cli.shared.questions import open_vectors, read_keys
from e2v.cli.shared.summary import summarise
from e2v.errors import UsageError
from e2v.formats import find_format, names

if TYPE_CHECKING:
    from e2v.formats.transfer.exported import ExportedVectors
    from e2v.inputs.columns import KeyedColumn
    from e2v.store import Artifact


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The vectors to export.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of {', '.join(names())}.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write, or - for stdout; npy, projector and safetensors are folders.",
        ),
    ],
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    restrict: Annotated[
        int | None, typer.Option("--restrict", min=1, metavar="N", help="Only the N most frequent keys.")
    ] = None,
    also: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="More words for the end, one a line (-: stdin); those that are not in the vocabulary have "
            "their vectors from their n-grams.",
        ),
    ] = None,
    dtype: Annotated[
        Literal["float32", "float16", "int8"],
        typer.Option(
            help="Smaller numbers, where the format has them: e2v, npy and safetensors all, parquet float16, "
            "sqlite int8. int8 comes with a scale for each vector. What it costs is said on stderr."
        ),
    ] = "float32",
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE:KEY:LABELS",
            help="A table, and its columns of keys and labels (names, or numbers from 1), for the projector.",
        ),
    ] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Write the vectors in the format of another program.

    A key that the format cannot hold is an error, which names it; FILE appears whole or not at all.
    docs/foreign-formats.md says what each format holds, and which programs read it how.
    """
    from e2v.formats.transfer.exported import ExportedVectors
    from e2v.store import Output, open_artifact, reserved

    target = find_format(to)
    if labels is not None and to != "projector":
        raise UsageError("--labels goes with --to projector")
    table = None if labels is None else _category_column(labels)
    if str(output) == STDOUT and sys.stdout.isatty() and not target.TEXT:
        raise UsageError(f"{to} is not for a terminal", "write it to a file or a pipe")
    outputs = [] if str(output) == STDOUT else [Output(Path(output), members=target.FILES)]
    read = [model, also and str(also), table and table.path]
    with reserved("export", outputs, read):
        loaded = open_vectors(model, vectors, center, one_space=True)
        more = dict.fromkeys(read_keys(also)) if also is not None else {}
        exported = loaded.head(len(loaded) if restrict is None else restrict, more)
        settings = {"vectors": vectors, "center": center, "restrict": restrict, "dtype": dtype}
        artifact = open_artifact(model)
        outgoing = ExportedVectors(
            exported,
            dtype,
            titles=artifact.titles,
            categories=_read_categories(table),
            provenance=_provenance(artifact, settings),
        )
        _write(outgoing, outputs[0].path if outputs else None, to)
    unseen = sum(word not in loaded.keys for word in more)
    _tell(outgoing, outputs[0].path if outputs else None, to, unseen, progress)


def _write(vectors: ExportedVectors, path: Path | None, to: str) -> None:
    """Write to a path, or to stdout if there is none."""
    from e2v.formats.transfer.exporting import export_vectors

    if path is not None:
        export_vectors(vectors, path, to)
        return
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        export_vectors(vectors, out, to)


def _category_column(text: str) -> KeyedColumn:
    from e2v.inputs.columns import KeyedColumn

    return KeyedColumn.parse(text)


def _read_categories(table: KeyedColumn | None) -> Mapping[str, Sequence[str]] | None:
    if table is None:
        return None
    from e2v.evaluation.categories import read_categories

    return {key: sorted(categories) for key, categories in read_categories(table).items()}


def _provenance(artifact: Artifact, settings: dict[str, object]) -> dict[str, object]:
    return {
        "tool": "e2v",
        "version": __version__,
        "command": "export",
        "settings": settings,
        "model": {"name": str(artifact.path), "digest": artifact.digest},
    }


def _tell(
    vectors: ExportedVectors, output: Path | None, to: str, unseen: int, progress: ProgressMode
) -> None:
    """Say what was written, and what smaller numbers cost, if they were asked for."""
    loss = vectors.loss
    words = [f"{len(vectors.keys):,} keys, {vectors.dim:,} dimensions, {vectors.dtype}; written as {to}"]
    facts = {"format": to, "keys": len(vectors.keys), "dim": vectors.dim, "dtype": vectors.dtype}
    if loss.rows:
        words.append(
            f"{vectors.dtype}: the cosine of a vector with what it was is 1 - {loss.mean:.2g} on average, "
            f"1 - {loss.worst:.2g} at worst"
        )
        facts |= {"loss_mean": float(loss.mean), "loss_worst": float(loss.worst)}
    if unseen:
        words.append(f"words that are not in the vocabulary, but made of n-grams: {unseen:,}")
        facts["unseen"] = unseen
    summarise(progress, "export", output, words, facts)
