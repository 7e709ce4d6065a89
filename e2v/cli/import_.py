"""`e2v import`: vectors of another program as an .e2v file."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v.cli.options import ProgressOption
from e2v.cli.progress import ProgressDisplay, ProgressMode, short
from e2v.errors import UsageError
from e2v.formats import names

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
        Path, typer.Option("--output", "-o", metavar="FILE", help="The vectors to write.")
    ] = Path("vectors.e2v"),
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
    from e2v.formats.transfer.origin import Origin

    if file != "-" and output.exists() and Path(file).exists() and output.samefile(file):
        raise UsageError(f"{output} is the input itself", "give the output another name")
    began = time.monotonic()
    scratch = output.resolve().parent
    with ProgressDisplay(progress, "import", "rows") as display, Origin(file, keys, scratch) as origin:
        summary = import_vectors(
            origin, output, source_format, duplicates=duplicates, progress=display.update
        )
    for notice in summary.notices:
        print(f"e2v: {notice}", file=sys.stderr)
    _summarise(summary, output, time.monotonic() - began, progress)
    if "e2v.kernels" in sys.modules:  # most formats are read without
        from e2v.kernels import cache_notice

        if notice := cache_notice():
            print(f"e2v: {notice}", file=sys.stderr)


def _summarise(summary: ImportSummary, output: Path, seconds: float, progress: ProgressMode) -> None:
    """Say what was read."""
    if progress == "json":
        facts = {"task": "import", "output": str(output), **asdict(summary), "seconds": round(seconds, 3)}
        print(json.dumps(facts), file=sys.stderr)
    elif progress != "none":
        dropped = f"; {summary.dropped:,} rows of keys that were there before are left out"
        print(
            f"{output}: {summary.keys:,} keys, {summary.dim} dimensions, {summary.dtype}; read as "
            f"{summary.format}{dropped if summary.dropped else ''}; {seconds:.1f} s, "
            f"{short(summary.bytes / max(seconds, 1e-9))}B/s",
            file=sys.stderr,
        )
