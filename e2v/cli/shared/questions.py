"""Questions to a set of vectors, from the command line or from stdin, one a line."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from e2v.cli.shared.messages import warn
from e2v.cli.shared.options import Oov, Questions
from e2v.cli.shared.output import Output, Value
from e2v.cli.shared.prompt import Prompt, converse
from e2v.cli.shared.question_lines import stdin_batches
from e2v.errors import E2VError, InputError, SharedTitleError, UnknownKeyError, UsageError, ZeroVectorError
from e2v.inputs.tsv import unescape

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors, ResolvedKey

#: The rows that answer a question, without the columns that repeat it.
Rows: TypeAlias = Sequence[Sequence[Value]]

#: Answers a batch of questions.
Answering: TypeAlias = "Callable[[list[list[ResolvedKey]]], Iterator[Rows]]"


class Question(NamedTuple):
    """The keys asked about, or titles of keys, and the line of stdin that they were on.

    given: what they stand for, where that need not be looked up; empty if it is known to be nothing.
    fault: what is wrong with a line that is no question. is_text: the name is a text, and no key.
    """

    names: list[str]
    line: int | None = None
    given: Sequence[ResolvedKey] | None = None
    fault: InputError | None = None
    is_text: bool = False


class _Lack(Enum):
    """Why a question has no answer, as stderr sums it up."""

    MALFORMED = "had too few keys or too many"
    UNKNOWN = "had a key that is not in the vocabulary"
    NO_WORD = "had no word that is in the vocabulary"
    SHARED = "had a name that several items share"
    ZERO = "had a key whose vector is all zeros: nothing is like it"
    ENDLESS = "had a key whose vector is not finite, or far too long: nothing is like it"
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
    A tab always does. fixed: keys that are part of every question besides. caption: of a table, what its
    question comes to.
    """

    columns: Sequence[str]
    query: Callable[[list[str]], Sequence[Value]]
    least: int
    most: int | None
    spaced: bool
    fixed: Sequence[ResolvedKey] = ()
    caption: Callable[[list[str]], str] | None = None
    prompt: Prompt = Prompt("", "")

    def read(self, line: str, number: int | None = None) -> Question:
        """The question on a line of stdin, or on one that was typed, which has no number.

        Raises:
            InputError: one that was typed has too few keys or too many.
        """
        keys = line.split("\t")
        if self.spaced and len(keys) == 1:
            keys = [key for key in line.split(" ") if key]
        fault = None
        if complaint := self._complaint(len(keys)):
            fault = InputError(complaint, "tabs separate keys that hold spaces")
            if number is None:
                raise fault
            keys = [*keys, *[""] * self.least][: self.most]
        return Question([unescape(key) for key in keys], number, fault=fault)

    def separated(self, line: str) -> str:
        """A line that was typed, where a tab completes: its words are keys if a question may have several."""
        return line if "\t" in line or self.most is not None else "\t".join(line.split())

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
    answer: Answering,
    questions: Questions,
    *,
    batches: Iterator[list[Question]] | None = None,
    total: int | None = None,
    of_directions: bool = False,
    batch_size: int = 1000,
) -> None:
    """Print the answers to the questions of the command line, or, if that is `-`, of stdin as they come.

    answer: yields the rows that answer each of a batch of questions, given as keys that are all known. What
        the rows have beyond the form's columns is not printed.
    questions: what becomes of the others, and how rows are printed.
    batches: questions from elsewhere, in place of those that are `asked`; total: how many, if that is known.
    of_directions: a vector of zeros, or without end, cannot be asked about, as it has none; its questions are
        as those of unknown keys.

    Raises:
        UnknownKeyError: an unknown key, or a title that several have, with oov fail.
        ZeroVectorError: `of_directions`, a vector without a direction, with oov fail or in every question.
        UsageError, InputError: a question has too few keys or too many.
    """
    from_stdin = batches is None and asked == [["-"]]
    streamed = from_stdin or batches is not None
    if batches is None and not from_stdin:
        batches = iter([[form.check(Question(keys)) for keys in asked]])
    elif batches is None and not sys.stdin.isatty():
        batches = stdin_batches(form.read, batch_size)
    if of_directions and form.fixed:
        for error in _directionless(vectors, [key.key for key in form.fixed], form.fixed):
            if error:
                raise error
    columns = [*form.columns, "unseen"] if questions.mark_unseen else form.columns
    with questions.printed(columns, len(form.query([""] * form.least))) as output:

        def answers(policy: Oov) -> _Answers:
            return _Answers(form, vectors, answer, output, questions, policy, streamed, of_directions)

        if batches is not None:
            all_answers = answers(questions.oov or ("null" if streamed else "fail"))
            if not streamed:
                all_answers.give_all(batches)
                return
            from e2v.cli.shared.following import followed, say_answered

            with followed(batches, "questions", total) as counted_batches:
                all_answers.give_all(counted_batches)
            say_answered(form.prompt.command, all_answers.total)
            return

        def reply(line: str) -> None:
            one = answers("fail")
            one.give([form.read(line if _is_one_key(vectors, line) else form.separated(line))])
            one.summarise()

        converse(form.prompt, reply, vectors.titled.beginning_with)


class _Answers:
    """Prints answers, and knows what had none, and why.

    policy: what becomes of questions without an answer. streamed: a good one has its row in any case.
    """

    def __init__(
        self,
        form: QuestionForm,
        vectors: KeyedVectors,
        answer: Answering,
        output: Output,
        questions: Questions,
        policy: Oov,
        streamed: bool,
        of_directions: bool,
    ) -> None:
        self._form = form
        self._vectors = vectors
        self._answer = answer
        self._output = output
        self._mark_unseen = questions.mark_unseen
        self._policy = policy
        self._marks_unanswered = policy == "null" or (policy == "fail" and streamed)
        self._of_directions = of_directions
        self._by_ngrams = 0
        self._first_by_ngrams = ""
        self._lacks = _Lacks()
        self.total = 0

    def give_all(self, batches: Iterable[Sequence[Question]]) -> None:
        """Print the answers to all questions, and tell on stderr what had none."""
        for batch in batches:
            self.give(batch)
        self.summarise()

    def give(self, batch: Sequence[Question]) -> None:
        """Print the answers to some questions.

        Raises:
            UnknownKeyError, ZeroVectorError: see `answer_questions`.
        """
        form = self._form
        meanings = [_meaning(self._vectors, question) for question in batch]
        if self._of_directions:
            meanings = _without_zeros(self._vectors, batch, meanings)
        answers = self._answer([meaning.keys for meaning in meanings if meaning.lack is None])
        if form.caption and len(batch) == 1:
            self._output.caption(form.caption(batch[0].names))
        for question, meaning in zip(batch, meanings, strict=True):
            query = form.query(question.names)
            rows: Rows = () if meaning.lack else next(answers)
            unseen = self._unseen(question, meaning)
            made = [unseen or None] if self._mark_unseen else []
            for row in rows:
                self._output.row(*query, *row[: len(form.columns) - len(query)], *made)
            if meaning.lack:
                error = partial(_error, meaning, question.line)
                if self._policy == "fail":
                    raise error()
                self._lacks.note(meaning.lack, error)
            elif not rows:
                self._lacks.note(_Lack.NOTHING_LEFT)
            if unseen:
                self._first_by_ngrams = self._first_by_ngrams or unseen[0]
                self._by_ngrams += 1
            if not rows and (self._policy == "null" or (self._marks_unanswered and not meaning.lack)):
                self._output.row(*query, *[None] * (len(form.columns) - len(query) + len(made)))
        self._output.flush()
        self.total += len(batch)

    def _unseen(self, question: Question, meaning: _Meaning) -> list[str]:
        """Keys of the question, which can be answered, that have their vectors from their n-grams."""
        if meaning.lack:
            return []
        named = meaning.keys if question.given is None else ()
        return [key.key for key in (*named, *self._form.fixed) if key.row < 0]

    def summarise(self) -> None:
        """Tell on stderr what had no answer, and what n-grams had to answer."""
        if self._by_ngrams:
            warn(
                f"{self._by_ngrams} of {self.total} questions {_Lack.UNKNOWN.value}, "
                f"first '{self._first_by_ngrams}'; n-grams made its vector"
            )
        self._lacks.summarise(self.total)


class _Lacks:
    """Counts the questions without an answer, by what they lack."""

    def __init__(self) -> None:
        self._counts: Counter[_Lack] = Counter()
        self._first: dict[_Lack, Callable[[], E2VError]] = {}

    def note(self, lack: _Lack, error: Callable[[], E2VError] | None = None) -> None:
        """One more; error: makes what to say of it alone."""
        self._counts[lack] += 1
        if error is not None:
            self._first.setdefault(lack, error)

    def summarise(self, total: int) -> None:
        """Tell them on stderr, and the first name that is unknown or shared."""
        for lack in _Lack:
            if count := self._counts[lack]:
                error = self._first[lack]() if lack in self._first else None
                first = ""
                if lack is _Lack.SHARED:
                    first = f": {error}"
                elif isinstance(error, UnknownKeyError):
                    first = f", first '{error.key}'" + (f"; {error.hint}" if error.hint else "")
                warn(f"{count} of {total} questions {lack.value}{first}")


def _is_one_key(vectors: KeyedVectors, line: str) -> bool:
    """Whether a line, blanks and all, is a key, or what several are called."""
    try:
        return vectors.find(line) is not None
    except SharedTitleError:
        return True


def _meaning(vectors: KeyedVectors, question: Question) -> _Meaning:
    """The keys that a question means; each is looked up here, and nowhere after."""
    if question.fault:
        return _Meaning([], _Lack.MALFORMED, partial(_itself, question.fault))
    if question.given:
        return _Meaning(list(question.given))
    if question.is_text:
        return _Meaning([], _Lack.NO_WORD, partial(_no_known_word, question.names[0]))
    keys: list[ResolvedKey] = []
    for name in question.names:
        try:
            key = vectors.find(name) if question.given is None else None
        except SharedTitleError as shared:
            return _Meaning([], _Lack.SHARED, partial(_itself, shared))
        if key is None:
            return _Meaning([], _Lack.UNKNOWN, partial(vectors.unknown, name))
        keys.append(key)
    return _Meaning(keys)


def _without_zeros(
    vectors: KeyedVectors, batch: Sequence[Question], meanings: Sequence[_Meaning]
) -> list[_Meaning]:
    """The meanings, of which those with a vector that has no direction say so."""
    named = [
        (name, key)
        for question, meaning in zip(batch, meanings, strict=True)
        for name, key in zip(question.names, meaning.keys, strict=False)  # no keys where something is wrong
    ]
    wrong = iter(_directionless(vectors, [name for name, _ in named], [key for _, key in named]))
    found = []
    for question, meaning in zip(batch, meanings, strict=True):
        of_keys = itertools.islice(wrong, min(len(question.names), len(meaning.keys)))
        error = next((error for error in list(of_keys) if error), None)
        lack = _Lack.ENDLESS if error and error.endless else _Lack.ZERO
        found.append(_Meaning([], lack, partial(_itself, error)) if error else meaning)
    return found


def _directionless(
    vectors: KeyedVectors, names: Sequence[str], keys: Sequence[ResolvedKey]
) -> list[ZeroVectorError | None]:
    """See `e2v.vectors.matrix.directionless`."""
    from e2v.vectors.matrix import directionless

    return directionless(names, vectors.vectors_of(keys))


def _error(meaning: _Meaning, line: int | None) -> E2VError:
    """The error for a question that cannot be asked, with its line."""
    assert meaning.error
    error = meaning.error()
    error.message = placed(error.message, line)
    return error


def placed(message: str, line: int | None) -> str:
    """The message, with the line of stdin that it is about."""
    return message if line is None else f"line {line}: {message}"


def _no_known_word(text: str) -> E2VError:
    from e2v.texts.source import no_known_word

    return no_known_word(text)


def _itself(error: E2VError) -> E2VError:
    return error
