"""`e2v tower`: histories in; a model out that recommends."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from e2v import __version__
from e2v.cli.shared.messages import note
from e2v.cli.shared.options import ProgressOption, available_cores
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay, ProgressMode
from e2v.cli.shared.summary import summarise
from e2v.errors import OutputError

if TYPE_CHECKING:
    from e2v.corpus.artifact import Corpus
    from e2v.training.tower.settings import TowerConfig
    from e2v.training.tower.training import TowerTraining


def command(
    corpus: Annotated[
        Path,
        typer.Argument(metavar="CORPUS", help="Histories of users, or sets: a corpus.e2v."),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The model to write. \\[tower.e2v]"),
    ] = None,
    dim: Annotated[
        int | None, typer.Option(metavar="N", help="Length of the users' and items' vectors. \\[256]")
    ] = None,
    hidden: Annotated[
        str | None,
        typer.Option(metavar="N,N...", help="Widths of ReLU layers, as 256,128; 0: none. \\[0]"),
    ] = None,
    examples: Annotated[
        Literal["held-out", "next"] | None,
        typer.Option(
            help="Predict a random part of a history from the rest, or items from those before. \\[next if "
            "histories are in order, held-out if they are sets]"
        ),
    ] = None,
    hold_out: Annotated[
        float | None, typer.Option(metavar="X", help="With held-out: the share to predict. \\[0.6]")
    ] = None,
    per_user: Annotated[
        int | None,
        typer.Option(metavar="N", help="With next: a user's examples in an epoch, at most. \\[10]"),
    ] = None,
    age: Annotated[
        bool | None,
        typer.Option(
            "--age/--no-age",
            help="With next: tell the tower how many items of the user came later. \\[--age]",
        ),
    ] = None,
    user_features: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A table with a header: user ids, then columns of numbers or categories.",
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="Vectors to start from: spectral (of who had what), random, or a model's file. \\[spectral]",
        ),
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Items drawn for a batch's softmax beside its targets; 0, or as many as there are: exact. "
            "\\[1024]",
        ),
    ] = None,
    noise_exponent: Annotated[
        float | None, typer.Option(metavar="X", help="They are drawn by count ** X. \\[0.5]")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(metavar="X", help="The softmax is over cosines / X; 0: over inner products. \\[0.1]"),
    ] = None,
    batch: Annotated[int | None, typer.Option(metavar="N", help="Examples in a step. \\[256]")] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over the users, at most. \\[20]")
    ] = None,
    lr: Annotated[
        float | None, typer.Option(metavar="X", help="Initial learning rate, falling linearly. \\[0.1]")
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Share of users a fifth of whose items is withheld to see when to stop. \\[0.05]",
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(metavar="N", help="Stop after so many epochs that did not help. \\[3]"),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", help="Workers; the result is the same for any number. \\[all cores]"),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of all random draws. \\[1]")] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Learn to recommend: a tower that makes a user vector of a history, and the items' vectors.

    A user vector is the mean of the history's input vectors, with the user's features beside it if there
    are any, passed through ReLU layers if there are any, and a linear one. Items are recommended by the
    product of their output vectors with it, plus their biases. Training stops when it no longer gets
    better at predicting items that are withheld from it.

    Histories in order, of a corpus made with --time or --ordered, teach what comes next; sets, and text, what
    belongs together. --examples, or an option that belongs to one of the two, decides otherwise.
    """
    # The threads are ours: those of BLAS would wait for each other, and change the last digits.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from e2v.store import reserved
    from e2v.training.tower.settings import parse_hidden

    to = file_output(output, "tower.e2v", "a model")
    settings: dict[str, Any] = {
        "dim": dim,
        "hidden": None if hidden is None else parse_hidden(hidden),
        "examples": examples,
        "hold_out": hold_out,
        "per_user": per_user,
        "age": age,
        "init": init,
        "candidates": candidates,
        "noise_exponent": noise_exponent,
        "temperature": temperature,
        "batch": batch,
        "epochs": epochs,
        "lr": lr,
        "validation": validation,
        "patience": patience,
        "threads": available_cores() if threads is None else threads,
        "seed": seed,
    }
    with reserved("tower", [to], [corpus, user_features, init]):
        training = learn(corpus, settings, user_features, to.path, progress)
    tell(training, to.path, progress)


def learn(
    corpus: Path, settings: dict[str, Any], user_features: Path | None, output: Path, progress: ProgressMode
) -> TowerTraining:
    """Train and write the model; if it cannot be written there, elsewhere, and OutputError says where."""
    from e2v.corpus.artifact import open_corpus
    from e2v.recommend.features import read_user_table
    from e2v.store.rescue import rescued
    from e2v.training.tower.settings import resolve_tower

    histories = open_corpus(corpus)
    config = resolve_tower(settings, ordered=histories.ordered)
    table = None if user_features is None else read_user_table(user_features)
    from e2v.kernels.codegen.cache import cache_notice
    from e2v.training.tower.training import TowerTraining

    if notice := cache_notice():
        note(notice)
    training = TowerTraining(histories, config, table)
    train(training, progress)
    made = provenance(histories, config, user_features)
    try:
        training.save(output, made)
    except OutputError as error:
        raise rescued(error, "the model", output.name, lambda path: training.save(path, made)) from error
    return training


def train(training: TowerTraining, progress: ProgressMode) -> None:
    """Run the training to its end, showing how it comes along."""
    with ProgressDisplay(progress, "tower", "examples") as display:
        for done in training.run():
            figures = {"epoch": done.epoch, "loss": done.loss}
            if not math.isnan(done.validation.loss):
                figures |= {"withheld": done.validation.loss, "ndcg": done.validation.ndcg}
            display.update(done.examples, done.total, **figures)


def provenance(corpus: Corpus, config: TowerConfig, user_features: Path | None) -> dict[str, Any]:
    """What the model is made of and how, for its provenance."""
    return {
        "tool": "e2v",
        "version": __version__,
        "command": "tower",
        "settings": config.as_dict(),
        "user_features": user_features and str(user_features),
        "corpus": {"digest": corpus.digest, **corpus.provenance},
    }


def tell(training: TowerTraining, output: Path, progress: ProgressMode) -> None:
    """Say what was learned from how much in what time."""
    corpus, config, validation = training.corpus, training.config, training.validation
    said = [
        f"a user tower and vectors of {len(corpus.keys):,} items, {config.dim:,} dimensions; "
        f"learned from {training.n_users:,} users in {training.seconds:,.1f} s",
        _examples(config),
    ]
    if training.n_validation_users:
        said.append(
            f"best after epoch {training.best_epoch:,}: NDCG@20 {validation.ndcg:.4f} and loss "
            f"{validation.loss:.4f} on items withheld from {training.n_validation_users:,} users"
        )
    if training.n_described:
        said.append(f"features of {training.n_described:,} of {training.n_histories:,} users")
    facts = {
        "keys": len(corpus.keys),
        "dim": config.dim,
        "examples": config.examples,
        "age": config.age,
        "users": training.n_users,
        "epoch": training.best_epoch,
        "seconds": round(training.seconds, 3),
        "loss": training.loss,
        "withheld": validation.loss if training.n_validation_users else None,
        "ndcg": validation.ndcg if training.n_validation_users else None,
    }
    summarise(progress, "tower", output, ["; ".join(said)], facts)


def _examples(config: TowerConfig) -> str:
    """What the tower has learned to predict, and the options that say so."""
    if config.examples == "held-out":
        return f"sets: {config.hold_out:.0%} of one from the rest (--examples held-out)"
    age = "--age" if config.age else "--no-age"
    return f"in order: an item from those before it (--examples next {age})"
