"""The generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).

Plain Python: the kernels compile it, for whom the mask costs nothing, and seeds are mixed with it as it is.
"""

MASK = (1 << 64) - 1
#: What the state grows by from draw to draw: 2^64 / golden ratio, made odd.
INCREMENT = 0x9E3779B97F4A7C15


def mix(state: int) -> int:
    """The 64 random bits of a state, 0 <= state < 2^64 (figure 17 of the paper)."""
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)
