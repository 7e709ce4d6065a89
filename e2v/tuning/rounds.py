"""Successive halving: many settings on a small sample, the best of them on a larger one, and so on.

Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter optimization": each
round has a third of the settings of the one before on three times as much, so that it takes about as long.
Here the last one may take half of a time, as it is what decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: By how much the sample grows from one round to the next, and the number of settings falls.
FACTOR = 3
#: Rounds after the first, at most.
_MOST_STEPS = 2
#: On fewer users what is measured is mostly chance.
_LEAST = 1000
#: Settings of a round that time ends, at most.
_MOST = FACTOR**5
#: The share of the time that the last of several rounds has.
_LAST = 0.5
#: The defaults and one other.
LEAST_TRIALS = 2


class Round(NamedTuple):
    """size: how large the sample is. most: how many settings are tried at most, the defaults among them; None
    is a share of those of the round before. until: seconds of all trials after which none begins.
    """

    size: int
    most: int | None
    until: float = math.inf

    def fits(self, spent: float, expected: float) -> bool:
        """Whether a trial that is expected to take so long may begin."""
        return spent + expected <= self.until


def smallest(whole: int) -> int:
    """How large the first sample is."""
    steps = max(0, min(_MOST_STEPS, math.floor(math.log(max(whole, 1) / _LEAST, FACTOR))))
    size: int = whole // FACTOR**steps
    return size


def rounds_of(whole: int, trials: int) -> list[Round]:
    """The rounds where the number of settings of the first is given."""
    sizes = _sizes(smallest(whole), whole)
    return [Round(size, None if number else trials) for number, size in enumerate(sizes)]


def timed_rounds(whole: int, budget: float, seconds: float) -> list[Round]:
    """The rounds that take a time.

    Time ends each of them, so that about a third goes on, or more where others take less. The last has as
    large a sample as lets the defaults and one other be tried in its part of the time.

    seconds: that the defaults took on the smallest sample.
    """
    first = smallest(whole)
    affordable = first * budget * _LAST / LEAST_TRIALS / max(seconds, 1e-9)
    sizes = _sizes(first, int(min(whole, affordable)))
    before = len(sizes) - 1
    ends = [budget * (1 - _LAST) * (number + 1) / before for number in range(before)]
    return [Round(size, _MOST, until) for size, until in zip(sizes, [*ends, budget], strict=True)]


def _sizes(first: int, last: int) -> list[int]:
    """How large the samples are: each some three times as large as the one before."""
    steps = max(0, round(math.log(max(last, 1) / max(first, 1), FACTOR)))
    return (
        [round(first * (last / first) ** (step / steps)) for step in range(steps + 1)] if steps else [first]
    )


def most_of(this: Round, before: int) -> int:
    """How many settings a round has at most, after one that had so many."""
    return this.most or max(LEAST_TRIALS, math.ceil(before / FACTOR))


def entrants(measured: Sequence[tuple[int, float | None]]) -> Iterator[int]:
    """The numbers of settings in the order in which a round tries them: the defaults, 0, then best first.

    measured: the number of each and what it reached in the round before, None where it failed.
    """
    others = [(value, number) for number, value in measured if number and value is not None]
    yield 0
    yield from (number for _, number in sorted(others, key=lambda pair: (-pair[0], pair[1])))
