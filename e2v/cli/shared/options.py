"""Options that several commands share, spelled and explained once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from e2v.cli.shared.output import OutputFormat
from e2v.cli.shared.progress import ProgressMode

DEFAULT_MODEL = Path("model.e2v")

ModelOption: TypeAlias = Annotated[
    Path,
    typer.Option("--model", "-m", envvar="E2V_MODEL", metavar="FILE", help="The vectors to ask."),
]

FormatOption: TypeAlias = Annotated[
    OutputFormat,
    typer.Option(
        "--format",
        help="How to print: a table, tab-separated values without a header, or JSON lines; auto is a table "
        "on a terminal, TSV elsewhere. In TSV a missing value is an empty field; a tab, newline, carriage "
        "return or backslash within a field is written `\\t`, `\\n`, `\\r` or `\\\\`, as it is on stdin.",
    ),
]

NumberOption: TypeAlias = Annotated[
    int, typer.Option("--number", "-n", min=1, metavar="N", help="How many answers to print.")
]

VectorsOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--vectors",
        metavar="WHICH",
        help="input, output, sum[:W] (input + W * output) or concat[:W[:A]] (unit (input + A * output) "
        "beside W * unit output); W is 1 and A 0 unless given.",
    ),
]

CenterOption: TypeAlias = Annotated[
    bool, typer.Option("--center", help="Scale the vectors to length 1 and take their mean from each.")
]

RestrictOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--restrict", min=1, metavar="N", help="Only the N most frequent keys can be answers."),
]

Method: TypeAlias = Literal["3cosadd", "3cosmul"]

MethodOption: TypeAlias = Annotated[
    Method,
    typer.Option(
        "--method",
        help="Combine terms by adding vectors, or by multiplying similarities (Levy and Goldberg 2014).",
    ),
]

Oov: TypeAlias = Literal["null", "skip", "fail"]

OovOption: TypeAlias = Annotated[
    Oov | None,
    typer.Option(
        "--oov",
        help="What a question with an unknown key gets: a row without an answer, no row, or an error that "
        "ends the run. Unless given, null for questions from stdin, fail for those on the command line. With "
        "null, a question that no key is left to answer has such a row, too.",
    ),
]

MarkUnseenOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--mark-unseen",
        help="Add a last column, unseen: the keys of the question that are not in the vocabulary, and have "
        "their vectors from their n-grams.",
    ),
]

ProgressOption: TypeAlias = Annotated[
    ProgressMode,
    typer.Option(
        "--progress",
        help="What stderr is told of progress and, at the end, of what was made: auto is a bar on a terminal "
        "and a line of words a minute elsewhere, with a summary in words; json is JSON lines for both; none "
        "leaves errors, and reports of data that were left out.",
    ),
]

MinCountOption: TypeAlias = Annotated[
    int | None, typer.Option("--min-count", metavar="N", help="Leave out words that are rarer. \\[5]")
]

MaxVocabOption: TypeAlias = Annotated[
    int | None, typer.Option("--max-vocab", metavar="N", help="Keep only the N most frequent words. \\[all]")
]

LowercaseOption: TypeAlias = Annotated[
    bool | None,
    typer.Option("--lowercase/--no-lowercase", help="Count words in lower case, of any script. \\[no]"),
]

TokenizerOption: TypeAlias = Annotated[
    Literal["whitespace", "word", "character"] | None,
    typer.Option(
        "--tokenizer",
        help="Tokens are what stands between blanks (ASCII's); or words and numbers of any script without "
        "the punctuation around them (don't and 3.14 are one, well-known two); or single characters, for "
        "scripts without spaces. \\[whitespace]",
    ),
]

MaxSentenceLengthOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--max-sentence-length",
        metavar="N",
        help="Cut a line of more words into several sentences. \\[10000]",
    ),
]

EncodingOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="How the input is encoded, such as latin-1 or gb18030. \\[told by its first bytes: UTF-8, "
        "UTF-16, Latin-1 or Windows-1252]",
    ),
]

FrozenVocabularyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--vocab", metavar="FILE", help="Encode with the vocabulary of another .e2v file, as it is there."
    ),
]


def available_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
