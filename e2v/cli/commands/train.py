"""`e2v train`: a corpus, or text, in; a model out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from e2v import __version__
from e2v.cli.shared.durations import seconds, seconds_or_epochs
from e2v.cli.shared.encoding import encoded
from e2v.cli.shared.messages import note
from e2v.cli.shared.options import (
    FrozenVocabularyOption,
    LowercaseOption,
    MaxSentenceLengthOption,
    MaxVocabOption,
    MinCountOption,
    ProgressOption,
    TokenizerOption,
    available_cores,
)
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay, ProgressMode, short
from e2v.cli.shared.signals import noted_signals
from e2v.cli.shared.summary import summarise
from e2v.errors import InputError, Interrupted, OutputError, UsageError

if TYPE_CHECKING:
    from e2v.corpus.artifact import Corpus
    from e2v.training.engine.session import Interval, Session
    from e2v.training.word2vec.settings import TrainConfig
    from e2v.training.word2vec.training import Training


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="A corpus.e2v, or text: files, globs, or - for stdin."),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The model to write. \\[model.e2v]"),
    ] = None,
    arch: Annotated[
        Literal["skipgram", "cbow"] | None,
        typer.Option(help="Predict the centre from each context word, or from their mean. \\[skipgram]"),
    ] = None,
    loss: Annotated[
        Literal["negative-sampling", "hierarchical-softmax", "softmax"] | None,
        typer.Option(
            help="Two approximations, and the exact softmax for small vocabularies. \\[negative-sampling]"
        ),
    ] = None,
    context: Annotated[
        Literal["window", "set"] | None,
        typer.Option(help="Words nearby, or all others of the line: an unordered set. \\[window]"),
    ] = None,
    dim: Annotated[int | None, typer.Option(metavar="N", help="Length of the vectors. \\[100]")] = None,
    window: Annotated[int | None, typer.Option(metavar="N", help="Words on each side. \\[5]")] = None,
    window_mode: Annotated[
        Literal["dynamic", "fixed"] | None,
        typer.Option(help="Draw each centre's reach from 1..window, or keep it. \\[dynamic]"),
    ] = None,
    set_sample: Annotated[
        int | None,
        typer.Option(metavar="N", help="In sets with more others than this, draw about so many. \\[0: all]"),
    ] = None,
    cbow_gradient: Annotated[
        Literal["divided", "full"] | None,
        typer.Option(help="The exact gradient of the mean, or word2vec.c's. \\[divided]"),
    ] = None,
    negative: Annotated[
        int | None, typer.Option(metavar="N", help="Noise words for each centre. \\[5]")
    ] = None,
    noise_exponent: Annotated[
        float | None, typer.Option(metavar="X", help="Noise is drawn by count ** X; below 0 too. \\[0.75]")
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(metavar="X", help="Subsample words above this share of the text; 0: never. \\[0.001]"),
    ] = None,
    subword: Annotated[
        str | None,
        typer.Option(metavar="MIN:MAX", help="Make words of their character n-grams too, such as 3:6."),
    ] = None,
    buckets: Annotated[
        int | None, typer.Option(metavar="N", help="Keep at most so many n-grams. \\[0: all shared ones]")
    ] = None,
    word_weight: Annotated[
        float | None, typer.Option(metavar="X", help="A word's own weight against an n-gram's. \\[1]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Passes over the corpus. \\[5]")] = None,
    lr: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Initial learning rate, falling linearly. \\[0.025; cbow: 0.15, or 0.05 if full]",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", help="Workers; with 1 the same seed gives the same bytes. \\[all cores]"),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of all random draws. \\[1]")] = None,
    min_count: MinCountOption = None,
    max_vocab: MaxVocabOption = None,
    lowercase: LowercaseOption = None,
    tokenizer: TokenizerOption = None,
    max_sentence_length: MaxSentenceLengthOption = None,
    vocab: FrozenVocabularyOption = None,
    preset: Annotated[
        Literal["word2vec", "best", "small", "items"] | None,
        typer.Option(help="Settings for a purpose, in place of the defaults; other options go before them."),
    ] = None,
    time_budget: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Train for so long, such as 90s or 2h, instead of --epochs."),
    ] = None,
    init: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from these vectors where they know a word.")
    ] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            help="Go on with a model on new text, with its settings: its words keep their ids, new ones "
            "follow.",
        ),
    ] = None,
    checkpoint_every: Annotated[
        str | None,
        typer.Option(metavar="TIME|Ne", help="Save OUTPUT.ckpt so often: 10m, 2h, or 1e, each epoch."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUTPUT.ckpt.")] = False,
    if_changed: Annotated[
        bool,
        typer.Option(
            "--if-changed", help="Do nothing if OUTPUT is already made of these inputs and settings."
        ),
    ] = False,
    progress: ProgressOption = "auto",
) -> None:
    """Learn a vector for each word of a corpus.

    Both matrices are kept: the input vectors, which are the usual embedding, and the output vectors of
    the softmax. The defaults are word2vec's.

    Ctrl-C, SIGTERM and SIGHUP save what is done as OUTPUT.ckpt and exit with 75; the same command with
    --resume goes on. An existing OUTPUT stays as it is until the new one is complete.
    """
    settings: dict[str, Any] = {
        "arch": arch,
        "loss": loss,
        "context": context,
        "dim": dim,
        "window": window,
        "window_mode": window_mode,
        "set_sample": set_sample,
        "cbow_gradient": cbow_gradient,
        "negative": negative,
        "noise_exponent": noise_exponent,
        "sample": sample,
        "subword": subword,
        "buckets": buckets,
        "word_weight": word_weight,
        "epochs": epochs,
        "time_budget": seconds(time_budget, "--time-budget") if time_budget else None,
        "lr": lr,
        "threads": available_cores() if threads is None else threads,
        "seed": seed,
    }
    text = {
        "min_count": min_count,
        "max_vocab": max_vocab,
        "lowercase": lowercase,
        "tokenizer": tokenizer,
        "max_sentence_length": max_sentence_length,
        "vocab": vocab,
        "update": update,
    }
    from e2v.training.word2vec.presets import PRESETS
    from e2v.training.word2vec.settings import resolve

    for name, value in {"init": init, "preset": preset}.items():
        if update and value:
            raise UsageError(f"--{name} does not go with --update", "the model is where it starts")
    start_from = update or init
    base = settings_of(update) if update else PRESETS[preset] if preset else None
    config = resolve(settings, base)
    every = interval(checkpoint_every) if checkpoint_every else None
    from e2v.inputs.sources import open_sources
    from e2v.store import Output, reserved
    from e2v.training.engine.checkpoint import checkpoint_path, refuse_other_file

    to = file_output(output, "model.e2v", "a model")
    read = [*(source.name for source in open_sources(inputs)), vocab, init, update]
    checkpoint = checkpoint_path(to.path)
    with reserved("train", [to, Output(checkpoint)], read, replacing=update):
        refuse_other_file(checkpoint)
        if if_changed and up_to_date(inputs, to.path, config, text, start_from):
            note(f"{to.path}: unchanged, its inputs and settings are the same", progress)
            return
        with (
            encoded(inputs, to.path, text, {"threads": config.threads}, progress) as corpus,
            noted_signals() as signals,
        ):
            session = start(corpus, config, to.path, start_from)
            if resume and not session.resume():
                note(
                    f"{session.checkpoint}: no such checkpoint, so the run starts at its beginning", progress
                )
            elif not resume and session.checkpoint.exists():
                note(f"{session.checkpoint} is of a stopped run, and this one begins anew", progress)
            train(session, progress, every, signals)
            session.finish()  # which a signal does not stop: all that is left to do is to write it down
    tell(session.training, to.path, progress)


def start(corpus: Corpus, config: TrainConfig, output: Path, start_from: Path | None) -> Session:
    """The training, ready to run."""
    from e2v.kernels.codegen.cache import cache_notice
    from e2v.store import open_artifact
    from e2v.training.engine.session import Session
    from e2v.training.word2vec.training import Training

    if notice := cache_notice():
        note(notice)
    training = Training(corpus, config)
    made_of = {"digest": corpus.digest, **corpus.provenance}
    made = {**provenance(config), "corpus": made_of}
    if start_from:
        artifact = open_artifact(start_from, "model", "vectors")
        training.load_vectors(artifact)
        made["start"] = {"digest": artifact.digest}
    return Session(training, output, made)


def provenance(config: TrainConfig) -> dict[str, Any]:
    """How the model is made, but for what it is made of."""
    return {"tool": "e2v", "version": __version__, "command": "train", "settings": config.as_dict()}


def train(session: Session, progress: ProgressMode, every: Interval | None, signals: Collection[int]) -> None:
    """Run the training to its end, showing how it comes along; a signal saves a checkpoint and ends it."""

    def not_saved(error: OutputError) -> None:
        note(f"{error}; the training goes on without this checkpoint")

    with (
        ProgressDisplay(progress, "train", "words") as display,
        closing(session.run(every, not_saved)) as events,
    ):
        for done in events:
            total = round(done.tokens / max(done.share, 1e-9))
            loss = {} if math.isnan(done.loss) else {"loss": done.loss}  # not before the first pair
            display.update(done.tokens, total, lr=done.lr, **loss)
            if signals:
                break
        else:
            return
    raise stopped(session)


def stopped(session: Session) -> Interrupted:
    """Save a checkpoint, where it belongs or else where one can be written, and say where that is."""
    from e2v.store.rescue import saved_elsewhere

    try:
        session.save_checkpoint()
    except OutputError as error:
        path = saved_elsewhere(session.checkpoint.name, session.save_checkpoint)
        if path is None:
            return Interrupted(f"interrupted, and nothing could be saved: {error.message}", error.hint)
        return Interrupted(
            f"interrupted; {error.message}; {path} holds what was done",
            f"move it to {session.checkpoint} and go on with --resume",
            checkpoint=True,
        )
    return Interrupted(
        f"interrupted; {session.checkpoint} holds what was done", "go on with --resume", checkpoint=True
    )


def interval(text: str) -> Interval:
    """`--checkpoint-every`: a time, or a number of epochs."""
    from e2v.training.engine.session import Interval

    return Interval(*seconds_or_epochs(text, "--checkpoint-every"))


def settings_of(model: Path) -> dict[str, Any]:
    """The settings a model was trained with, for going on with it."""
    from e2v.store import open_artifact
    from e2v.training.word2vec.recorded import recorded_settings

    return recorded_settings(open_artifact(model, "model"))


def up_to_date(
    inputs: list[str], output: Path, config: TrainConfig, text: dict[str, Any], start_from: Path | None
) -> bool:
    """Whether `output` is what this run would make, by the digests of what it is made of."""
    from e2v.corpus.text.build import recorded_inputs
    from e2v.corpus.text.settings import resolve
    from e2v.store import open_artifact

    if "-" in inputs:
        raise UsageError("--if-changed needs inputs that can be read twice, and stdin cannot", "name files")
    if not output.exists():
        return False
    try:
        made = open_artifact(output).made
        corpus = made.inner("corpus")
        start, vocabulary = made.inner("start"), corpus.inner("vocabulary")
        recorded = corpus.items_of("inputs")
    except InputError:  # whatever it is, it is not what this run makes
        return False
    if any(made.get(name) != value for name, value in provenance(config).items()):
        return False
    if not is_recorded(start_from, start, output):
        return False
    if len(inputs) == 1:
        with contextlib.suppress(InputError):  # text, then
            return bool(open_artifact(Path(inputs[0]), "corpus").digest == corpus.get("digest"))
    if not is_recorded(text["vocab"] or text["update"], vocabulary, output):
        return False
    found = [{k: v for k, v in each.items() if k != "name"} for each in recorded]
    return corpus.get("settings") == resolve(text).as_dict() and found == recorded_inputs(inputs)


def is_recorded(path: Path | None, record: Mapping[str, Any], output: Path) -> bool:
    """Whether `output` was made with the file `path`, which it recorded; None: with none.

    A model that was updated in place has replaced the file that it recorded, and counts as made with it.
    """
    from e2v.store import open_artifact

    if path is None or not record:
        return path is None and not record
    return bool(open_artifact(path).digest == record.get("digest")) or path.samefile(output)


def tell(training: Training, output: Path, progress: ProgressMode) -> None:
    """Say what was learned from how much in what time."""
    runner, model = training.runner, training.model
    rate = runner.tokens / max(runner.seconds, 1e-9)
    words = (
        f"input and output vectors of {len(training.corpus.keys):,} keys, {model.dim:,} dimensions; "
        f"learned from {runner.tokens:,} words in {runner.seconds:,.1f} s ({short(rate)} words/s), "
        f"loss {runner.loss:.4f} a pair"
    )
    facts = {
        "keys": len(training.corpus.keys),
        "dim": model.dim,
        "words": runner.tokens,
        "seconds": round(runner.seconds, 3),
        "words_per_second": round(rate),
        "loss": None if math.isnan(runner.loss) else runner.loss,
    }
    summarise(progress, "train", output, [words], facts)
