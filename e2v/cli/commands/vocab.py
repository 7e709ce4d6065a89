"""`e2v vocab`: text in; a corpus out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import (
    EncodingOption,
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
from e2v.cli.shared.summary import summarise
from e2v.notices import counted

if TYPE_CHECKING:
    from e2v.corpus.text.build import CorpusSummary, CountProgress
    from e2v.corpus.text.settings import VocabOptions


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Text: files, globs, or - for stdin; plain, gzip, bzip2, xz or zstandard, known by content.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The corpus to write. \\[corpus.e2v]"),
    ] = None,
    min_count: MinCountOption = None,
    max_vocab: MaxVocabOption = None,
    lowercase: LowercaseOption = None,
    tokenizer: TokenizerOption = None,
    max_sentence_length: MaxSentenceLengthOption = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take words and their counts from a list instead of counting: a word, a blank and its "
            "count on each line. --min-count and --max-vocab apply to it.",
        ),
    ] = None,
    save_counts: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write such a list of all words of the text, those left out too."),
    ] = None,
    vocab: FrozenVocabularyOption = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", help="Workers; the result is the same for any number. \\[all cores]"),
    ] = None,
    encoding: EncodingOption = None,
    progress: ProgressOption = "auto",
) -> None:
    """Count the words of text, and encode them with the vocabulary they make.

    A line is a sentence, and a word what stands between blanks, unless --tokenizer says otherwise: `word`
    finds words and numbers of any script, leaves out punctuation, keeps don't and 3.14 whole and splits
    well-known; `character` takes every character that is not blank. Bytes that are not UTF-8 are kept.

    Words are ordered by count, equally frequent ones by their bytes. --counts and --vocab give the
    vocabulary instead: keys, ids and counts are then those of the list or the file. With --vocab, text is cut
    into words as it was for that file, unless --tokenizer or --lowercase are given.

    The text is read once, and memory grows with the number of different words only.

    A log of events, such as ratings, orders or visits, is for `e2v events`.
    """
    from e2v.inputs.sources import open_sources
    from e2v.store import reserved

    to = file_output(output, "corpus.e2v", "a corpus")
    outputs = [to]
    if save_counts is not None:
        outputs.append(file_output(save_counts, None, "a list of counts"))
    read = [*(source.name for source in open_sources(inputs)), counts, vocab]
    given = {
        "lowercase": lowercase,
        "tokenizer": tokenizer,
        "max_sentence_length": max_sentence_length,
        "counts": counts,
        "save_counts": None if save_counts is None else outputs[1].path,
        "threads": available_cores() if threads is None else threads,
        "encoding": encoding,
        "min_count": min_count,
        "max_vocab": max_vocab,
        "vocab": vocab,
    }
    with reserved("vocab", outputs, read):
        _encode(inputs, to.path, given, progress)


def _encode(inputs: list[str], output: Path, given: Mapping[str, Any], progress: ProgressMode) -> None:
    """Write the corpus of a text, and say what became of it."""
    from e2v.corpus.text.build import build_corpus
    from e2v.corpus.text.settings import resolve

    options = resolve(given)
    started = monotonic()
    with ProgressDisplay(progress, "vocab", "bytes") as display:

        def show(read: CountProgress) -> None:
            display.update(read.bytes, read.total_bytes, words=read.words)

        summary = build_corpus(inputs, output, options, show, lambda message: note(message, progress))
    print_summary(summary, output, options, monotonic() - started, progress)


def print_summary(
    summary: CorpusSummary, output: Path, options: VocabOptions, seconds: float, progress: ProgressMode
) -> None:
    """Say what became of the text."""
    rate = summary.words_read / max(seconds, 1e-9)
    words = [
        f"{counted(summary.words_kept, 'word')} in {counted(summary.sentences, 'sentence')}, "
        f"{summary.types_kept:,} of them different",
        f"left out: {counted(summary.words_read - summary.words_kept, 'word')}, "
        f"{summary.types_read - summary.types_kept:,} of them different",
        *_notes(summary, options),
        f"{seconds:,.1f} s, {short(rate)} words/s",
    ]
    facts = {**asdict(summary), "seconds": round(seconds, 3), "words_per_second": round(rate)}
    summarise(progress, "vocab", output, words, facts)


def _notes(summary: CorpusSummary, options: VocabOptions) -> list[str]:
    """What is not so with most texts: a vocabulary with words from elsewhere, lines that were cut."""
    notes = []
    if summary.keys != summary.types_kept:
        given = options.vocab or options.update or options.counts
        absent = summary.keys - summary.types_kept
        notes.append(f"vocabulary: {summary.keys:,} words with those of {given}, {absent:,} not in the text")
    if summary.lines_cut:
        longest = options.max_sentence_length
        notes.append(
            f"cut: {summary.lines_cut:,} lines of more than {longest:,} words became several sentences"
        )
    return notes
