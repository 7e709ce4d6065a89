"""`e2v tower`: histories in; a model out that recommends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2v import common_settings
from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, Resumable, corpus_argument, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.signals import NotedSignals
from e2v.corpus.features.columns import FeatureColumns, item_features
from e2v.notices import counted
from e2v.training.tower.settings import TowerSettings

if TYPE_CHECKING:
    from e2v.jobs.tower import TowerResult


@dataclass(frozen=True, kw_only=True)
class Files(Making, Resumable):
    """What is read and written."""

    corpus: Path = corpus_argument()
    output: str | None = output("tower")
    user_features: Path | None = common_settings.user_features()
    item_features: FeatureColumns | None = item_features(group="Items")


def command(files: Files, training: Given[TowerSettings]) -> None:
    """Learn to recommend: a tower that makes a user vector of a history, and the items' vectors.

    A user vector is the mean of the history's input vectors, with the user's features beside it if there
    are any, passed through ReLU layers if there are any, and a linear one. Items are recommended by the
    product of their output vectors with it, plus their biases. Training stops when it no longer gets
    better at predicting items that are withheld from it.

    Ctrl-C, SIGTERM and SIGHUP save what is done as OUTPUT.ckpt and exit with 75; the same command with
    --resume goes on. An existing OUTPUT stays as it is until the new one is complete.

    Histories in order, of a corpus made with --time or --ordered, teach what comes next, and the mean is one
    in which the later items count more; sets, and text, teach what belongs together. --examples, or an option
    that belongs to one of the two, decides otherwise.

    With --item-features an item is made of its own vectors and of those of what it has in common with others:
    categories (several in a cell between |), numbers by quantiles, the words of a text. Items of the table
    that nobody has had yet get vectors, too, and `e2v recommend --new-items also` recommends them. Which
    columns there are and what they hold is told by the table, or given: FILE:KEY:COLUMN,COLUMN=category.

    Examples:
        e2v tower corpus.e2v -o tower.e2v
        e2v tower corpus.e2v --dim 64 --hidden 128 --user-features users.csv
        e2v tower corpus.e2v --item-features movies.csv:movieId:title,genres
    """
    from e2v.jobs.running import Run
    from e2v.jobs.tower import tower

    to = file_output(files.output, "tower", "a model")
    with ProgressDisplay() as progress:
        made = tower(
            files.corpus,
            to,
            training,
            files.user_features,
            files.item_features,
            Run(resume=files.resume, checkpoint_every=files.checkpoint_every),
            if_changed=files.if_changed,
            report=progress,
            signals=NotedSignals,
        )
    if made is None:
        unchanged("tower", to)
    else:
        _summarise(made)


def _summarise(made: TowerResult) -> None:
    """Say what was learned from how much in what time."""
    from e2v.corpus.features.described import DescribedCorpus

    training, settings = made.training, made.settings
    corpus, validation = training.corpus, training.validation
    words = [
        f"a user tower and vectors of {counted(len(corpus.keys), 'item')}, "
        f"{counted(settings.dim, 'dimension')}; "
        f"learned from {counted(training.n_users, 'user')}",
        _examples(settings),
    ]
    if training.n_validation_users:
        words.append(
            f"best after epoch {training.best_epoch:,}: NDCG@20 {validation.ndcg:.4f} and loss "
            f"{validation.loss:.4f} on items withheld from {training.n_validation_users:,} users"
        )
    if training.n_described:
        words.append(f"features of {training.n_described:,} of {training.n_histories:,} users")
    described = corpus if isinstance(corpus, DescribedCorpus) else None
    if described:
        n_new = int(described.new.sum())
        new = f"; {counted(n_new, 'item')} that nobody has had" if n_new else ""
        words.append(f"items have {counted(len(described.attributes), 'attribute')} in common{new}")
    facts = {
        "keys": len(corpus.keys),
        "new_items": int(described.new.sum()) if described else 0,
        "attributes": len(described.attributes) if described else 0,
        "dim": settings.dim,
        "examples": settings.examples,
        "age": settings.age,
        "recency": settings.recency,
        "users": training.n_users,
        "epoch": training.best_epoch,
        "seconds": round(training.runner.seconds, 3),
        "loss": training.runner.loss,
        "withheld": validation.loss if training.n_validation_users else None,
        "ndcg": validation.ndcg if training.n_validation_users else None,
    }
    say_result("tower", made.output, words, facts)


def _examples(settings: TowerSettings) -> str:
    """What the tower has learned to predict, and the options that say so."""
    if settings.examples == "held-out":
        return f"sets: {settings.hold_out:.0%} of one from the rest (--examples held-out)"
    age = "--age" if settings.age else "--no-age"
    recency = "--recency" if settings.recency else "--no-recency"
    return f"in order: an item from those before it (--examples next {age} {recency})"
