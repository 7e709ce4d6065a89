"""How many different words a text has, told by a part of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: A word that is expected less often than this in the part is not counted there, but extrapolated: down to
#: here the exponent at the edge of the part did better on English and Chinese text.
_LEAST_EXPECTED = 0.6
#: Counts above are those of function words, which every part has.
_MOST = 1 << 12
_STEPS = 50


@dataclass(frozen=True)
class Growth:
    """The counts of the words of a part of a text, and what follows for the whole.

    counts: int64[n], of each different word of the part. share: of the whole, above 0 to 1. halves, quarters:
    different words in a half and in a quarter of the part, on average.

    Where a word of the whole may be expected in the part, the density of words is taken for a power law of
    their probability, the Zipf-Mandelbrot model of word frequencies (Evert 2004, "A simple LNRE model for
    random character sequences"): with the exponent a, as many as C Γ(k - a) / Γ(k) are expected to occur k
    times or more, so that a follows from two such numbers. Rarer words are on the curve of this form that
    leads from there to all different words of the whole. Their number grows by Heaps' law (Heaps 1978), with
    an exponent that falls as it did from the quarters to the halves to the part.

    Of English and Chinese Wikipedia (16.5 and 4.5 million words), an eighth told the words that occur 5 times
    or more within 11 %, and 10 times or more within 3 %; a fourth within 2 %; a sixtieth within 30 % and 25.
    """

    counts: NDArray[np.int64]
    share: float
    halves: float
    quarters: float

    def words(self, least: int) -> int:
        """How many different words occur so often, or more often, in the whole."""
        if self.share >= 1:
            return int(np.count_nonzero(self.counts >= least))
        reached = 1 / self.share
        if least >= _LEAST_EXPECTED * reached:
            return round(self._expected(float(least)))
        at_edge, all_words = self._expected(reached), self._all_words()
        low, high = 0.0, 0.999
        for _ in range(_STEPS):
            exponent = (low + high) / 2
            if _ratio(1, reached, exponent) < all_words / max(at_edge, 1):
                low = exponent
            else:
                high = exponent
        return round(all_words * _ratio(least, 1, exponent))

    def _all_words(self) -> float:
        """All different words of the whole."""
        exponent = math.log2(len(self.counts) / self.halves)
        before = math.log2(self.halves / self.quarters)
        falls = min(1.0, exponent / before) if before > 0 else 1.0
        doublings = -math.log2(self.share)
        return float(len(self.counts) * 2 ** (doublings * exponent * falls ** (doublings / 2)))

    def _expected(self, least: float) -> float:
        """Words that occur so often in the whole, by those about `least * share` times in the part."""
        k = max(1, round(least * self.share))
        here, twice = self._tail(k), self._tail(2 * k)
        low, high = 0.0, min(float(k), 3.0) - 1e-9
        for _ in range(_STEPS):
            exponent = (low + high) / 2
            if _ratio(2 * k, k, exponent) > twice / max(here, 1):
                low = exponent
            else:
                high = exponent
        exponent = min(exponent, 0.99 * least)
        return float(here * self.share**-exponent * _ratio(least, k, exponent))

    def _tail(self, least: int) -> int:
        """Words that occur so often in the part."""
        return int(np.count_nonzero(self.counts >= min(least, _MOST)))


def _ratio(one: float, other: float, exponent: float) -> float:
    """Γ(one - a) / Γ(one) over the same of the other."""
    log = math.lgamma(one - exponent) - math.lgamma(one)
    return math.exp(log - math.lgamma(other - exponent) + math.lgamma(other))
