"""Which vectors of a model are asked, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from e2v import common_settings
from e2v.errors import SettingError
from e2v.inputs.columns import KeyedColumn
from e2v.settings import setting

_VECTORS = "Vectors"

#: The heading of what selects answers.
SELECTION = "Which answers"

Method = Literal["3cosadd", "3cosmul"]


@dataclass(frozen=True, kw_only=True)
class VectorSettings:
    """The vectors that are asked: a matrix of a model, or a combination of both."""

    vectors: str = setting(
        "input",
        "input, output, sum[:W] (input + W * output) or concat[:W[:A]] (unit (input + A * output) beside W "
        "* unit "
        "output); W is 1 and A 0 unless given.",
        metavar="WHICH",
        group=_VECTORS,
    )
    center: bool = setting(
        False, "Scale the vectors to length 1 and take their mean from each.", group=_VECTORS
    )


@dataclass(frozen=True, kw_only=True)
class PredictSettings(VectorSettings):
    """The vectors that are asked, and whether for what is alike or for what is predicted."""

    predict: bool = setting(
        False, "Ask what a key predicts, to be found near it: its input vector times the output vectors."
    )


@dataclass(frozen=True, kw_only=True)
class QuerySettings(PredictSettings):
    """The vectors that are asked, and how answers are found."""

    restrict: int | None = common_settings.restrict(group=_VECTORS)
    method: Literal["3cosadd", "3cosmul"] = setting(
        "3cosadd",
        "Combine terms by adding vectors, or by multiplying similarities (Levy and Goldberg 2014).",
        group=_VECTORS,
    )


@dataclass(frozen=True, kw_only=True)
class ManyQueriesSettings(QuerySettings):
    """The same, where there may be many questions at a time."""

    csls: float = common_settings.csls(only_with={"method": "3cosadd", "predict": False}, group=_VECTORS)
    threads: int = common_settings.threads(group="Run")


def categories_table(**declared: Any) -> Any:
    """A table of categories."""
    return setting(
        None,
        "A table, and its columns of keys and of categories, several joined by |.",
        metavar="FILE:KEY:CATEGORY",
        parse=KeyedColumn.parse,
        recorded=False,
        **declared,
    )


def per_category(**declared: Any) -> Any:
    """How many answers may be of one category."""
    told = "At most N answers of each category; those of no category are not counted."
    return setting(None, told, metavar="N", least=1, recorded=False, **declared)


def diversity(default: float | None, **declared: Any) -> Any:
    """What part of an answer's rank is how unlike it is to those before it, see `e2v.vectors.reranking`."""
    told = (
        "Mix the answers: each is the best by (1 - D) times its score, put between 0 and 1, less D times its "
        "cosine to the nearest answer before it (MMR, Carbonell and Goldstein 1998)."
    )
    return setting(default, told, **{"metavar": "D", "shown": "off", "least": 0, "most": 1, **declared})


@dataclass(frozen=True, kw_only=True)
class SelectionSettings:
    """Which keys may be answers, and how many alike; found before the best are, so that none are lacking."""

    only: tuple[str, ...] = common_settings.only(group=SELECTION)
    not_: tuple[str, ...] = setting(
        (),
        "No key of this file, one a line; or of this category. Repeatable.",
        metavar="FILE|CATEGORY",
        recorded=False,
        group=SELECTION,
    )
    in_stock: str | None = setting(
        None,
        "Only what is in stock: the keys of a file, one a line; or those of a table with a quantity above 0.",
        metavar="FILE[:KEY:QUANTITY]",
        recorded=False,
        group=SELECTION,
    )
    categories: KeyedColumn | None = categories_table(group=SELECTION)
    per_category: int | None = per_category(only_with={"categories": ...}, group=SELECTION)
    diversity: float = diversity(0.0, recorded=False, group=SELECTION)

    @property
    def from_stdin(self) -> bool:
        """Whether keys are read from stdin."""
        return "-" in (*self.only, *self.not_, self.in_stock)

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            SettingError: stdin would be read twice.
        """
        if [*self.only, *self.not_, self.in_stock].count("-") > 1:
            raise SettingError("stdin is read once, and - is given twice", hint="name a file")


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """What a single question asks of its answers; None: what all questions have in common."""

    only: tuple[str, ...] | None = setting(None, "Keys, titles or categories: no other is an answer.")
    not_: tuple[str, ...] | None = setting(None, "Keys, titles or categories that are no answers.")
    in_stock: tuple[str, ...] | None = setting(None, "Keys or titles: no other is an answer.")
    per_category: int | None = per_category()
    diversity: float | None = diversity(None)

    @property
    def narrows(self) -> bool:
        """Whether something is asked."""
        return any(getattr(self, name) is not None for name in Narrowing.__dataclass_fields__)


def refuse_two(asked: Mapping[str, object]) -> None:
    """See that a question is asked in one way.

    asked: the ways, as messages name them, each with whether it was taken.

    Raises:
        SettingError: two were.
    """
    there = [way for way, taken in asked.items() if taken]
    if len(there) > 1:
        raise SettingError(f"{there[1]} does not go with {there[0]}", hint="leave one of them out")
