"""`e2v svd`: vectors by truncated singular value decomposition."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from e2v.cli.options import DEFAULT_MODEL


def command(
    corpus: Annotated[
        Path, typer.Argument(metavar="CORPUS", help="Sets, or histories of users: a corpus.e2v.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model to write.")
    ] = DEFAULT_MODEL,
    dim: Annotated[int, typer.Option(min=1, metavar="N", help="Length of the vectors.")] = 100,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random start.")] = 1,
) -> None:
    """Decompose who had what: the classical item vectors, which trained ones should beat.

    The matrix has a row for each user (or sentence), a column for each item, and a one where the user had the
    item; it is divided by the square roots of its row and column sums, and its largest singular values and
    their vectors are kept. The result is a model like any other, for `e2v similar`, `e2v eval` and the rest:
    items that the same users had have similar input vectors, and the mean of a history's input vectors times
    the output vectors ranks the items.
    """
    from e2v.corpus import open_corpus
    from e2v.training.svd import write_svd

    svd = write_svd(open_corpus(corpus), output, dim, seed)
    print(
        f"e2v: {len(svd.items)} vectors of {dim} numbers in {output}; "
        f"singular values from {svd.values[0]:.3g} to {svd.values[-1]:.3g}",
        file=sys.stderr,
    )
