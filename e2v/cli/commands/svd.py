"""`e2v svd`: vectors by truncated singular value decomposition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from e2v.cli.shared.options import ProgressOption
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.summary import summarise


def command(
    corpus: Annotated[
        Path, typer.Argument(metavar="CORPUS", help="Sets, or histories of users: a corpus.e2v.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The model to write. \\[svd.e2v]"),
    ] = None,
    dim: Annotated[int, typer.Option(min=1, metavar="N", help="Length of the vectors.")] = 100,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random start.")] = 1,
    progress: ProgressOption = "auto",
) -> None:
    """Decompose who had what: the classical item vectors, which trained ones should beat.

    The matrix has a row for each user (or sentence), a column for each item, and a one where the user had the
    item; it is divided by the square roots of its row and column sums, and its largest singular values and
    their vectors are kept. The result is a model like any other, for `e2v similar`, `e2v eval` and the rest:
    items that the same users had have similar input vectors, and the mean of a history's input vectors times
    the output vectors ranks the items.
    """
    from e2v.corpus.artifact import open_corpus
    from e2v.store import reserved
    from e2v.training.linear.svd import write_svd

    to = file_output(output, "svd.e2v", "a model")
    with reserved("svd", [to], [corpus]):
        svd = write_svd(open_corpus(corpus), to.path, dim, seed)
    largest, smallest = float(svd.values[0]), float(svd.values[-1])
    words = (
        f"input and output vectors of {len(svd.items):,} keys, {dim:,} dimensions; "
        f"singular values from {largest:.3g} to {smallest:.3g}"
    )
    facts = {"keys": len(svd.items), "dim": dim, "largest": largest, "smallest": smallest}
    summarise(progress, "svd", to.path, [words], facts)
