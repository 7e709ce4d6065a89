"""`e2v recommend`: the items for a user, or for whoever has these items."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2v.cli.shared.declared import Given
from e2v.cli.shared.options import AskedModel, Number, Oov, Rows, UnknownKeys, all_there_are
from e2v.cli.shared.prompt import Prompt, converse
from e2v.cli.shared.question_lines import stdin_batches
from e2v.cli.shared.recommendations import Answers, Question, read
from e2v.errors import SettingError, UsageError
from e2v.recommend.settings import AskedRecommendSettings
from e2v.settings import argument, resolve, setting
from e2v.vectors.settings import SelectionSettings

if TYPE_CHECKING:
    from e2v.recommend.recommender import Service

_WHERE_ITEMS = "--index FILE has the items, or -m MODEL"
_JSON = '{"items": ["318", "Heat (1995)"]}'


@dataclass(frozen=True, kw_only=True)
class Asked(UnknownKeys, Number, Rows):
    """Who is asked for."""

    items: tuple[str, ...] = argument(
        (), "A history: ids or titles of items; or - for stdin.", metavar="ITEM"
    )
    for_: tuple[str, ...] = setting((), "A user of --users or --corpus, by id. Repeatable.", metavar="ID")
    all: bool = all_there_are()


def command(
    asked: Asked,
    model: Given[AskedModel],
    settings: AskedRecommendSettings,
    which: SelectionSettings,
) -> None:
    """Print the items that suit a user best, of those that are not in the user's history.

    `e2v recommend --users users.e2v --index items.e2v --for 42` needs no model. Without --index the items
    are the model's, and `-m model.e2v --corpus corpus.e2v --for 42` makes the user's vector on the spot.

    `e2v recommend -m model.e2v 318 "Heat (1995)"` recommends to whoever has these items, the latest
    last, named by their ids or their titles. Any model with output vectors will do: of `e2v tower`, `train`
    or `svd`. The score is the product of the user's vector with the item's output vector, plus the item's
    bias if it has one. Features of users count in --users only; elsewhere everybody is like the average user.

    `e2v recommend --baseline item-knn --corpus corpus.e2v --for 42` needs neither model nor index: what is
    had by those who had the same is computed from the corpus each time. The answers are what
    `e2v eval --baseline` ranks. ITEMs ask for whoever has these items: of one item, what goes with it. To
    item-knn the last of them counts most where the corpus is in order.

    Items that nobody has had, but that the model knows by their features (`--item-features` of `e2v tower`),
    are left out unless --new-items asks for them. How popular they will be nobody knows: they are taken to be
    as items like them are, and --popularity-penalty takes them to be as common as the median of the others.

    `--all` recommends to every user of --users or --corpus, in their order.

    `--only`, `--not` and `--in-stock` say what may be recommended, in files of keys or by the categories of a
    table; `--per-category`, `--diversity` and `--popularity-penalty` have the answers mixed. That is settled
    before the best are sought, so that nobody has fewer answers for it. Keys that are not known are counted.

    `-` reads questions from stdin, one a line, and answers as they come; on a terminal there is a prompt.
    A line is a user's id where --users or --corpus is given; else it is the items of a history, between tabs.
    In either case it can be JSON:
    `{"user": "42"}` or `{"items": ["318", "Heat (1995)"]}`; with both, the history is of these items, and
    the user's id only names the question. Items of these lines that are not known are left
    out and counted, and a line that begins with `{` and is no such JSON is a question without an answer; with
    --oov fail either ends the run. Whoever has no other item is answered with what is popular: the items that
    occurred most often, with that number as their score. So is `--for ""`. A user who has every item, or all
    that may be recommended, gets a row without an answer.

    Users, items and model must belong together: what is of another model is refused.

    Columns: query (the user, or the items), key, score; and title, where items have titles.

    Examples:
        e2v recommend --users users.e2v --index items.e2v --for 42
        e2v recommend -m tower.e2v 318 "Heat (1995)" -n 5
        e2v recommend --users users.e2v --index items.e2v - --format json < ids.txt
        e2v recommend --users users.e2v --index items.e2v --all --format csv > everybody.csv
        e2v recommend --baseline item-knn --corpus corpus.e2v --for 42
        e2v recommend --users users.e2v --index items.e2v --all --in-stock stock.csv:sku:quantity
    """
    if settings.baseline and "model" in model:
        raise SettingError("{baseline} does not go with {model}", hint="leave one of them out")
    _check(asked, settings)
    if which.from_stdin and list(asked.items) == ["-"]:
        raise SettingError("questions come from stdin already", hint="name a file of keys in place of -")
    service = _baseline(settings) if settings.baseline else _of_model(model, settings)
    selection = service.selecting(which, settings.popularity_penalty).selection
    of_users = bool(settings.users or settings.corpus)
    from_stdin = list(asked.items) == ["-"]
    streamed = from_stdin or asked.all
    columns = ["query", "key", "score", "title"][: 3 if service.items.names.titles is None else 4]
    with asked.printed(columns, 1) as output:

        def answers(policy: Oov) -> Answers:
            width, number = len(columns), asked.number
            return Answers(service, output, width, number, settings.include_seen, policy, selection)

        if from_stdin and sys.stdin.isatty():

            def reply(line: str) -> None:
                one = answers("fail")
                one.give([read(line, None, of_users)])
                one.summarise()

            what = "a user's id" if of_users else "an item"
            prompt = Prompt("recommend", f"{what}, or a history as {_JSON}, asks for items")
            converse(
                prompt, reply, service.beginning_with if of_users else service.items.names.beginning_with
            )
            return
        all_answers = answers(asked.oov or ("null" if streamed else "fail"))
        with _batches(asked, service, of_users) as batches:
            for batch in batches:
                all_answers.give(batch)
    all_answers.summarise()
    if streamed:
        from e2v.cli.shared.following import say_answered

        say_answered("recommend", all_answers.total)


def _check(asked: Asked, settings: AskedRecommendSettings) -> None:
    """See that somebody is asked for, and in one way.

    Raises:
        UsageError: not so.
    """
    items, users, corpus = asked.items, settings.users, settings.corpus
    if not items and not asked.for_ and not asked.all:
        raise UsageError(
            "nobody is named to recommend to",
            "name a user with --for, or the ITEMs of a history, or - for stdin; --all is every user",
        )
    if items and asked.for_:
        raise SettingError("{for} does not go with items or -", hint="ask for one of them")
    if asked.all and (items or asked.for_):
        raise SettingError(f"{{all}} does not go with {'ITEMs' if items else '{for}'}", hint="leave one out")
    if (any(asked.for_) or asked.all) and not (users or corpus):  # of no name is a user of no history
        where = "are the users of {all}" if asked.all else "is the history of {for}"
        raise SettingError(f"where {where}?", hint="name a {corpus}, or {users} of e2v users")
    if (users or corpus) and not settings.baseline and items and items != ("-",):
        user = items[0].replace("{", "{{").replace("}", "}}")
        raise SettingError(
            f"{{{'users' if users else 'corpus'}}} does not apply to ITEMs",
            hint=f"leave it out, or name a user: {{for}} {user}",
        )


def _of_model(model: Given[AskedModel], settings: AskedRecommendSettings) -> Service:
    from e2v.jobs.recommend import recommending

    asked = resolve(AskedModel, model)
    path = asked.model if settings.index else asked.there(_WHERE_ITEMS if settings.users else None)
    return recommending(path, settings, check_model="model" in model)


def _baseline(settings: AskedRecommendSettings) -> Service:
    from e2v.cli.shared.progress import ProgressDisplay
    from e2v.jobs.recommend import recommending

    with ProgressDisplay() as progress:
        return recommending(None, settings, check_model=False, report=progress)


def _batches(
    asked: Asked, service: Service, of_users: bool
) -> AbstractContextManager[Iterator[list[Question]]]:
    from_stdin = list(asked.items) == ["-"]
    if not from_stdin and not asked.all:
        return nullcontext(
            iter([[Question(each) for each in asked.for_] or [Question(None, list(asked.items))]])
        )
    from e2v.cli.shared.following import followed

    size = service.search.batch_size
    if from_stdin:
        return followed(stdin_batches(lambda line, place: read(line, place, of_users), size), "questions")
    names = service.user_names
    runs = range(0, len(names), size)
    everybody = ([Question(name) for name in names[first : first + size]] for first in runs)
    return followed(everybody, "questions", len(names))
