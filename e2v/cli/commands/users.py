"""`e2v users`: histories in; the users' vectors out, so that they can be served without the model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from e2v import __version__
from e2v.cli.shared.messages import note
from e2v.cli.shared.options import ProgressOption
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressMode
from e2v.cli.shared.summary import summarise
from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.corpus.histories import Histories
    from e2v.store import Artifact
    from e2v.vectors.matrix import Floats


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model that makes the vectors.")],
    corpus: Annotated[
        str,
        typer.Argument(
            metavar="CORPUS", help="Histories of users: a corpus with their ids, or - for lines on stdin."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The users to write. \\[users.e2v]"),
    ] = None,
    user_features: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A table with a header, as the model was trained with: user ids, then features.",
        ),
    ] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Make the vectors of users, and note what each has seen, to recommend without the model.

    The users need not be those that MODEL was trained on: a vector is one forward pass. `-` reads lines of
    'user item item ...' from stdin, in the order of time, with tabs or commas where ids hold spaces; several
    lines of a user are joined. Items that MODEL does not know are left out and counted; whoever has no other
    gets the vector of an empty history, which leads to the most popular items.

    The vector of a plain model, of `e2v train` or `e2v svd`, is the mean of the input vectors of the history.
    """
    # The last digits of a product depend on how many threads BLAS has; equal runs should give equal files.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from e2v.store import reserved

    to = file_output(output, "users.e2v", "a file of users")
    with reserved("users", [to], [model, corpus, user_features]):
        write(model, corpus, to.path, user_features, progress)


def write(model: Path, corpus: str, output: Path, user_features: Path | None, progress: ProgressMode) -> None:
    """Write the users' vectors and histories, and say what was written and what was left out."""
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.histories import user_histories
    from e2v.inputs.sources import STDIN, Source
    from e2v.recommend.users import read_histories, write_users
    from e2v.store import open_artifact

    made_by = open_artifact(model, "model")
    provenance: dict[str, Any] = {"tool": "e2v", "version": __version__, "command": "users"}
    if corpus == STDIN:
        source = Source(corpus)
        users, histories, unknown = read_histories(source, made_by.keys)
        provenance["inputs"] = [source.record()]
    else:
        opened = open_corpus(corpus)
        users, histories = user_histories(opened)
        read = len(histories.items)
        histories = histories.renumbered(made_by.keys.find_all(opened.keys))
        unknown = read - len(histories.items)
        provenance["corpus"] = {"digest": opened.digest}
    features = None
    if user_features is not None:
        features = encoded(made_by, user_features, users, progress)
        provenance["user_features"] = str(user_features)
    elif made_by.has("features"):
        note("no --user-features: every user is like the average one", progress)
    seen = write_users(output, made_by, users, histories, provenance, features)
    tell(output, made_by, seen, unknown, progress)


def encoded(model: Artifact, path: Path, users: list[str], progress: ProgressMode) -> Floats:
    """The features of the users, as the model takes them; how many have some is told on stderr."""
    from e2v.recommend.features import UserFeatures, read_user_table

    features = UserFeatures.of_model(model)
    if features is None:
        raise UsageError(f"--user-features: {model.path} takes no features", "leave it out")
    numbers, found = features.encode(read_user_table(path), users)
    note(f"features of {found:,} of {len(users):,} users", progress)
    return numbers


def tell(output: Path, model: Artifact, seen: Histories, unknown: int, progress: ProgressMode) -> None:
    """Say what was written, and what was left out."""
    dim = model.arrays["input"].shape[1]
    empty = int((seen.sizes == 0).sum())
    facts = {"users": len(seen), "dim": dim, "items": len(seen.items), "unknown": unknown, "without": empty}
    words = f"vectors of {len(seen):,} users, {dim:,} dimensions; {len(seen.items):,} items seen"
    summarise(progress, "users", output, [words], facts)
    if unknown:
        note(f"left out: {unknown:,} items that {model.path} does not know")
    if empty:
        note(f"without any known item: {empty:,} of {len(seen):,} users, who get what is popular")
