"""Options of the commands that read text, spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

MinCountOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--min-count", metavar="N", help="Leave out words that occur less often. \\[5]"),
]

MaxVocabOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--max-vocab", metavar="N", help="Keep the N most frequent words. \\[all]"),
]

LowercaseOption: TypeAlias = Annotated[
    bool | None,
    typer.Option("--lowercase", help="Count words in lower case, of any script.", show_default=False),
]

TokenizerOption: TypeAlias = Annotated[
    Literal["whitespace", "word", "character"] | None,
    typer.Option(
        "--tokenizer",
        help="A word is what stands between blanks; or letters and digits of any script, without "
        "punctuation; or each character, for scripts without spaces. \\[whitespace]",
    ),
]

MaxSentenceLengthOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--max-sentence-length",
        metavar="N",
        help="Cut lines of more than N words, left-out ones not counted, into several sentences. \\[10000]",
    ),
]

CountsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--counts",
        metavar="FILE",
        help="Take words and their counts from a list instead of counting: a word, a blank and its count on "
        "each line. --min-count and --max-vocab apply to it.",
    ),
]

FrozenVocabOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--vocab", metavar="FILE", help="Take keys, ids and counts as they are in another corpus or model."
    ),
]
