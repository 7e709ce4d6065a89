"""`e2v recommend`: the items for a user, or for whoever has these items."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from e2v.cli.shared.declared import Given
from e2v.cli.shared.messages import say_end
from e2v.cli.shared.options import AskedModel, Number, Oov, Rows, UnknownKeys
from e2v.cli.shared.progress import ProgressDisplay
from e2v.cli.shared.questions import stdin_batches
from e2v.cli.shared.recommendations import Answers, Question, read
from e2v.errors import SettingError, UsageError
from e2v.notices import counted
from e2v.progress import Progress
from e2v.recommend.settings import RecommendSettings
from e2v.settings import argument, resolve, setting


@dataclass(frozen=True, kw_only=True)
class Asked(UnknownKeys, Number, Rows):
    """Who is asked for."""

    items: tuple[str, ...] = argument(
        (), "A history: ids or titles of items; or - for stdin.", metavar="ITEM"
    )
    for_: tuple[str, ...] = setting((), "A user of --users or --corpus, by id. Repeatable.", metavar="ID")


def command(asked: Asked, model: Given[AskedModel], settings: RecommendSettings) -> None:
    """Print the items that suit a user best, of those that are not in the user's history.

    `e2v recommend --users users.e2v --index items.e2v --for 42` needs no model. Without --index the items
    are the model's, and `-m model.e2v --corpus corpus.e2v --for 42` makes the user's vector on the spot.

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

    Examples:
        e2v recommend --users users.e2v --index items.e2v --for 42
        e2v recommend -m tower.e2v 318 "Heat (1995)" -n 5
        e2v recommend --users users.e2v --index items.e2v - --format json < ids.txt
    """
    items, names, users, corpus = list(asked.items), list(asked.for_), settings.users, settings.corpus
    from_stdin = items == ["-"]
    if not items and not names:
        raise UsageError(
            "nobody is named to recommend to",
            "name a user with --for, or the ITEMs of a history, or - for stdin",
        )
    if items and names:
        raise SettingError("{for} does not go with items or -", hint="ask for one of them")
    if names and not (users or corpus):
        raise SettingError("where is the history of {for}?", hint="name a {corpus}, or {users} of e2v users")
    if (users or corpus) and items and not from_stdin:
        raise SettingError(
            f"{{{'users' if users else 'corpus'}}} does not apply to ITEMs", hint="leave it out"
        )
    from e2v.recommend.recommender import Service

    service = Service(
        resolve(AskedModel, model).model,
        index=settings.index,
        users=users,
        corpus=corpus,
        exact=settings.exact,
        check_model="model" in model,
    )
    if from_stdin:
        of_users = bool(users or corpus)
        batches = stdin_batches(lambda line, place: read(line, place, of_users), service.search.batch_size)
    else:
        batches = iter([[Question(each) for each in names] or [Question(None, items)]])
    policy: Oov = asked.oov or ("null" if from_stdin else "fail")
    columns = ["query", "key", "score", "title"][: 3 if service.items.names.titles is None else 4]
    with ProgressDisplay() as progress, asked.printed(columns, 1) as output:
        answers = Answers(
            service, output, len(columns), asked.number, settings.include_seen, policy, from_stdin
        )
        for batch in batches:
            answers.give(batch)
            if from_stdin and not sys.stdout.isatty():
                progress(Progress("answering", "questions", answers.total))
    answers.summarise()
    if from_stdin:
        questions = counted(answers.total, "question")
        say_end("recommend", f"answers to {questions}", {"questions": answers.total})
