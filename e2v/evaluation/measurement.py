"""What an evaluation finds: named figures with their coverage, and the minima they must reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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


def require(minima: Iterable[Minimum], measurements: Sequence[Measurement]) -> None:
    """Hold the measurements against the minima; one that could not be measured does not reach any.

    Raises:
        QualityGateError: naming every measurement below its minimum.
        UsageError: nothing of that name was measured.
    """
    failures = []
    for minimum in minima:
        held = [measurement for measurement in measurements if measurement.name == minimum.name]
        if not held:
            names = ", ".join(dict.fromkeys(measurement.name for measurement in measurements))
            raise UsageError(f"nothing measured is called '{minimum.name}'", f"there are {names}")
        for measurement in held:
            if measurement.value is None:
                failures.append(f"{minimum.name} could not be measured (0 of {measurement.total} covered)")
            elif measurement.value < minimum.value:
                failures.append(f"{minimum.name} is {measurement.value:.4g}, below {minimum.value:g}")
    if failures:
        raise QualityGateError("; ".join(failures))
