"""`e2v train`: a corpus, or text, in; a model out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from e2v import common_settings
from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, Resumable, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.signals import NotedSignals
from e2v.cli.shared.summaries import reporter
from e2v.corpus.features.columns import FeatureColumns, item_features
from e2v.corpus.text.settings import CorpusSettings
from e2v.errors import SettingError
from e2v.notices import counted
from e2v.settings import argument, setting
from e2v.training.engine.cluster.settings import ClusterSettings
from e2v.training.word2vec.settings import Word2VecSettings

if TYPE_CHECKING:
    from e2v.jobs.train import Run

_RUN = "Run"


@dataclass(frozen=True, kw_only=True)
class Files(Making, Resumable):
    """What is read and written, and where the run starts."""

    inputs: tuple[str, ...] = argument(
        ...,
        "A corpus.e2v, or all shards of one; or text: files, globs, or - for stdin. s3:// and other URLs are "
        "copied first.",
        metavar="INPUT",
    )
    output: str | None = output("train")
    preset: Literal["word2vec", "best", "medium", "small", "items"] | None = setting(
        None, "Settings for a purpose, in place of the defaults; other options go before them."
    )
    init: str = common_settings.init("random", metavar="random|FILE", recorded=False, group=_RUN)
    update: Path | None = common_settings.update(group=_RUN)
    freeze: bool = setting(
        False,
        "Keep all vectors of that model as they are, to the bit: new words learn where they stand.",
        group=_RUN,
        only_with={"update": ...},
    )


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is known of the items."""

    item_features: FeatureColumns | None = item_features(group="Items")


def run_of(files: Files, cluster: ClusterSettings | None = None) -> Run:
    """How a training is gone about.

    Raises:
        SettingError: it is to start as only a tower does.
    """
    from e2v.jobs.train import Run

    if files.init == "spectral":
        raise SettingError("{init} takes random, or a model's file, not spectral", hint="e2v tower starts so")
    return Run(
        start_from=None if files.init == "random" else Path(files.init),
        update=files.update,
        freeze=files.freeze,
        resume=files.resume,
        checkpoint_every=files.checkpoint_every,
        cluster=cluster or ClusterSettings(),
    )


def command(
    files: Files,
    described: Described,
    training: Given[Word2VecSettings],
    text: Given[CorpusSettings],
    cluster: ClusterSettings,
) -> None:
    """Learn a vector for each word of a corpus.

    Both matrices are kept: the input vectors, which are the usual embedding, and the output vectors of
    the softmax. The defaults are word2vec's.

    Of a corpus of histories or sets, as e2v events makes, the defaults are those of `--preset items`, unless
    --preset, --update, --context or --window is given: each history is a set, whose items are alike that are
    had together. Where sets have 50 items and more on average, that preset has --noise-exponent .6.

    With --item-features the input vector of an item of a set is its own and those of what it has in common
    with others, as that of a word is its own and those of its n-grams; and items that nobody has had yet have
    vectors, too. See `e2v tower`.

    With --engine ray units are trained on workers of a cluster, and what they learn is merged now and then;
    they read INPUT, and need e2v, where they are. See docs/scale.md.

    Ctrl-C, SIGTERM and SIGHUP save what is done as OUTPUT.ckpt and exit with 75; the same command with
    --resume goes on. An existing OUTPUT stays as it is until the new one is complete.

    Examples:
        e2v train corpus.e2v -o model.e2v
        e2v train text.txt --preset best --dim 300 --time-budget 2h
        e2v train baskets.e2v --preset items -o items.e2v
    """
    from e2v.inputs.remote import local_inputs
    from e2v.jobs.train import settings_for, train

    to = file_output(files.output, "train", "a model")
    run = run_of(files, cluster)
    with local_inputs(files.inputs) as inputs, ProgressDisplay() as progress:
        resolved = settings_for(training, files.preset, files.update, inputs)
        made = train(
            inputs,
            to,
            resolved,
            text,
            run,
            described.item_features,
            if_changed=files.if_changed,
            report=reporter(progress),
            signals=NotedSignals,
        )
    if made is None:
        unchanged("train", to)
        return
    rate = made.words / max(made.seconds, 1e-9)
    learned = f"learned from {counted(made.words, 'word')}, loss {made.loss:.4f} a pair"
    if not made.words:
        learned = "nothing was learned, counts were added"
    size = f"{counted(made.keys, 'key')}, {counted(made.dim, 'dimension')}"
    words = f"input and output vectors of {size}; {learned}"
    facts = {
        "keys": made.keys,
        "dim": made.dim,
        "words": made.words,
        "seconds": round(made.seconds, 3),
        "words_per_second": round(rate),
        "loss": None if math.isnan(made.loss) else made.loss,
    }
    say_result("train", made.output, [words], facts)
