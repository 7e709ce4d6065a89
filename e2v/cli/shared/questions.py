"""Questions to a set of vectors, from the command line or from stdin, one a line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from e2v.cli.shared.messages import warn
from e2v.cli.shared.options import Questions
from e2v.cli.shared.output import Output, Value
from e2v.cli.shared.tsv import unescape
from e2v.errors import E2VError, InputError, SharedTitleError, UsageError, ZeroVectorError

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors, ResolvedKey

#: The rows that answer a question, without the columns that repeat it.
Rows: TypeAlias = Sequence[Sequence[Value]]

_Asked = TypeVar("_Asked")


class Question(NamedTuple):
    """The keys asked about, or titles of keys, and the line of stdin that they were on."""

    names: list[str]
    line: int | None = None


class _Lack(Enum):
    """Why a question has no answer, as stderr sums it up."""

    UNKNOWN = "had a key that is not in the vocabulary"
    SHARED = "had a name that several items share"
    ZERO = "had a key whose vector is all zeros: nothing is like it"
    NOTHING_LEFT = "had no key left to answer them"


class _Meaning(NamedTuple):
    """The keys that the names of a question mean.

    lack: what is wrong with the first name of which something is; then there are no keys.
    error: makes the error for that name; not before it is needed, as it looks for keys that are alike.
    """

    keys: list[ResolvedKey]
    lack: _Lack | None = None
    error: Callable[[], E2VError] | None = None


class QuestionForm(NamedTuple):
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
    fixed: Sequence[ResolvedKey] = ()

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


def answer_columns(vectors: KeyedVectors) -> Sequence[str]:
    """The columns of an `Answer`: the last, only where keys have titles."""
    return ("key", "score") if vectors.titled.titles is None else ("key", "score", "title")


def answer_questions(
    form: QuestionForm,
    asked: list[list[str]],
    vectors: KeyedVectors,
    answer: Callable[[list[list[ResolvedKey]]], Iterator[Rows]],
    questions: Questions,
    *,
    of_directions: bool = False,
    batch_size: int = 1000,
) -> None:
    """Print the answers to the questions of the command line, or, if that is `-`, of stdin as they come.

    answer: yields the rows that answer each of a batch of questions, given as keys that are all known. What
        the rows have beyond the form's columns is not printed.
    questions: what becomes of the others, and how rows are printed.
    of_directions: a vector of zeros cannot be asked about, as it has none; its questions are as those of
        unknown keys.

    Raises:
        UnknownKeyError: an unknown key, or a title that several have, with oov fail.
        ZeroVectorError: `of_directions`, a vector of zeros, with oov fail or in every question.
        UsageError, InputError: a question has too few keys or too many.
    """
    from_stdin = asked == [["-"]]
    policy = questions.oov or ("null" if from_stdin else "fail")
    if from_stdin:
        batches = stdin_batches(form.read, batch_size)
    else:
        batches = iter([[form.check(Question(keys)) for keys in asked]])
    if of_directions and (zeros := _zeros(vectors, form.fixed)):
        raise ZeroVectorError(next(key.key for key in form.fixed if key.key in zeros))
    total = by_ngrams = 0
    lacks = _Lacks()
    mark_unseen = questions.mark_unseen
    columns = [*form.columns, "unseen"] if mark_unseen else form.columns
    with Output(questions.format, columns, len(form.query([""] * form.least))) as output:
        for batch in batches:
            meanings = [_meaning(vectors, question.names) for question in batch]
            if of_directions:
                meanings = _without_zeros(vectors, batch, meanings)
            answers = answer([meaning.keys for meaning in meanings if meaning.lack is None])
            for question, meaning in zip(batch, meanings, strict=True):
                query = form.query(question.names)
                answered = False
                if meaning.lack is None:
                    unseen = [key.key for key in (*meaning.keys, *form.fixed) if key.row < 0]
                    by_ngrams += bool(unseen)
                    made = [unseen or None] if mark_unseen else []
                    for row in next(answers):
                        output.row(*query, *row[: len(form.columns) - len(query)], *made)
                        answered = True
                    if not answered:
                        lacks.note(_Lack.NOTHING_LEFT)
                else:
                    error = partial(_error, meaning, question.line)
                    if policy == "fail":
                        raise error()
                    lacks.note(meaning.lack, error)
                # With oov fail, too, a line of stdin that is a good question has its row.
                if not answered and (policy == "null" or (policy == "fail" and from_stdin)):
                    output.row(*query, *[None] * (len(columns) - len(query)))
            output.flush()
            total += len(batch)
    if by_ngrams:
        warn(
            f"{by_ngrams} of {total} questions had a key that is not in the vocabulary; "
            "n-grams made its vector"
        )
    lacks.summarise(total)


class _Lacks:
    """Counts the questions without an answer, by what they lack."""

    def __init__(self) -> None:
        self._counts: Counter[_Lack] = Counter()
        self._shared: E2VError | None = None

    def note(self, lack: _Lack, error: Callable[[], E2VError] | None = None) -> None:
        """One more; error: makes what to say of it alone."""
        self._counts[lack] += 1
        if lack is _Lack.SHARED and self._shared is None and error is not None:
            self._shared = error()

    def summarise(self, total: int) -> None:
        """Tell them on stderr, and of names that are shared the first."""
        for lack in _Lack:
            if count := self._counts[lack]:
                first = f": {self._shared}" if lack is _Lack.SHARED else ""
                warn(f"{count} of {total} questions {lack.value}{first}")


def read_keys(path: Path) -> Iterator[str]:
    """The keys in a file, or on stdin if it is `-`, one a line, spaces and all.

    Raises:
        InputError: it is missing or unreadable.
    """
    from e2v.inputs.lines import lines
    from e2v.inputs.sources import Source

    for _, text in lines(Source(str(path))):
        if text:
            yield unescape(text)


def stdin_batches(read: Callable[[str, int], _Asked], size: int) -> Iterator[list[_Asked]]:
    """Questions as they come: a batch is what was waiting to be read, at most `size` of them.

    read: makes a question of a line that is not empty, and its number.

    Raises:
        InputError: as `read`, once the questions before that line have been answered.
    """
    from e2v.inputs.lines import waiting_lines

    number = 0
    for lines in waiting_lines(sys.stdin.fileno()):
        batch: list[_Asked] = []
        for text in lines:
            number += 1
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


def _meaning(vectors: KeyedVectors, names: Sequence[str]) -> _Meaning:
    """The keys that some names mean; each is looked up here, and nowhere after."""
    keys: list[ResolvedKey] = []
    for name in names:
        try:
            key = vectors.find(name)
        except SharedTitleError as shared:
            return _Meaning([], _Lack.SHARED, partial(_itself, shared))
        if key is None:
            return _Meaning([], _Lack.UNKNOWN, partial(vectors.unknown, name))
        keys.append(key)
    return _Meaning(keys)


def _without_zeros(
    vectors: KeyedVectors, batch: Sequence[Question], meanings: Sequence[_Meaning]
) -> list[_Meaning]:
    """The meanings, of which those with a vector of zeros say so."""
    zeros = _zeros(vectors, (key for meaning in meanings for key in meaning.keys))
    found = []
    for question, meaning in zip(batch, meanings, strict=True):
        named = zip(meaning.keys, question.names, strict=False)  # no keys where something is wrong already
        name = next((name for key, name in named if key.key in zeros), None)
        zero = _Meaning([], _Lack.ZERO, partial(ZeroVectorError, name or ""))
        found.append(meaning if name is None else zero)
    return found


def _zeros(vectors: KeyedVectors, keys: Iterable[ResolvedKey]) -> set[str]:
    """Those of the keys that have a vector of zeros."""
    from e2v.vectors.matrix import directed

    distinct = {key.key: key for key in keys}
    if not distinct:
        return set()
    has_direction = directed(vectors.vectors_of(distinct.values()))
    return {key for key, has in zip(distinct, has_direction, strict=True) if not has}


def _error(meaning: _Meaning, line: int | None) -> E2VError:
    """The error for a question that cannot be asked, with its line."""
    assert meaning.error
    error = meaning.error()
    if line is not None:
        error.message = f"line {line}: {error.message}"
    return error


def _itself(error: E2VError) -> E2VError:
    return error
