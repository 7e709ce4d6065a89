"""`e2v embed`: the vectors of texts."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2v.cli.shared.messages import say_result, warn
from e2v.cli.shared.options import AskedModel, Making, Rows, output
from e2v.cli.shared.output import Output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.prompt import Prompt, converse
from e2v.errors import Advice, InputError, SettingError, UsageError
from e2v.notices import counted
from e2v.settings import argument
from e2v.texts.settings import EmbedSettings

if TYPE_CHECKING:
    from e2v.texts.embedder import TextEmbedder

_STDIN = "-"
_LINES_AT_ONCE = 1000

#: Endings of files that rows are redirected to.
_PRINTED = (".csv", ".tsv", ".json", ".jsonl")


@dataclass(frozen=True, kw_only=True)
class Files(Making, AskedModel, Rows):
    """What is read and written."""

    texts: tuple[str, ...] = argument(
        ..., "Files with a text on each line, globs, or - for stdin.", metavar="TEXT"
    )
    output: str | None = output()

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            SettingError: rows and a file at once, or a file that is to be compared, and is none.
        """
        super().check()
        if self.output is None and self.if_changed:
            raise SettingError("{if_changed} needs an output", hint="name one with -o")
        if self.output is not None and self.output.lower().endswith(_PRINTED):
            raise UsageError(
                f"{self.output}: -o writes .e2v and .npy files",
                Advice(
                    "rows are printed: {format} {} > {}",
                    {"csv": "csv", "tsv": "tsv"}.get(self.output.rpartition(".")[2].lower(), "json"),
                    self.output,
                ),
            )
        if self.output is not None and (self.header or self.format != "auto"):
            shown = "{header}" if self.header else "{format}"
            raise SettingError(f"{shown} does not go with {{output}}", hint="leave one of them out")


def command(files: Files, settings: EmbedSettings) -> None:
    """Make a vector of each line of text, of those of its words.

    The vector is the mean of the words' vectors, where a word counts the less, the more frequent it is, less
    what all texts have in common: smooth inverse frequency. `--weights mean` is the plain mean. Words are
    what they were in the text of the model: its tokenizer, lower case and phrases are recorded in it. A model
    with n-grams has a vector for words that it has never seen.

    Row i is line i; `--with-keys` leaves out blank lines. A line without a known word, such as an empty one,
    has a vector of zeros, and is counted.

    `-o lines.e2v` is for `e2v similar --text`, `map`, `cluster` and `export`: its keys are the lines'
    numbers, or with `--with-keys` their own, and its titles are the texts. `-o lines.npy` is an array,
    float32[lines, dimensions]. Without -o rows are printed; those of stdin as its lines come.

    Columns: key (the text, or with --with-keys its key), vector (its numbers with spaces between them).

    Examples:
        e2v embed lines.txt -o lines.e2v
        cut -f 1,3 products.tsv | e2v embed - --with-keys -o products.e2v
        e2v embed questions.txt | e2v similar --vector - -m lines.e2v
    """
    _see_files(files.texts)
    if files.output is None:
        _print(files, settings)
        return
    from e2v.jobs.embed import embed

    to = file_output(files.output, None, "a file of vectors")
    model = files.there()
    with ProgressDisplay() as progress:
        made = embed(files.texts, to, model, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("embed", to)
        return
    _warn(made.texts, made.empty, made.unknown)
    words = f"vectors of {counted(made.texts, 'text')}, {counted(made.dim, 'dimension')}"
    facts = {"texts": made.texts, "dim": made.dim, "empty": made.empty, "unknown": made.unknown}
    say_result("embed", made.output, [words], facts)


def _see_files(names: tuple[str, ...]) -> None:
    """See that the texts are files.

    Raises:
        InputError: one is none, perhaps because it is a text.
    """
    from e2v.inputs.sources import open_sources

    try:
        open_sources(names)
    except InputError as error:
        if error.hint is None and not all(name == _STDIN or os.access(name, os.F_OK) for name in names):
            error.hinted("a file has a text on each line; echo TEXT | e2v embed - is for one text")
        raise


def _print(files: Files, settings: EmbedSettings) -> None:
    """Print a row for each text."""
    from e2v.jobs.embed import embedder_of

    embedder = embedder_of(files.there(), settings)
    with files.printed(("key", "vector"), 1) as output:
        rows = _Rows(embedder, output, keyed=settings.with_keys)
        if files.texts == (_STDIN,) and settings.encoding is None:
            if sys.stdin.isatty():
                converse(
                    Prompt("embed", "a text asks for its vector"),
                    lambda line: rows.add([line]),
                    lambda *_: [],
                )
            else:
                from e2v.inputs.lines import waiting_texts

                remedy = Advice("{encoding} names their encoding")
                for waiting in waiting_texts(sys.stdin.fileno(), remedy):
                    rows.add(waiting)
        else:
            for source, first, lines in _lines(files, settings):
                rows.add(lines, source, first)
    rows.tell()


def _lines(files: Files, settings: EmbedSettings) -> Iterator[tuple[str, int, list[str]]]:
    """The lines of files, so many at a time, with the name of the file and the number of the first."""
    from e2v.cli.shared.following import followed
    from e2v.inputs.lines import lines
    from e2v.inputs.sources import open_sources

    for source in open_sources(files.texts, settings.encoding):
        first = 1
        with followed(_batches(text for _, text in lines(source)), "texts") as batches:
            for batch in batches:
                yield str(source), first, batch
                first += len(batch)


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(lines, _LINES_AT_ONCE)):
        yield batch


class _Rows:
    """Prints the vectors of lines, and counts those without a known word."""

    def __init__(self, embedder: TextEmbedder, output: Output, *, keyed: bool) -> None:
        from e2v.texts.lines import KeyedLines

        self._embedder = embedder
        self._output = output
        self._taken = KeyedLines("\t") if keyed else None
        self._lines = 0
        self.texts = self.empty = self.unknown = 0

    def add(self, lines: list[str], source: str = "stdin", first: int | None = None) -> None:
        """Print the vectors of some lines; first: the number of the first, where it is not the next.

        Raises:
            InputError: see `KeyedLines`.
        """
        keys = texts = lines
        if self._taken:
            keys, texts = self._taken.take(lines, source, first or self._lines + 1)
            self._lines += len(lines)
        made = self._embedder.embed(texts)
        for key, vector, text, known in zip(keys, made.vectors, texts, made.known.tolist(), strict=True):
            self._output.row(key, vector.tolist())
            self.empty += not known and not text.strip()
            self.unknown += not known and bool(text.strip())
        self.texts += len(keys)
        self._output.flush()

    def tell(self) -> None:
        """Say what was left out, and which vectors are of zeros."""
        if self._taken:
            self._taken.tell()
        _warn(self.texts, self.empty, self.unknown)


def _warn(texts: int, empty: int, unknown: int) -> None:
    """Say which vectors are of zeros."""
    told = [f"{empty:,} empty" if empty else "", f"{unknown:,} without a known word" if unknown else ""]
    if empty or unknown:
        warn(f"vectors of zeros: {' and '.join(filter(None, told))}, of {counted(texts, 'text')}")
