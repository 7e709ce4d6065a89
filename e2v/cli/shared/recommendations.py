"""Questions for recommendations, from the command line or from stdin, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from e2v.cli.shared.messages import warn
from e2v.cli.shared.options import Oov
from e2v.cli.shared.output import Output
from e2v.cli.shared.questions import placed
from e2v.errors import E2VError, InputError, SharedTitleError, UnknownKeyError
from e2v.inputs.tsv import unescape
from e2v.json_text import json_value

if TYPE_CHECKING:
    from e2v.recommend.recommender import Service
    from e2v.recommend.user_store import User
    from e2v.vectors.selection import Selection


#: Items whose keys and titles are kept: to many users the same ones are recommended.
_KEPT = 1 << 16


class Question(NamedTuple):
    """Who is asked for: a user, by id, or whoever has a history of items; and the line of stdin.

    fault: what is wrong with a line that asks for nobody; then the line itself stands for the user.
    """

    user: str | None
    items: list[str] | None = None
    line: int | None = None
    fault: InputError | None = None

    @property
    def shown(self) -> str:
        """The question in the output."""
        from e2v.recommend.recommender import described

        return described(self.user, self.items or [])


def read(line: str, number: int | None, of_users: bool) -> Question:
    """The question on a line of stdin, or on one that was typed, which has no number.

    A line that begins with `{` is JSON, whatever comes then.

    Raises:
        InputError: one that was typed is no question, or no JSON.
    """
    if not line.startswith("{"):
        if of_users:
            return Question(unescape(line), None, number)
        return Question(None, [unescape(field) for field in line.split("\t")], number)
    from e2v.store.provenance import unique

    try:
        asked = json_value(line, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        asked = None
    if isinstance(asked, dict) and asked and asked.keys() <= {"user", "items"}:
        user, items = asked.get("user"), asked.get("items")
        named = user is None or _is_id(user)
        listed = items is None or (isinstance(items, list) and all(map(_is_id, items)))
        if named and listed and (user, items) != (None, None):
            ids = None if items is None else list(map(str, items))
            return Question(None if user is None else str(user), ids, number)
    hint = 'write {"user": "42"} or {"items": ["318", "Heat (1995)"]}'
    if number is None:
        raise InputError("that asks for nobody", hint)
    return Question(line, None, number, InputError(f"line {number} asks for nobody", hint))


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


class Answers:
    """Prints answers, `width` columns wide, and knows what had none, and why.

    total: questions that were answered so far.
    number: of answers to a question.
    """

    def __init__(
        self,
        service: Service,
        output: Output,
        width: int,
        number: int,
        include_seen: bool,
        policy: Oov,
        selection: Selection,
    ) -> None:
        self._service = service
        self._output = output
        self._width = width
        self._number = number
        self._include_seen = include_seen
        self._policy = policy
        self._selection = selection
        self._marks_finished = policy != "skip"
        self.total = self._strangers = self._unknown = self._finished = self._left_out = self._malformed = 0
        self._first_malformed: Question | None = None
        self._shown = lru_cache(_KEPT)(self._key_and_title)
        self._shared: list[SharedTitleError] = []

    def give(self, batch: Sequence[Question]) -> None:
        """Print the answers to some questions; those before an error, if there is one.

        Raises:
            UnknownKeyError, InputError: with policy fail, an unknown user or item, an empty history, or a
                line that asks for nobody.
        """
        users: list[User | None] = []
        error: E2VError | None = None
        for question in batch:
            try:
                users.append(self._user(question))
            except E2VError as raised:
                error = raised
                break
        asked = [user for user in users if user is not None]
        if self._include_seen:
            asked = [user._replace(include_seen=True) for user in asked]
        found = self._service.search.find(asked, self._number, self._selection)
        counts = self._service.items.counts
        for question, user in zip(batch, users, strict=False):  # fewer before an error
            if user is None:
                if self._policy == "null":
                    self._without_answer(question)
                continue
            rows, scores = next(found)
            shown = question.shown
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
                key, *title = self._shown(row)
                self._output.row(shown, key, score, *title)
            if not len(rows) and self._marks_finished:
                self._without_answer(question)
            self._unknown += not user.known
            self._finished += not len(rows) and (user.known or counts is not None)
        self._output.flush()
        self.total += len(batch)
        if error is not None:
            raise error

    def summarise(self) -> None:
        """Tell on stderr what had no answer, and what was left out of questions."""
        if (first := self._first_malformed) and first.fault:
            warn(
                f"questions that ask for nobody: {self._malformed:,} of {self.total:,}, "
                f"first line {first.line}; {first.fault.hint}"
            )
        popular = "who get what is popular"
        if self._service.items.counts is None:
            popular = "who get nothing: the index was made before it said what is popular; make it anew"
        for count, what in (
            (self._strangers, "of users who are not known"),
            (self._unknown, f"of users without an item that the model knows, {popular}"),
            (self._finished, f"of users who have every item{self._selected}"),
        ):
            if count:
                warn(f"questions {what}: {count:,} of {self.total:,}")
        if self._left_out:
            warn(f"items of histories that are not known, left out: {self._left_out:,}")
        if self._shared:
            count = len(self._shared)
            warn(f"items of histories that could be several, left out: {count:,}, as {self._shared[0]}")

    @property
    def _selected(self) -> str:
        return "" if self._selection.mask is None else " that may be an answer"

    def _key_and_title(self, row: int) -> tuple[str | None, ...]:
        """An item in the output."""
        items = self._service.items
        return (items.keys[row], items.names.title(row))[: self._width - 2]

    def _without_answer(self, question: Question) -> None:
        self._output.row(question.shown, *[None] * (self._width - 1))

    def _user(self, question: Question) -> User | None:
        """Who is asked for, or None."""
        strict = self._policy == "fail"
        if question.fault:
            if strict:
                raise question.fault
            self._malformed += 1
            self._first_malformed = self._first_malformed or question
            return None
        try:
            if question.items is None:
                return self._service.user(question.user or "")
            if strict and not question.items:
                raise InputError(placed("the history is empty", question.line), "name an item")
            found = self._service.user_of_items(question.items, strict=strict)
        except UnknownKeyError as error:
            if not strict:
                self._strangers += 1
                return None
            error.message = placed(error.message, question.line)
            raise
        self._left_out += found.unknown
        self._shared += found.shared
        return found.user
