"""`e2v recommend`: the items for a user, or for whoever has these items."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from e2v.cli.options import DEFAULT_MODEL, FormatOption, NumberOption, Oov, OovOption
from e2v.cli.output import Output
from e2v.cli.questions import stdin_batches
from e2v.cli.tsv import unescape
from e2v.errors import InputError, UnknownKeyError, UsageError

if TYPE_CHECKING:
    from e2v.serving.people import Person
    from e2v.serving.service import Service

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
        typer.Argument(metavar="[ITEM...]", help="A history: ids or labels of items; or - for stdin."),
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
    or their labels. Any model with output vectors will do: of `e2v tower`, `train` or `svd`. The score is the
    product of the user's vector with the item's output vector, plus the item's bias if it has one. Features
    of users count in --users only; elsewhere everybody is like the average user.

    `-` reads questions from stdin, one a line, and answers as they come. A line is a user's id where --users
    or --corpus is given; else it is the items of a history, between tabs. In either case it can be JSON:
    `{"user": "42"}` or `{"items": ["318", "Heat (1995)"]}`; with both, the history is of these items, and
    the user's id only names the question. Items of these lines that are not known are left out and counted,
    unless --oov says fail.

    Users, items and model must belong together: what is of another model is refused.

    Columns: query (the user, or the items), key, score; and label, where items have labels.
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
    from e2v.serving.service import Service

    source = context.get_parameter_source("model")
    named = source is not None and source.name == "COMMANDLINE"
    service = Service(model, index=index, users=users, corpus=corpus, exact=exact, check_model=named)
    if from_stdin:
        of_users = bool(users or corpus)
        batches = stdin_batches(lambda line, place: read(line, place, of_users), service.search.batch_size)
    else:
        batches = iter([[Question(each) for each in user] or [Question(None, items)]])
    policy: Oov = oov or ("null" if from_stdin else "fail")
    columns = ["query", "key", "score", "label"][: 3 if service.items.names.labels is None else 4]
    with Output(format, columns, 1) as output:
        answer(service, batches, output, len(columns), number, include_seen, policy)


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

    try:
        asked = json.loads(line)
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


def answer(
    service: Service,
    batches: Iterator[list[Question]],
    output: Output,
    width: int,
    number: int,
    include_seen: bool,
    policy: Oov,
) -> None:
    """Print the answers, `width` columns wide, and at the end tell on stderr what had none, and why.

    Raises:
        UnknownKeyError, InputError: with policy fail, an unknown user or item, or an empty history.
    """
    total = without = empty = finished = left_out = 0
    for batch in batches:
        people: list[Person | None] = []
        for question in batch:
            person, unknown = _person(service, question, policy)
            left_out += unknown
            empty += person is not None and not len(person.seen)
            people.append(person)
        asked = [person for person in people if person is not None]
        if include_seen:
            asked = [person._replace(seen=person.seen[:0]) for person in asked]
        found = service.search.find(asked, number)
        for question, person in zip(batch, people, strict=True):
            if person is not None:
                rows, scores = next(found)
                finished += not len(rows)
                for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
                    values = (service.items.keys[row], score, service.items.names.label(row))
                    output.row(question.shown, *values[: width - 1])
            elif policy == "null":
                output.row(question.shown, *[None] * (width - 1))
        output.flush()
        total += len(batch)
        without += len(batch) - len(asked)
    for count, what in (
        (without, "without a known user or item"),
        (empty, "of users without a history, who get what is popular"),
        (finished, "of users who have every item"),
    ):
        if count:
            print(f"e2v: questions {what}: {count:,} of {total:,}", file=sys.stderr)
    if left_out:
        print(f"e2v: items of histories that are not known, left out: {left_out:,}", file=sys.stderr)


def _person(service: Service, question: Question, policy: Oov) -> tuple[Person | None, int]:
    """Who is asked for, or None; and how many items of the history are unknown."""
    strict = policy == "fail"
    try:
        if question.items is None:
            return service.user(question.user or ""), 0
        if strict and not question.items:
            raise InputError(f"line {question.line}: the history is empty", "name an item")
        return service.newcomer(question.items, strict=strict)
    except UnknownKeyError as error:
        if not strict:
            return None, 0
        if question.line is not None:
            error.message = f"line {question.line}: {error.message}"
        raise
