"""Numbers of bfloat16, of 8 bits of precision, slowly and in float64: rounded by random bits.

A row's numbers lie in lines of 32, of which numbers i and i + 16 take the lower and the upper half of the
bits of stream i. The streams are xorshift of 32 bits (Marsaglia 2003, "Xorshift RNGs").
"""

from __future__ import annotations

import math

LINE, PRECISION, RANDOM_BITS = 32, 8, 16
#: What the bits grow by from row to row of those that change together.
STEP = 0x9E379E37
MASK = (1 << 32) - 1


def xorshift(x: int) -> int:
    """The draw after x."""
    x ^= x << 13 & MASK
    x ^= x >> 17
    return x ^ x << 5 & MASK


class Streams:
    """Streams of 32 random bits, one for each of their seeds, none of which is 0."""

    def __init__(self, seeds: list[int]) -> None:
        self.states = seeds

    def draw(self, size: int) -> list[int]:
        """Bits for rows of so many numbers: 32 for each two of a line, line by line."""
        bits = []
        for _ in range(-(-size // LINE)):
            self.states = [xorshift(state) for state in self.states]
            bits += self.states
        return bits


def rounded_row(row: list[float], bits: list[int], number: int) -> list[float]:
    """A row rounded at random, the one of that number of those that change together."""
    rounded = []
    for place, x in enumerate(row):
        line, within = divmod(place, LINE)
        random = (bits[16 * line + within % 16] + number * STEP) & MASK
        rounded.append(rounded_at_random(x, random >> 16 if within >= 16 else random & 0xFFFF))
    return rounded


def rounded_at_random(x: float, random: int) -> float:
    """One of the two numbers of 8 bits next to x: that further from 0 if what x loses and `random` carry."""
    mantissa, exponent = math.frexp(abs(x))
    scaled = mantissa * (1 << PRECISION)
    whole = math.floor(scaled)
    up = (scaled - whole) * (1 << RANDOM_BITS) + random >= (1 << RANDOM_BITS)
    return math.copysign(math.ldexp(whole + up, exponent - PRECISION), x)


def nearest(x: float) -> float:
    """The nearest number of 8 bits; of two the one whose last bit is 0."""
    mantissa, exponent = math.frexp(x)
    return math.ldexp(round(mantissa * (1 << PRECISION)), exponent - PRECISION)
