"""What an evaluation finds: named figures with their coverage, and the minima they must reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from e2v.errors import QualityGateError, UsageError


class Measurement(NamedTuple):
    """One figure.

    name: what a minimum calls it. measure: accuracy, spearman, ... value: None where nothing could be
    measured. used, total: how many questions, pairs, items or users it rests on, and how many there
    were. low, high: the 95% confidence interval, where one is given.
    """

    name: str
    measure: str
    value: float | None
    used: int
    total: int
    low: float | None = None
    high: float | None = None


class Minimum(NamedTuple):
    """A quality gate: the measurements of this name must reach `value`."""

    name: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Minimum:
        """Read `name=value`.

        Raises:
            UsageError: it is not that.
        """
        name, _, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not name or math.isnan(value):
            raise UsageError(f"'{text}' is not a minimum", "write NAME=VALUE, as in analogies=.35")
        return cls(name, value)


def check(minima: Iterable[Minimum], names: Iterable[str]) -> None:
    """See, before anything is measured, that minima can be held against what will be.

    names: of all measurements. Each of them is 1 at most, but novelty, which is in bits.

    Raises:
        UsageError: nothing of a minimum's name will be measured, or nothing can reach it.
    """
    names = list(dict.fromkeys(names))
    for minimum in minima:
        if minimum.name not in names:
            alike = get_close_matches(minimum.name, names)
            raise UsageError(
                f"nothing measured is called '{minimum.name}'", f"there are {', '.join(alike or names)}"
            )
        if minimum.value > 1 and minimum.name.rpartition("/")[2] != "novelty":
            raise UsageError(f"{minimum.name} is 1 at most, and cannot reach {minimum.value:g}")


def require(minima: Iterable[Minimum], measurements: Sequence[Measurement]) -> None:
    """Hold the measurements against minima that `check` has seen; what has no value does not reach any.

    Raises:
        QualityGateError: naming every measurement below its minimum.
    """
    failures = []
    for minimum in minima:
        for measurement in measurements:
            if measurement.name != minimum.name:
                continue
            if measurement.value is None:
                covered = f"{measurement.used} of {measurement.total} covered"
                failures.append(f"{minimum.name} could not be measured ({covered})")
            elif not measurement.value >= minimum.value:
                failures.append(f"{minimum.name} is {measurement.value:.4g}, below {minimum.value:g}")
    if failures:
        raise QualityGateError("; ".join(failures))
