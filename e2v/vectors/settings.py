"""Which vectors of a model are asked, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from e2v import common_settings
from e2v.errors import SettingError
from e2v.settings import setting

_VECTORS = "Vectors"

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


def refuse_two(asked: Mapping[str, object]) -> None:
    """See that a question is asked in one way.

    asked: the ways, as messages name them, each with whether it was taken.

    Raises:
        SettingError: two were.
    """
    there = [way for way, taken in asked.items() if taken]
    if len(there) > 1:
        raise SettingError(f"{there[1]} does not go with {there[0]}", hint="leave one of them out")
