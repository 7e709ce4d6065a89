"""Questions to a set of vectors, from the command line or from stdin, one a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from e2v.cli.options import Oov
from e2v.cli.output import Output, OutputFormat, Value
from e2v.cli.tsv import unescape
from e2v.errors import InputError, SharedLabelError, UnknownKeyError, UsageError

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors

#: The rows that answer a question, without the columns that repeat it.
Rows: TypeAlias = Sequence[Sequence[Value]]

_READ_SIZE = 1 << 16

_Asked = TypeVar("_Asked")


@dataclass(frozen=True)
class Question:
    """The keys asked about, or labels of keys, and the line of stdin that they were on."""

    names: list[str]
    line: int | None = None


class _Meaning(NamedTuple):
    """The keys that the names of a question mean.

    unseen: the names that are no keys, and have a vector from their n-grams.
    unknown: the first name that means nothing, or several things; then the others do not count.
    """

    keys: list[str]
    unseen: list[str]
    unknown: str | None = None


@dataclass(frozen=True)
class QuestionForm:
    """What a command's questions look like.

    columns: of the output; the first so many as `query` makes of the names repeat the question.
    least, most: how many keys a question has. spaced: whether spaces separate the keys of a line.
    A tab always does. fixed: keys that are part of every question besides.
    """

    columns: Sequence[str]
    query: Callable[[list[str]], Sequence[Value]]
    least: int
    most: int | None
    spaced: bool
    fixed: Sequence[str] = ()

    def read(self, line: str, number: int) -> Question:
        """The question on a line of stdin."""
        keys = line.split("\t")
        if self.spaced and len(keys) == 1:
            keys = [key for key in line.split(" ") if key]
        if complaint := self._complaint(len(keys)):
            raise InputError(f"line {number}: {complaint}", "tabs separate keys that hold spaces")
        return Question([unescape(key) for key in keys], number)

    def check(self, question: Question) -> Question:
        """The question, if it has as many keys as it should."""
        if complaint := self._complaint(len(question.names)):
            raise UsageError(complaint, "give the keys, or - to read them from stdin")
        return question

    def _complaint(self, count: int) -> str | None:
        if count < self.least or (self.most is not None and count > self.most):
            wanted = f"{self.least}" if self.least == self.most else f"{self.least} or more"
            return f"there should be {wanted} keys, not {count}"
        return None


def open_vectors(model: Path, which: str, center: bool, *, one_space: bool = False) -> KeyedVectors:
    """Map the vectors to ask.

    Raises:
        UsageError: `one_space`, where a key should have one vector, and `which` names two.
    """
    # A query waits for memory, which one core keeps busy. More BLAS threads than free cores make it
    # wait for them instead, 50 times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from e2v.vectors import load_vectors

    vectors = load_vectors(model, which, center=center)
    if one_space and vectors.targets is not None:
        raise UsageError(f"--vectors {which} names two vectors of a key", "use input, output, sum or concat")
    return vectors


def answer_columns(vectors: KeyedVectors) -> Sequence[str]:
    """The columns of an `Answer`: the last, only where keys have labels."""
    return ("key", "score") if vectors.labelled.labels is None else ("key", "score", "label")


def answer_questions(
    form: QuestionForm,
    asked: list[list[str]],
    vectors: KeyedVectors,
    answer: Callable[[list[list[str]]], Iterator[Rows]],
    *,
    format: OutputFormat,
    oov: Oov | None = None,
    mark_unseen: bool = False,
    batch_size: int = 1000,
) -> None:
    """Print the answers to the questions of the command line, or, if that is `-`, of stdin as they come.

    answer: yields the rows that answer each of a batch of questions, given as keys that are all known. What
        the rows have beyond the form's columns is not printed.
    oov: what becomes of the others; None is null for stdin, fail for the command line.
    mark_unseen: add a column of the keys that only their n-grams give a vector.

    Raises:
        UnknownKeyError: an unknown key, or a label that several have, with oov fail.
        UsageError, InputError: a question has too few keys or too many.
    """
    from_stdin = asked == [["-"]]
    policy = oov or ("null" if from_stdin else "fail")
    if from_stdin:
        batches = stdin_batches(form.read, batch_size)
    else:
        batches = iter([[form.check(Question(keys)) for keys in asked]])
    unseen = [key for key in form.fixed if key not in vectors.keys]
    total = without = by_ngrams = 0
    columns = [*form.columns, "unseen"] if mark_unseen else form.columns
    with Output(format, columns, len(form.query([""] * form.least))) as output:
        for batch in batches:
            meanings = [_meaning(vectors, question, unseen) for question in batch]
            known = [meaning.keys for meaning in meanings if meaning.unknown is None]
            answers = answer(known)
            for question, meaning in zip(batch, meanings, strict=True):
                query = form.query(question.names)
                if meaning.unknown is None:
                    by_ngrams += bool(meaning.unseen)
                    made = [meaning.unseen or None] if mark_unseen else []
                    for row in next(answers):
                        output.row(*query, *row[: len(form.columns) - len(query)], *made)
                elif policy == "fail":
                    _refuse(vectors, meaning.unknown, question.line)
                elif policy == "null":
                    output.row(*query, *[None] * (len(columns) - len(query)))
            output.flush()
            total += len(batch)
            without += len(batch) - len(known)
    if by_ngrams:
        print(
            f"e2v: {by_ngrams} of {total} questions had a key that is not in the vocabulary; "
            "n-grams made its vector",
            file=sys.stderr,
        )
    if without:
        print(f"e2v: {without} of {total} questions had a key that is not in the vocabulary", file=sys.stderr)


def read_keys(path: Path) -> Iterator[str]:
    """The keys in a file, or on stdin if it is `-`, one a line, spaces and all.

    Raises:
        InputError: it is missing or unreadable.
    """
    from e2v.inputs.sources import Source

    for line in b"".join(Source(str(path)).chunks()).split(b"\n"):
        if text := line.removesuffix(b"\r").decode("utf-8", "surrogateescape"):
            yield unescape(text)


def stdin_batches(read: Callable[[str, int], _Asked], size: int) -> Iterator[list[_Asked]]:
    """Questions as they come: a batch is what was waiting to be read, at most `size` of them.

    read: makes a question of a line that is not empty, and its number.

    Raises:
        InputError: as `read`, once the questions before that line have been answered.
    """
    number = 0
    for lines in _stdin_lines():
        batch: list[_Asked] = []
        for line in lines:
            number += 1
            text = line.removesuffix(b"\r").decode("utf-8", "surrogateescape")
            if not text:
                continue
            try:
                batch.append(read(text, number))
            except InputError:
                yield batch  # what came before the bad line has its answers first
                raise
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


def _stdin_lines() -> Iterator[list[bytes]]:
    """Whole lines, without their ends, as many as each read brings."""
    rest = b""
    while chunk := os.read(sys.stdin.fileno(), _READ_SIZE):
        *lines, rest = (rest + chunk).split(b"\n")
        yield lines
    if rest:
        yield [rest]


def _meaning(vectors: KeyedVectors, question: Question, unseen: Sequence[str]) -> _Meaning:
    """What a question asks about; `unseen` are the unseen words that are part of it anyway."""
    meaning = _Meaning([], [])
    for name in question.names:
        try:
            row = vectors.labelled.find(name)
        except SharedLabelError:
            return _Meaning([], [], name)
        if row < 0:
            if name not in vectors:
                return _Meaning([], [], name)
            meaning.unseen.append(name)
        meaning.keys.append(name if row < 0 else vectors.keys[row])
    meaning.unseen.extend(unseen)
    return meaning


def _refuse(vectors: KeyedVectors, name: str, line: int | None) -> None:
    """Raise the error for a name that means no key."""
    try:
        vectors.key_of(name)
    except UnknownKeyError as error:
        if line is not None:
            error.message = f"line {line}: {error.message}"
        raise
