"""`e2v recommend`: the items for a user, or for whoever has these items."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import DEFAULT_MODEL, FormatOption, NumberOption, Oov, OovOption
from e2v.cli.shared.output import Output
from e2v.cli.shared.questions import stdin_batches
from e2v.cli.shared.tsv import unescape
from e2v.errors import InputError, SharedTitleError, UnknownKeyError, UsageError

if TYPE_CHECKING:
    from e2v.recommend.recommender import Service
    from e2v.recommend.user_store import User

_SHOWN = 3


class Question(NamedTuple):
    """Who is asked for: a user, by id, or whoever has a history of items; and the line of stdin."""

    user: str | None
    items: list[str] | None = None
    line: int | None = None

    @property
    def shown(self) -> str:
        """The question in the output."""
        if self.user is not None:
            return self.user
        items = self.items or []
        more = [f"{len(items) - _SHOWN + 1:,} more"] if len(items) > _SHOWN else []
        return " + ".join(items[: _SHOWN - len(more)] + more)


def command(
    context: typer.Context,
    items: Annotated[
        list[str],
        typer.Argument(metavar="[ITEM...]", help="A history: ids or titles of items; or - for stdin."),
    ] = [],  # noqa: B006
    user: Annotated[
        list[str], typer.Option("--user", metavar="ID", help="A user of --users or --corpus. Repeatable.")
    ] = [],  # noqa: B006
    model: Annotated[
        Path,
        typer.Option(
            "--model", "-m", envvar="E2V_MODEL", metavar="FILE", help="The model, where one is needed."
        ),
    ] = DEFAULT_MODEL,
    index: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The items, as made by e2v index, in place of MODEL's."),
    ] = None,
    users: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Users and what they have seen, as made by e2v users.")
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Users and their histories, of which the model makes vectors."),
    ] = None,
    number: NumberOption = 10,
    include_seen: Annotated[
        bool, typer.Option("--include-seen", help="Recommend also what is in the history already.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Score every item, though the index has a graph.")
    ] = False,
    oov: OovOption = None,
    format: FormatOption = "auto",
) -> None:
    """Print the items that suit a user best, of those that are not in the user's history.

    `e2v recommend --users users.e2v --index items.e2v --user 42` needs no model. Without --index the items
    are the model's, and `-m model.e2v --corpus corpus.e2v --user 42` makes the user's vector on the spot.

    `e2v recommend -m model.e2v 318 "Heat (1995)"` recommends to whoever has these items, named by their ids
    or their titles. Any model with output vectors will do: of `e2v tower`, `train` or `svd`. The score is the
    product of the user's vector with the item's output vector, plus the item's bias if it has one. Features
    of users count in --users only; elsewhere everybody is like the average user.

    `-` reads questions from stdin, one a line, and answers as they come. A line is a user's id where --users
    or --corpus is given; else it is the items of a history, between tabs. In either case it can be JSON:
    `{"user": "42"}` or `{"items": ["318", "Heat (1995)"]}`; with both, the history is of these items, and
    the user's id only names the question. Items of these lines that are not known are left out and counted,
    unless --oov says fail. Whoever has no other is answered with what is popular: the items that occurred
    most often, with that number as their score. A user who has every item gets a row without an answer.

    Users, items and model must belong together: what is of another model is refused.

    Columns: query (the user, or the items), key, score; and title, where items have titles.
    """
    from_stdin = items == ["-"]
    if not items and not user:
        raise UsageError("recommend to whom?", "name a --user, or the ITEMs of a history, or - for stdin")
    if items and user:
        raise UsageError("--user does not go with items or -", "ask for one of them")
    if users and corpus:
        raise UsageError("--users and --corpus both have the users", "give one of them")
    if user and not (users or corpus):
        raise UsageError("where is the history of --user?", "name a --corpus, or --users of e2v users")
    if (users or corpus) and items and not from_stdin:
        raise UsageError(f"{'--users' if users else '--corpus'} does not apply to ITEMs", "leave it out")
    if exact and index is None:
        raise UsageError("--exact applies to an --index with a graph", "leave it out")
    # As in all queries; see `open_vectors`.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from e2v.recommend.recommender import Service

    source = context.get_parameter_source("model")
    named = source is not None and source.name == "COMMANDLINE"
    service = Service(model, index=index, users=users, corpus=corpus, exact=exact, check_model=named)
    if from_stdin:
        of_users = bool(users or corpus)
        batches = stdin_batches(lambda line, place: read(line, place, of_users), service.search.batch_size)
    else:
        batches = iter([[Question(each) for each in user] or [Question(None, items)]])
    policy: Oov = oov or ("null" if from_stdin else "fail")
    columns = ["query", "key", "score", "title"][: 3 if service.items.names.titles is None else 4]
    with Output(format, columns, 1) as output:
        answers = Answers(service, output, len(columns), number, include_seen, policy, from_stdin)
        for batch in batches:
            answers.give(batch)
    answers.summarise()


def read(line: str, number: int, of_users: bool) -> Question:
    """The question on a line of stdin.

    Raises:
        InputError: it is JSON, but no question.
    """
    if not line.startswith("{"):
        if of_users:
            return Question(unescape(line), None, number)
        return Question(None, [unescape(field) for field in line.split("\t")], number)
    import json

    from e2v.store.provenance import unique

    try:
        asked = json.loads(line, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        asked = None
    if isinstance(asked, dict) and asked and asked.keys() <= {"user", "items"}:
        user, items = asked.get("user"), asked.get("items")
        named = user is None or _is_id(user)
        listed = items is None or (isinstance(items, list) and all(map(_is_id, items)))
        if named and listed and (user, items) != (None, None):
            ids = None if items is None else list(map(str, items))
            return Question(None if user is None else str(user), ids, number)
    raise InputError(
        f"line {number} asks for nobody", 'write {"user": "42"} or {"items": ["318", "Heat (1995)"]}'
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


class Answers:
    """Prints answers, `width` columns wide, and knows what had none, and why.

    number: of answers to a question. every: a known question to which there is no answer gets a row, too.
    """

    def __init__(
        self,
        service: Service,
        output: Output,
        width: int,
        number: int,
        include_seen: bool,
        policy: Oov,
        every: bool,
    ) -> None:
        self._service = service
        self._output = output
        self._width = width
        self._number = number
        self._include_seen = include_seen
        self._policy = policy
        self._marks_finished = policy == "null" or (every and policy != "skip")
        self._total = self._strangers = self._unknown = self._finished = self._left_out = 0
        self._shared: list[SharedTitleError] = []

    def give(self, batch: Sequence[Question]) -> None:
        """Print the answers to some questions.

        Raises:
            UnknownKeyError, InputError: with policy fail, an unknown user or item, or an empty history.
        """
        users = [self._user(question) for question in batch]
        asked = [user for user in users if user is not None]
        if self._include_seen:
            asked = [user._replace(seen=user.seen[:0]) for user in asked]
        found = self._service.search.find(asked, self._number)
        items = self._service.items
        for question, user in zip(batch, users, strict=True):
            if user is None:
                if self._policy == "null":
                    self._without_answer(question)
                continue
            rows, scores = next(found)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
                values = (items.keys[row], score, items.names.title(row))
                self._output.row(question.shown, *values[: self._width - 1])
            if not len(rows) and self._marks_finished:
                self._without_answer(question)
            self._unknown += not user.known
            self._finished += not len(rows) and (user.known or items.counts is not None)
        self._output.flush()
        self._total += len(batch)
        self._strangers += len(batch) - len(asked)

    def summarise(self) -> None:
        """Tell on stderr what had no answer, and what was left out of questions."""
        popular = "who get what is popular"
        if self._service.items.counts is None:
            popular = "who get nothing: the index was made before it said what is popular; make it anew"
        for count, what in (
            (self._strangers, "of users who are not known"),
            (self._unknown, f"of users without an item that the model knows, {popular}"),
            (self._finished, "of users who have every item"),
        ):
            if count:
                note(f"questions {what}: {count:,} of {self._total:,}")
        if self._left_out:
            note(f"items of histories that are not known, left out: {self._left_out:,}")
        if self._shared:
            count = len(self._shared)
            note(f"items of histories that could be several, left out: {count:,}, as {self._shared[0]}")

    def _without_answer(self, question: Question) -> None:
        self._output.row(question.shown, *[None] * (self._width - 1))

    def _user(self, question: Question) -> User | None:
        """Who is asked for, or None."""
        strict = self._policy == "fail"
        try:
            if question.items is None:
                return self._service.user(question.user or "")
            if strict and not question.items:
                raise InputError(f"line {question.line}: the history is empty", "name an item")
            found = self._service.user_of_items(question.items, strict=strict)
        except UnknownKeyError as error:
            if not strict:
                return None
            if question.line is not None:
                error.message = f"line {question.line}: {error.message}"
            raise
        self._left_out += found.unknown
        self._shared += found.shared
        return found.user
