"""What can be asked, declared as settings are: names, types and ranges, for queries and JSON alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from e2v import common_settings
from e2v.errors import E2VError, SettingError
from e2v.notices import counted
from e2v.recommend.settings import ItemNarrowing
from e2v.service.settings import ServeSettings
from e2v.settings import Setting, declared, resolve, setting
from e2v.store.provenance import unique
from e2v.vectors.settings import Narrowing

#: Digits of a whole number in a body. Python refuses more than 4,300, as the time grows with their square.
_MOST_DIGITS = 1000


class RefusedError(E2VError):
    """A request that is not answered. status: of HTTP."""

    def __init__(self, status: int, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class SimilarForm:
    """A question of `e2v similar`."""

    keys: tuple[str, ...] = setting(..., "Keys, or titles, to be similar to.")
    minus: tuple[str, ...] = setting((), "Keys to be unlike.")


@dataclass(frozen=True, kw_only=True)
class AnalogyForm:
    """A question of `e2v analogy`: A - B + C."""

    a: str = setting(..., "What is to B as the answer is to C.")
    b: str = setting(..., "What A belongs to.")
    c: str = setting(..., "What the answer belongs to.")


@dataclass(frozen=True, kw_only=True)
class SimilarityForm:
    """A question of `e2v similarity`."""

    a: str = setting(..., "A key, or title.")
    b: str = setting(..., "Another.")


@dataclass(frozen=True, kw_only=True)
class LookupForm:
    """A question of `e2v lookup`."""

    key: str = setting(..., "A key, or title.")


@dataclass(frozen=True, kw_only=True)
class RecommendForm:
    """A question of `e2v recommend`: a user, or a history of items; with both, the user only names it."""

    user: str | None = setting(None, "A user's id.")
    items: tuple[str, ...] | None = setting(None, "A history: ids or titles of items.")

    def check(self) -> None:
        """See that somebody is asked for."""
        if self.user is None and self.items is None:
            raise SettingError("{user} or {items} has to be given")


@dataclass(frozen=True, kw_only=True)
class AnswersForm:
    """How many answers, to questions that have several."""

    n: int = common_settings.number(10, least=1)


@dataclass(frozen=True, kw_only=True)
class SelectedForm(Narrowing, AnswersForm):
    """The same, and which of those that the server may give."""


@dataclass(frozen=True, kw_only=True)
class RecommendedForm(ItemNarrowing, AnswersForm):
    """The same of items for users."""


class Endpoint(NamedTuple):
    """form: of its questions. answers: what a request says of the answers, where a question has several.

    told: what it does.
    """

    form: type[Any]
    answers: type[AnswersForm] | None
    told: str

    @property
    def of_request(self) -> dict[str, Setting]:
        """The settings of a request, beside its questions, as requests spell them."""
        of = {} if self.answers is None else declared(self.answers)
        return {name.rstrip("_"): one for name, one in of.items()}


#: By name, which is also that of the command.
ENDPOINTS = {
    "similar": Endpoint(SimilarForm, SelectedForm, "The keys most similar to some keys."),
    "analogy": Endpoint(AnalogyForm, AnswersForm, "The keys nearest to A - B + C."),
    "similarity": Endpoint(SimilarityForm, None, "How similar two keys are."),
    "lookup": Endpoint(LookupForm, None, "The vector of a key."),
    "recommend": Endpoint(RecommendForm, RecommendedForm, "The items that suit a user best."),
}


class Asked(NamedTuple):
    """What a request asks: questions, each an instance of the endpoint's form, and what answers to each."""

    questions: list[Any]
    answers: AnswersForm


def of_query(endpoint: Endpoint, query: bytes, limits: ServeSettings) -> Asked:
    """The question of a query string, such as keys=king&keys=woman&minus=man&n=3.

    Bytes that are not UTF-8 are those of keys that are not.

    Raises:
        RefusedError: it cannot be read. SettingError: it asks for what cannot be.
    """
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            query.decode("latin-1"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=limits.max_keys + len(declared(endpoint.form)) + len(endpoint.of_request),
        )
    except ValueError:
        raise _too_many_keys(limits) from None
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    given: dict[str, Any] = {}
    known = {**declared(endpoint.form), **endpoint.of_request}
    for name, values in found.items():
        if (one := known.get(name)) is None:
            raise SettingError("there is no setting {}", name, hint=f"there are {', '.join(known)}")
        if len(values) > 1 and not one.repeated:
            raise SettingError("{} is given twice", name, hint="leave one of them out")
        given[name] = values if one.repeated else values[0]
    of_request = {name: given.pop(name) for name in endpoint.of_request if name in given}
    asked = Asked([_question(endpoint, given, limits)], _answers(endpoint, of_request, limits))
    return _bounded(asked, endpoint, limits)


def refuse_query(query: bytes) -> None:
    """See that a POST has no query string: what it asks stands in its body.

    Raises:
        RefusedError: it has one.
    """
    if query:
        name = query.decode("latin-1").partition("&")[0].partition("=")[0]
        raise RefusedError(
            422,
            f"'{name}' stands after the path, and a POST has everything in its body",
            'write {"questions": [{...}, ...], ...}, or ask one question by GET',
        )


def of_body(endpoint: Endpoint, body: bytes, limits: ServeSettings) -> Asked:
    """The questions of a body, such as {"questions": [{"keys": ["king"]}, {"keys": ["queen"]}], "n": 3}.

    Raises:
        RefusedError: it is not JSON. SettingError: it asks for what cannot be.
    """
    given = _object(_parsed(body), "the body")
    questions = given.pop("questions", None)
    if not isinstance(questions, list):
        raise RefusedError(422, "there are no questions", 'write {"questions": [{...}, ...]}')
    if len(questions) > limits.max_questions:
        raise RefusedError(
            422,
            f"{len(questions):,} questions are more than {limits.max_questions:,}",
            "ask in several requests",
        )
    allowed = endpoint.of_request
    if unknown := [name for name in given if name not in allowed]:
        raise SettingError(
            "there is no setting {}", unknown[0], hint=f"there are {', '.join(('questions', *allowed))}"
        )
    answers = _answers(endpoint, given, limits)
    made = []
    for number, question in enumerate(questions, 1):
        try:
            made.append(_question(endpoint, _object(question, "it"), limits))
        except E2VError as error:
            error = error.spelled(str)
            status = error.status if isinstance(error, RefusedError) else 422
            raise RefusedError(status, f"question {number}: {error.message}", error.hint) from None
    return _bounded(Asked(made, answers), endpoint, limits)


def _bounded(asked: Asked, endpoint: Endpoint, limits: ServeSettings) -> Asked:
    """What is asked, if there are not too many answers to it."""
    n = asked.answers.n
    if endpoint.answers and len(asked.questions) * n > limits.max_answers_together:
        raise RefusedError(
            422,
            f"{counted(len(asked.questions), 'question')} for {n:,} answers each are more than "
            f"{limits.max_answers_together:,} answers",
            "ask for fewer, or in several requests",
        )
    return asked


def _parsed(body: bytes) -> Any:
    """The value of a body that is JSON, by the letter: no NaN, no name twice.

    Raises:
        RefusedError: it is none.
    """

    import json

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    def whole(digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            raise ValueError(f"a number has {len(digits):,} digits")
        return int(digits)

    try:
        return json.loads(body.decode(), object_pairs_hook=unique, parse_constant=refuse, parse_int=whole)
    except RecursionError:
        raise RefusedError(
            400, "the body cannot be read: it is too deep", 'write {"questions": [...]}'
        ) from None
    except ValueError as error:
        raise RefusedError(400, f"the body cannot be read: {error}", 'write {"questions": [...]}') from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(422, f"{what} is no object", 'write {"questions": [{...}, ...]}')
    return value


def _question(endpoint: Endpoint, given: Mapping[str, Any], limits: ServeSettings) -> Any:
    """A question of the endpoint's form."""
    question = resolve(endpoint.form, {name: _ids_as_text(value) for name, value in given.items()})
    _check_lists(question, limits)
    return question


def _check_lists(form: Any, limits: ServeSettings) -> None:
    """See that lists are neither empty, where one is needed, nor too long."""
    for name, one in declared(type(form)).items():
        value = getattr(form, name)
        if one.required and value == ():
            raise SettingError(f"{{{name}}} has to be given")
        if one.repeated and value is not None and len(value) > limits.max_keys:
            raise _too_many_keys(limits)


def _ids_as_text(value: Any) -> Any:
    """Ids may be numbers in JSON, as on lines of `e2v recommend -`."""
    if isinstance(value, list):
        return [_ids_as_text(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _answers(endpoint: Endpoint, given: Mapping[str, Any], limits: ServeSettings) -> AnswersForm:
    """What a request says of the answers."""
    known = endpoint.of_request
    by_name = {known[name].name: value for name, value in given.items()}
    as_text = {
        name: _ids_as_text(value) if known[name.rstrip("_")].repeated else value
        for name, value in by_name.items()
    }
    answers = resolve(endpoint.answers or AnswersForm, as_text)
    if answers.n > limits.max_answers:
        raise SettingError("{n} must be at most {}, not {}", limits.max_answers, answers.n)
    _check_lists(answers, limits)
    return answers


def _too_many_keys(limits: ServeSettings) -> RefusedError:
    return RefusedError(422, f"a question has more than {limits.max_keys:,} keys", "ask about fewer")
