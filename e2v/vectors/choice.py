"""Which vectors of a model to use, as the user writes it: input, output, sum:0.4, concat:0.7."""

from __future__ import annotations

import math
from dataclasses import dataclass

from e2v.errors import UsageError

PLAIN = ("input", "output", "input-output")
WEIGHTED = ("sum", "concat")


@dataclass(frozen=True)
class VectorChoice:
    """A parsed choice; `weight` is that of the output vectors in sum and concat."""

    name: str
    weight: float = 1.0

    @classmethod
    def parse(cls, text: str) -> VectorChoice:
        """Read `input`, `output`, `input-output`, `sum[:W]` or `concat[:W]`.

        Raises:
            UsageError: anything else, or a weight that is not a finite number.
        """
        name, colon, number = text.partition(":")
        if name in PLAIN and not colon:
            return cls(name)
        if name in WEIGHTED:
            try:
                weight = float(number) if colon else 1.0
            except ValueError:
                weight = math.nan
            if math.isfinite(weight):
                return cls(name, weight)
        raise UsageError(
            f"there are no vectors called '{text}'", "input, output, sum[:W], concat[:W] or input-output"
        )
