"""Random draws: the stream of a unit of work, noise words, windows, subsampling."""

import numpy as np
from numba import config

from e2v.kernels.codegen import twins
from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import prefetch

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_27, _30, _31, _32, _40 = (np.uint64(n) for n in (27, 30, 31, 32, 40))
_LOW = np.uint64(0xFFFFFFFF)
_TO_UNIT = np.float32(2.0**-24)


@helper
def bits_ahead(state, n):
    """The n-th 64 random bits to come (1: the next ones) of the stream whose state is state[0], uint64.

    SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): any seed will
    do, and draws do not wait for each other.
    """
    z = state[0] + np.uint64(n) * _GOLDEN
    z = (z ^ (z >> _30)) * _MIX1
    z = (z ^ (z >> _27)) * _MIX2
    return z ^ (z >> _31)


@helper
def skip(state, n):
    """Go on by n draws."""
    state[0] += np.uint64(n) * _GOLDEN


if config.DISABLE_JIT:
    bits_ahead, skip = twins.bits_ahead, twins.skip


@helper
def draw(state):
    """The next 64 random bits."""
    bits = bits_ahead(state, 1)
    skip(state, 1)
    return bits


@helper
def draw_below(state, bound):
    """A uniform integer in [0, bound), bound < 2**32."""
    return np.int64(((draw(state) >> _32) * np.uint64(bound)) >> _32)


@helper
def draw_noise(state, table, vocabulary, ids, count):
    """Draw ids[:count], uint64, from an `alias_table` of so many entries.

    Many at once, and in two passes, so that the look-ups in a table out of cache overlap.
    """
    for j in range(count):
        ids[j] = bits_ahead(state, j + 1)
        prefetch(table, noise_column(ids[j], vocabulary))
    for j in range(count):
        column = noise_column(ids[j], vocabulary)
        entry = table[column]
        if (ids[j] & _LOW) < (entry >> _32):
            ids[j] = np.uint64(column)
        else:
            ids[j] = entry & _LOW
    skip(state, count)


@helper
def noise_column(bits, vocabulary):
    """The entry of an alias table that the upper half of 64 random bits chooses."""
    return np.int64(((bits >> _32) * np.uint64(vocabulary)) >> _32)


@helper
def subsample(state, tokens, start, stop, keep, kept):
    """Copy to kept those of tokens[start:stop] that survive, each with probability keep[token]; how many."""
    n = 0
    for q in range(start, stop):
        token = tokens[q]
        kept[n] = token
        # Without a branch: which tokens survive is what no branch predictor can learn.
        n += np.int64(keep[token] > np.float32(draw(state) >> _40) * _TO_UNIT)
    return n


@helper
def shuffle(state, items, n):
    """Put items[:n] in random order (Fisher and Yates)."""
    for i in range(n - 1, 0, -1):
        j = draw_below(state, i + 1)
        items[i], items[j] = items[j], items[i]


def alias_table(weights):
    """A table u64[V] from which `draw_noise` draws id i with probability weights[i] / sum, in two look-ups.

    weights: f64[V], none negative, not all zero. The alias method (Walker 1974, Vose 1991): entry i holds,
    in its upper half, the probability (in 2**-32) of staying with i, and in its lower half the id to take
    otherwise.
    """
    weights = np.ascontiguousarray(weights, np.float64)
    total = weights.sum()
    if not (np.isfinite(total) and total > 0 and weights.min() >= 0):
        raise ValueError("noise weights must be finite, not negative, and not all zero")
    return _alias_table(weights * (len(weights) / total))


@kernel
def _alias_table(share):
    """`alias_table` from shares with mean 1, which are used up."""
    n = len(share)
    table = np.arange(n).astype(np.uint64) | (_LOW << _32)
    # Ids that have too little from the left end of the work list, those with too much from its right end.
    work = np.empty(n, np.int64)
    small, large = 0, n
    for i in range(n):
        if share[i] < 1.0:
            work[small] = i
            small += 1
        else:
            large -= 1
            work[large] = i
    while small > 0 and large < n:
        small -= 1
        poor, rich = work[small], work[large]
        table[poor] = (np.uint64(share[poor] * 4294967296.0) << _32) | np.uint64(rich)
        share[rich] -= 1.0 - share[poor]
        if share[rich] < 1.0:
            large += 1
            work[small] = rich
            small += 1
    return table
