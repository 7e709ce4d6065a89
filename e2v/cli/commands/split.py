"""`e2v split`: hold out a part of each user's history."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v.cli.shared.options import ProgressOption
from e2v.cli.shared.outputs import STDOUT, file_output
from e2v.cli.shared.summary import summarise
from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.corpus.events.split import By, Split


def command(
    corpus: Annotated[
        Path, typer.Argument(metavar="CORPUS", help="Histories of users: a corpus with their ids.")
    ],
    train: Annotated[str, typer.Option(metavar="FILE", help="The corpus to write, of what is kept.")],
    test: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The text to write, of what is held out: 'user item item ...'; - is stdout.",
        ),
    ],
    by: Annotated[
        Literal["last-out", "random"], typer.Option(help="Hold out each user's last item, or some at random.")
    ] = "last-out",
    share: Annotated[
        float | None,
        typer.Option(metavar="X", help="How much of a user's items --by random holds out. \\[0.2]"),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the random draws. \\[1]")] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Cut CORPUS into one to train on and the items to test with (`e2v eval --ranking`).

    A held-out item leaves the user's history altogether, however often it is in there, and every user keeps
    at least one item, so those with a single one have nothing held out. Items that nobody keeps leave the
    vocabulary. With `--by random` a user gives up --share of his different items, rounded to a whole number.

    Sets, which `e2v events` makes without --time or --ordered, have no last item: they are
    split `--by random`.
    """
    if by == "last-out" and (share is not None or seed is not None):
        raise UsageError("--share and --seed belong to --by random", "leave them out, or add --by random")
    if share is not None and not 0 < share < 1:
        raise UsageError(f"--share {share:g} is not between 0 and 1")

    from e2v.store import reserved, scratch_folder

    to = file_output(train, None, "a corpus")
    share, seed = 0.2 if share is None else share, 1 if seed is None else seed
    if str(test) == STDOUT:
        with reserved("split", [to], [corpus]), scratch_folder(to.path) as folder:
            done = cut(corpus, to.path, folder / "stdout", by, share, seed)
            with (folder / "stdout").open("rb") as text:
                shutil.copyfileobj(text, sys.stdout.buffer)
    else:
        held_out = file_output(test, None, "what is held out")
        with reserved("split", [to, held_out], [corpus]):
            done = cut(corpus, to.path, held_out.path, by, share, seed)
    shown = "stdout" if str(test) == STDOUT else test
    words = f"{done.kept:,} items kept; {done.held_out:,} items of {done.users:,} users held out in {shown}"
    facts = {"test": shown, "kept": done.kept, "held_out": done.held_out, "users": done.users}
    summarise(progress, "split", to.path, [words], facts)


def cut(corpus: Path, train: Path, test: Path, by: By, share: float, seed: int) -> Split:
    """Write both files."""
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.events.split import split_corpus

    return split_corpus(open_corpus(corpus), train, test, by=by, share=share, seed=seed)
