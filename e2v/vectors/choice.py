"""Which vectors of a model to use, as the user writes it: input, output, sum:0.4, concat:1:0.3."""

from __future__ import annotations

import math
from typing import NamedTuple

from e2v.errors import UsageError

#: Choices, and how many weights each takes.
_WEIGHTS = {"input": 0, "output": 0, "sum": 1, "concat": 2}
#: From here on a weight leaves nothing of the other vectors in 32 bits, and in the end no number.
_TOO_HEAVY = 1e6


class VectorChoice(NamedTuple):
    """A parsed choice.

    weight: of the output vectors in sum and concat. added: in concat, how much of the output vectors is
    added to the input vectors that stand beside them.
    """

    name: str
    weight: float = 1.0
    added: float = 0.0

    @classmethod
    def parse(cls, text: str) -> VectorChoice:
        """Read `input`, `output`, `sum[:W]` or `concat[:W[:A]]`.

        Raises:
            UsageError: anything else, or a weight that is no number, or a million and more.
        """
        name, *weights = text.split(":")
        if len(weights) <= _WEIGHTS.get(name, -1):
            try:
                choice = cls(name, *map(float, weights))
            except ValueError:
                choice = cls(name, math.inf)
            if all(abs(weight) < _TOO_HEAVY for weight in choice[1:]):
                return choice
        raise UsageError(
            f"there are no vectors called '{text}'",
            "input, output, sum[:W] or concat[:W[:A]]",
        )
