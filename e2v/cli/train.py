"""`e2v train`: a corpus, or text, in; a model out."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from e2v import __version__
from e2v.cli.options import (
    DEFAULT_MODEL,
    FrozenVocabularyOption,
    LowercaseOption,
    MaxSentenceLengthOption,
    MaxVocabOption,
    MinCountOption,
    ProgressOption,
    TokenizerOption,
    available_cores,
)
from e2v.cli.progress import ProgressDisplay, ProgressMode, short
from e2v.cli.vocab import print_summary
from e2v.errors import ForeignFileError, OutputError, UsageError

if TYPE_CHECKING:
    from e2v.corpus import Corpus
    from e2v.training.config import TrainConfig
    from e2v.training.word2vec import Training


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="A corpus.e2v, or text: files, globs, or - for stdin."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model to write.")
    ] = DEFAULT_MODEL,
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
        typer.Option(metavar="X", help="Initial learning rate, falling linearly. \\[0.025; cbow: 0.05]"),
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
    progress: ProgressOption = "auto",
) -> None:
    """Learn a vector for each word of a corpus.

    Both matrices are kept: the input vectors, which are the usual embedding, and the output vectors of
    the softmax. The defaults are word2vec's.
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
    }
    from e2v.training.config import resolve

    config = resolve(settings)
    with encoded(inputs, output, text | {"threads": config.threads}, progress) as corpus:
        training = start(corpus, config)
        train(training, progress)
        training.save(output, provenance(corpus, config))
    summarise(training, output, progress)


@contextlib.contextmanager
def encoded(
    inputs: list[str], output: Path, text: dict[str, Any], progress: ProgressMode
) -> Iterator[Corpus]:
    """The corpus that `inputs` are, or are text for: then it is made beside the output, and removed after."""
    from e2v.corpus import build_corpus, open_corpus
    from e2v.corpus.options import resolve

    if len(inputs) == 1 and Path(inputs[0]).is_file():
        with contextlib.suppress(ForeignFileError):  # text, then
            corpus = open_corpus(inputs[0])
            if given := [name for name, value in text.items() if value is not None and name != "threads"]:
                raise UsageError(
                    f"--{given[0].replace('_', '-')} applies to text, and {inputs[0]} is encoded already",
                    "give it to e2v vocab",
                )
            yield corpus
            return
    with scratch_folder(output) as folder:
        path = folder / "corpus.e2v"
        options = resolve(text)
        began = time.monotonic()
        with ProgressDisplay(progress, "vocab", "bytes") as display:
            summary = build_corpus(
                inputs, path, options, lambda read: display.update(read.bytes, read.total_bytes)
            )
        print_summary(summary, Path("corpus"), options, time.monotonic() - began, progress)
        yield open_corpus(path)


@contextlib.contextmanager
def scratch_folder(output: Path) -> Iterator[Path]:
    """A folder beside the output, where there is room for a corpus, gone at the end."""
    if not output.resolve().parent.is_dir():
        raise OutputError(f"{output}: there is no folder {output.parent}", "create it first")
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.resolve().parent) as name:
        yield Path(name)


def start(corpus: Corpus, config: TrainConfig) -> Training:
    """The training, ready to run."""
    from e2v.kernels import cache_notice
    from e2v.training.word2vec import Training

    if notice := cache_notice():
        print(f"e2v: {notice}", file=sys.stderr)
    return Training(corpus, config)


def train(training: Training, progress: ProgressMode) -> None:
    """Run the training to its end, showing how it comes along."""
    with ProgressDisplay(progress, "train", "words") as display:
        for done in training.runner.run():
            display.update(done.tokens, round(done.tokens / done.share), lr=done.lr, loss=done.loss)


def provenance(corpus: Corpus, config: TrainConfig) -> dict[str, Any]:
    """What the model is made of and how, for its provenance."""
    return {
        "tool": "e2v",
        "version": __version__,
        "command": "train",
        "settings": config.as_dict(),
        "corpus": {"digest": corpus.digest, **corpus.provenance},
    }


def summarise(training: Training, output: Path, progress: ProgressMode) -> None:
    """Say what was learned from how much in what time."""
    runner, model = training.runner, training.model
    rate = runner.tokens / max(runner.seconds, 1e-9)
    if progress == "json":
        facts = {
            "task": "train",
            "output": str(output),
            "keys": len(training.corpus.keys),
            "dim": model.dim,
            "words": runner.tokens,
            "seconds": round(runner.seconds, 3),
            "words_per_second": round(rate),
            "loss": runner.loss,
            "version": __version__,
        }
        print(json.dumps(facts), file=sys.stderr)
    elif progress != "none":
        print(
            f"{output}: input and output vectors of {len(training.corpus.keys):,} keys, "
            f"{model.dim} dimensions; learned from {runner.tokens:,} words in {runner.seconds:.1f} s "
            f"({short(rate)} words/s), loss {runner.loss:.4f} a pair",
            file=sys.stderr,
        )
