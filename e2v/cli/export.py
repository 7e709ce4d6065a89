"""`e2v export`: vectors in another program's format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from e2v.cli.options import CenterOption, VectorsOption
from e2v.cli.questions import open_vectors
from e2v.errors import UsageError
from e2v.formats import find_format, names


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The vectors to export.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of {', '.join(names())}.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write, or - for stdout.")
    ],
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    restrict: Annotated[
        int | None, typer.Option("--restrict", min=1, metavar="N", help="Only the N most frequent keys.")
    ] = None,
) -> None:
    """Write the vectors in the format of another program.

    A key that the format cannot hold is an error, which names it; FILE appears whole or not at all.
    """
    target_format = find_format(to)
    loaded = open_vectors(model, vectors, center, one_space=True)
    if restrict is not None:
        loaded = loaded.head(restrict)
    if str(output) == "-":
        with open(sys.stdout.fileno(), "wb", closefd=False) as out:
            target_format.write(loaded, out)
        return
    from e2v.store import atomic_path

    if output.exists() and output.samefile(model):
        raise UsageError(f"{output} is the model itself", "give the export another name")
    with atomic_path(output) as temporary, temporary.open("wb") as out:
        target_format.write(loaded, out)
