"""`e2v phrases`: words that belong together become one."""

from __future__ import annotations

import math
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from e2v import __version__
from e2v.cli.shared.encoding import encoded, scratch_beside
from e2v.cli.shared.messages import note
from e2v.cli.shared.options import (
    FormatOption,
    LowercaseOption,
    MaxSentenceLengthOption,
    ProgressOption,
    TokenizerOption,
)
from e2v.cli.shared.output import Output
from e2v.cli.shared.outputs import STDOUT, file_output
from e2v.cli.shared.summary import summarise
from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.corpus.artifact import Corpus

#: Where word2phrase and gensim set the bar for each score.
_THRESHOLDS = {"word2vec": 100.0, "npmi": 0.5}


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Text, or a corpus.e2v made with --min-count 1; - is stdin."),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="What to write; without it phrases are printed."),
    ] = None,
    to: Annotated[
        Literal["corpus", "text"],
        typer.Option(help="Write a corpus, or text, which may go to - (stdout)."),
    ] = "corpus",
    score: Annotated[
        Literal["word2vec", "npmi"], typer.Option(help="How a pair is scored; see docs/algorithms.md.")
    ] = "word2vec",
    threshold: Annotated[
        float | None,
        typer.Option(metavar="X", help="Least score of a phrase. \\[word2vec: 100, npmi: 0.5]"),
    ] = None,
    passes: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Each joins what the last one made: 2 find new_york_city."),
    ] = 1,
    stop: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Words, one a line, that are part of no phrase.")
    ] = None,
    delimiter: Annotated[str, typer.Option(metavar="TEXT", help="What joins the words.")] = "_",
    min_count: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Least count of a phrase, its words, and the words kept."),
    ] = 5,
    lowercase: LowercaseOption = None,
    tokenizer: TokenizerOption = None,
    max_sentence_length: MaxSentenceLengthOption = None,
    format: FormatOption = "auto",
    progress: ProgressOption = "auto",
) -> None:
    """Find pairs of words that stand together more often than by chance, such as new york, and join them.

    Without --output, print the phrases, best first. Columns: phrase, count, score.

    Text comes out line by line as it came in, blank lines and long ones too, with a space between words: read
    it with the tokenizer `whitespace`. Of a corpus only the sentences are known.
    """
    if output is not None and str(output) == STDOUT and to == "corpus":
        raise UsageError("a corpus cannot be written to stdout", "name a file, or use --to text")
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.text.phrases import PhraseOptions, check_neighbours, find_phrases, join_phrases
    from e2v.corpus.text.settings import resolve
    from e2v.inputs.sources import open_sources
    from e2v.store import reserved

    if to == "text" and output is not None and len(f"a{delimiter}b".encode().split()) != 1:
        raise UsageError(
            "words of a text stand between blanks, and joined by one they would be two again",
            "use another --delimiter, or write a corpus",
        )
    if to == "text" and output is not None and not delimiter:
        raise UsageError("joined by nothing, phrases could not be told from words", "use another --delimiter")
    if threshold is not None and math.isnan(threshold):
        raise UsageError("--threshold must be a number, not nan")
    options = PhraseOptions(
        score=score,
        threshold=_THRESHOLDS[score] if threshold is None else threshold,
        min_count=min_count,
        delimiter=delimiter,
    )
    text = {"lowercase": lowercase, "tokenizer": tokenizer, "max_sentence_length": max_sentence_length}
    outputs = [] if output is None or str(output) == STDOUT else [file_output(output, None, "a corpus")]
    beside = outputs[0].path if outputs else None
    read = [*(source.name for source in open_sources(inputs)), stop]
    excluded = _words(stop) if stop else frozenset[str]()
    found: list[tuple[str, int, float]] = []
    # Left out, a rare word would make neighbours of those around it; lines are cut when all is joined.
    as_it_is = {"min_count": 1, "keep_lines": True}
    with (
        reserved("phrases", outputs, read),
        scratch_beside(beside) as folder,
        encoded(inputs, beside, text, as_it_is, progress) as corpus,
    ):
        for remark in check_neighbours(corpus):
            note(remark, progress)
        if to == "text" and output is not None and corpus.name == str(corpus.path):
            note(f"{corpus.name} has sentences, not lines: blank ones are missing, long ones cut", progress)
        longest = max_sentence_length or resolve({}).max_sentence_length
        for number in range(passes):
            phrases = find_phrases(corpus, options, excluded)
            if not len(phrases.first):
                break
            found += [
                (f"{corpus.keys[a]}{delimiter}{corpus.keys[b]}", count, score_)
                for a, b, count, score_ in zip(*map(_list, astuple(phrases)), strict=True)
            ]
            if output is not None or number + 1 < passes:
                path = folder / f"{number}.e2v"
                join_phrases(corpus, phrases, path, delimiter)
                corpus = open_corpus(path, corpus.name)  # noqa: PLW2901 - the next pass works on it
        if output is not None:
            settings = {**options.as_dict(), "passes": passes, "stop": sorted(excluded)}
            _write(corpus, beside, to, settings, min_count, longest)
            words = f"{len(found):,} phrases joined in {passes:,} passes"
            facts = {"phrases": len(found), "passes": passes}
            summarise(progress, "phrases", beside, [words], facts)
            return
    with Output(format, ["phrase", "count", "score"]) as rows:
        for row in found:
            rows.row(*row)


def _write(
    corpus: Corpus,
    output: Path | None,
    to: Literal["corpus", "text"],
    settings: dict[str, Any],
    min_count: int,
    longest: int,
) -> None:
    """Write the joined corpus, for training or as text, which goes to stdout if there is no output."""
    from e2v.corpus.text.phrases import lines, prune
    from e2v.store import atomic_path

    if output is None:
        sys.stdout.buffer.writelines(lines(corpus))
    elif to == "corpus":
        made = {"tool": "e2v", "version": __version__, "command": "phrases"}
        prune(corpus, output, min_count, longest, {**made, "settings": settings, "text": corpus.provenance})
    else:
        with atomic_path(output) as path, path.open("wb") as file:
            file.writelines(lines(corpus))


def _words(path: Path) -> frozenset[str]:
    """The words of a stop list."""
    from e2v.inputs.lines import lines
    from e2v.inputs.sources import Source

    return frozenset(word for _, line in lines(Source(str(path))) for word in line.split())


def _list(array: Any) -> list[Any]:
    return list(array.tolist())
