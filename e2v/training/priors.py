"""What settings a search tries: a distribution for each, declared beside the settings of each engine."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from e2v.settings import applies, declared, resolve

#: How likely each setting is drawn; else it stays as it is by default. Defaults were chosen by measurement,
#: so that settings which all differ from them are mostly worse.
_DRAWN = 0.5
#: Draws of settings that are as by default, after which there is nothing to try.
_DRAWS = 100


class Prior(Protocol):
    """The distribution of a setting."""

    @property
    def ends(self) -> Sequence[Any]:
        """The values at its ends, or all of them."""

    def draw(self, rng: np.random.Generator) -> Any:
        """A value."""


@dataclass(frozen=True)
class Uniform:
    """Each number between two is as likely; two decimals."""

    low: float
    high: float

    @property
    def ends(self) -> Sequence[float]:
        """See `Prior`."""
        return self.low, self.high

    def draw(self, rng: np.random.Generator) -> float:
        """See `Prior`."""
        return round(float(rng.uniform(self.low, self.high)), 2)


@dataclass(frozen=True)
class LogUniform:
    """The logarithm is uniform: half and double are as likely; two significant digits. whole: no
    fractions.
    """

    low: float
    high: float
    whole: bool = False

    @property
    def ends(self) -> Sequence[float]:
        """See `Prior`."""
        return self.low, self.high

    def draw(self, rng: np.random.Generator) -> int | float:
        """See `Prior`."""
        value = float(f"{math.exp(rng.uniform(math.log(self.low), math.log(self.high))):.2g}")
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else value


@dataclass(frozen=True)
class OneOf:
    """Each of some values is as likely."""

    ends: Sequence[Any]

    def draw(self, rng: np.random.Generator) -> Any:
        """See `Prior`."""
        return self.ends[int(rng.integers(len(self.ends)))]


#: The distributions of an engine's settings, by name.
Priors: TypeAlias = Mapping[str, Prior]


def draw_settings(
    of: type,
    priors: Priors,
    base: Mapping[str, Any],
    fixed: Collection[str],
    rng: np.random.Generator,
) -> dict[str, Any] | None:
    """Settings that differ from the defaults, by name: of those with a prior about half, each drawn from its
    own, as far as they apply; None if there are none.

    of: the class of settings. base: what holds unless it is drawn. fixed: the names of what is not drawn.
    """
    default: Any = resolve(of, {}, base)
    for _ in range(_DRAWS):
        drawn = {}
        for name, prior in priors.items():
            is_drawn, value = rng.random() < _DRAWN, prior.draw(rng)
            if is_drawn and name not in fixed:
                drawn[name] = value
        made: Any = resolve(of, {}, {**base, **drawn})
        differing = {
            name: value
            for name, value in drawn.items()
            if applies(made, declared(of)[name]) and getattr(default, name) != value
        }
        if differing:
            return differing
    return None
