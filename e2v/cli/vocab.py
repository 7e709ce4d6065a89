"""`e2v vocab`: text, or interactions of users with items, in; a corpus out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from e2v.cli import interactions as of_interactions
from e2v.cli.options import (
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
from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.corpus import CorpusSummary, CountProgress, VocabOptions


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Text or interactions: files, globs, or - for stdin; plain, gzip, bzip2, xz or zstandard, "
            "known by content.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The corpus to write.")
    ] = Path("corpus.e2v"),
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
        Path | None,
        typer.Option(metavar="FILE", help="Write such a list of all words of the text, those left out too."),
    ] = None,
    vocab: FrozenVocabularyOption = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", help="Workers; the result is the same for any number. \\[all cores]"),
    ] = None,
    interactions: Annotated[
        bool,
        typer.Option(
            "--interactions",
            help="INPUT says who had what: CSV, TSV, JSON lines, Parquet, or lines of items.",
        ),
    ] = False,
    layout: Annotated[
        Literal["table", "baskets", "user-items"] | None,
        typer.Option(
            help="A row for each interaction; or a line for each basket, of items; or for each user, the "
            "user's id first. The last two make it --interactions. \\[table]"
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The table's column of users: its name, or its number from 1. \\[told by the header]",
        ),
    ] = None,
    item: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Its column of items. \\[told by the header]")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Its column of times, numbers or ISO 8601: each history in this order."
        ),
    ] = None,
    rating: Annotated[str | None, typer.Option(metavar="COLUMN", help="Its column of ratings.")] = None,
    min_rating: Annotated[
        float | None, typer.Option(metavar="X", help="Leave out interactions that are rated lower.")
    ] = None,
    ordered: Annotated[
        bool | None,
        typer.Option("--ordered", help="INPUT is in the order of time, so that items are kept repeated."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE:KEY:LABEL",
            help="A table of what items are called, and its columns: movies.csv:movieId:title, "
            "items.tsv:1:3.",
        ),
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="A row that cannot be read is an error.")
    ] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Count the words of text, or the items of interactions, and encode them with the vocabulary they make.

    A line is a sentence, and a word what stands between blanks, unless --tokenizer says otherwise: `word`
    finds words and numbers of any script, leaves out punctuation, keeps don't and 3.14 whole and splits
    well-known; `character` takes every character that is not blank. Bytes that are not UTF-8 are kept.

    Words are ordered by count, equally frequent ones by their bytes. --counts and --vocab give the
    vocabulary instead: keys, ids and counts are then those of the list or the file. With --vocab, text is cut
    into words as it was for that file, unless --tokenizer or --lowercase are given.

    The text is read once, and memory grows with the number of different words only.

    **--interactions**: INPUT is a log of events, and each user's items become a sentence that keeps the
    user's id:

        e2v vocab --interactions ratings.csv --user user_id --item movie_id --time timestamp \\
            --rating rating --min-rating 3.5 --labels movies.csv:movieId:title

    Columns given as numbers mean that there is no header. Without --user and --item, a header tells them if
    it has just one column that is called user, customer, reviewer or the like and one that is called item,
    product, movie, asin or the like, with or without id: what was taken is said on stderr. Times and ratings
    are used only if they are named. The items of a line are between tabs if the first
    megabyte has one, else between commas, else between blanks; a basket's id is the number of its line. With
    --time or --ordered a history keeps every event; without, it is a set, in which an item counts once, and
    keeps the place where it came first. Rows that cannot be read are left out, counted and reported.
    --min-count, here 1 unless given, --max-vocab and --vocab apply to items; the other options of text do
    not.
    """
    of_events = {
        "layout": layout,
        "user": user,
        "item": item,
        "time": time,
        "rating": rating,
        "min_rating": min_rating,
        "ordered": ordered,
        "labels": labels,
        "strict": strict,
    }
    of_text = {
        "lowercase": lowercase,
        "tokenizer": tokenizer,
        "max_sentence_length": max_sentence_length,
        "counts": counts,
        "save_counts": save_counts,
        "threads": threads,
    }
    of_either = {"min_count": min_count, "max_vocab": max_vocab, "vocab": vocab}
    if interactions or layout:
        refuse(of_text, "applies to text, not to interactions", "leave it out")
        of_interactions.encode(inputs, output, {**of_events, **of_either}, progress)
        return
    refuse(of_events, "applies to interactions", "add --interactions")
    from e2v.corpus import build_corpus
    from e2v.corpus.options import resolve

    of_text["threads"] = available_cores() if threads is None else threads
    options = resolve({**of_text, **of_either})
    started = monotonic()
    with ProgressDisplay(progress, "vocab", "bytes") as display:

        def show(read: CountProgress) -> None:
            display.update(read.bytes, read.total_bytes, words=read.words)

        summary = build_corpus(inputs, output, options, show)
    print_summary(summary, output, options, monotonic() - started, progress)


def refuse(given: Mapping[str, Any], message: str, hint: str) -> None:
    """Options that do not apply are an error: silence would let a mistake pass for a choice."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(f"--{name.replace('_', '-')} {message}", hint)


def print_summary(
    summary: CorpusSummary, output: Path, options: VocabOptions, seconds: float, progress: ProgressMode
) -> None:
    """Say what became of the text."""
    rate = summary.words_read / max(seconds, 1e-9)
    if progress == "json":
        facts = {
            "task": "vocab",
            "output": str(output),
            **asdict(summary),
            "seconds": round(seconds, 3),
            "words_per_second": round(rate),
        }
        print(json.dumps(facts), file=sys.stderr)
    elif progress != "none":
        print(
            f"{output}: {summary.words_kept:,} words in {summary.sentences:,} sentences, "
            f"{summary.types_kept:,} of them different",
            f"left out: {summary.words_read - summary.words_kept:,} words, "
            f"{summary.types_read - summary.types_kept:,} of them different",
            *_notes(summary, options),
            f"{seconds:.1f} s, {short(rate)} words/s",
            sep="\n",
            file=sys.stderr,
        )


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
