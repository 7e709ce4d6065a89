"""`e2v import`: vectors of another program as an .e2v file."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import ProgressOption
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay, ProgressMode, short
from e2v.cli.shared.summary import summarise
from e2v.formats import find_format, names

if TYPE_CHECKING:
    from e2v.formats.transfer.importing import ImportSummary


def command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Vectors: a file, plain or compressed, a folder of npy, projector, safetensors or parquet "
            "files, or - for stdin.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The vectors to write. \\[vectors.e2v]"),
    ] = None,
    source_format: Annotated[
        str | None,
        typer.Option("--from", metavar="FORMAT", help=f"One of {', '.join(names())}. \\[known by content]"),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The file that names the rows, for npy (one key a line), projector (metadata.tsv) and "
            "safetensors (tokenizer.json). \\[beside FILE]",
        ),
    ] = None,
    duplicates: Annotated[
        Literal["fail", "first"],
        typer.Option(help="A key that occurs again is an error, or its row is left out."),
    ] = "fail",
    progress: ProgressOption = "auto",
) -> None:
    """Read vectors in the format of another program.

    Rows are checked as they come: that numbers are numbers, and finite, that there are as many as there
    should be, and that no key occurs twice. Nothing is ever unpickled. docs/foreign-formats.md says what
    is read of each format.
    """
    from e2v.formats.transfer.importing import import_vectors
    from e2v.formats.transfer.input_files import InputFiles
    from e2v.store import reserved

    to = file_output(output, "vectors.e2v", "a file of vectors")
    # Those beside a file are known when it is read, and then the importer looks at them.
    members = {member for name in names() for member in find_format(name).FILES}
    read = [file, keys, *(Path(file) / name for name in members)]
    began = time.monotonic()
    with (
        reserved("import", [to], read),
        ProgressDisplay(progress, "import", "rows") as display,
        InputFiles(file, keys, to.path) as inputs,
    ):
        summary = import_vectors(
            inputs, to.path, source_format, duplicates=duplicates, progress=display.update
        )
    for notice in summary.notices:
        note(notice)
    _tell(summary, to.path, time.monotonic() - began, progress)
    if "e2v.kernels" in sys.modules:  # most formats are read without
        from e2v.kernels.codegen.cache import cache_notice

        if notice := cache_notice():
            note(notice)


def _tell(summary: ImportSummary, output: Path, seconds: float, progress: ProgressMode) -> None:
    """Say what was read."""
    dropped = f"; {summary.dropped:,} rows of keys that were there before are left out"
    words = (
        f"{summary.keys:,} keys, {summary.dim:,} dimensions, {summary.dtype}; read as "
        f"{summary.format}{dropped if summary.dropped else ''}; {seconds:,.1f} s, "
        f"{short(summary.bytes / max(seconds, 1e-9))}B/s"
    )
    summarise(progress, "import", output, [words], {**asdict(summary), "seconds": round(seconds, 3)})
