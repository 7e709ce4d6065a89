"""Random draws: the stream of a unit of work, noise words, windows, subsampling."""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import prefetch
from e2v.kernels.sgd import splitmix64
from e2v.kernels.sgd.splitmix64 import INCREMENT, MASK

_32, _40 = np.uint64(32), np.uint64(40)
_LOWER_HALF = np.uint64(0xFFFFFFFF)
_TO_UNIT = np.float32(2.0**-24)

_mix = helper(splitmix64.mix)


@helper
def peek(state, n):
    """The n-th 64 random bits to come (1: the next ones) of the stream whose state is state[0], uint64.

    Of SplitMix64: any seed will do, and draws do not wait for each other. With the JIT off, `int` makes
    Python integers of NumPy's, which would overflow.
    """
    return np.uint64(_mix((int(state[0]) + int(np.uint64(n)) * INCREMENT) & MASK))


@helper
def advance(state, n):
    """Go on by n draws."""
    state[0] = (int(state[0]) + int(np.uint64(n)) * INCREMENT) & MASK


@helper
def draw(state):
    """The next 64 random bits."""
    one = np.int64(1)  # a literal would be a type of its own
    bits = peek(state, one)
    advance(state, one)
    return bits


@helper
def draw_below(state, bound):
    """A uniform integer in [0, bound), bound < 2**32."""
    return np.int64(((draw(state) >> _32) * np.uint64(bound)) >> _32)


@helper
def draw_noise(state, table, vocabulary, ids, count):
    """Draw ids[:count], uint64, from an `alias_table` of so many entries.

    Many at once, and in two passes: a table larger than the cache is prefetched.
    """
    for j in range(count):
        ids[j] = peek(state, j + 1)
        prefetch(table, alias_column(ids[j], vocabulary))
    for j in range(count):
        column = alias_column(ids[j], vocabulary)
        entry = table[column]
        if (ids[j] & _LOWER_HALF) < (entry >> _32):
            ids[j] = np.uint64(column)
        else:
            ids[j] = entry & _LOWER_HALF
    advance(state, count)


@helper
def alias_column(bits, vocabulary):
    """The entry of an alias table that the upper half of 64 random bits chooses."""
    return np.int64(((bits >> _32) * np.uint64(vocabulary)) >> _32)


@helper
def subsample(state, tokens, span, keep, kept, at):
    """Copy to kept[at:] those of tokens[start:stop] that survive; returns how many.

    span: (start, stop). A token survives with probability keep[token].
    """
    n = 0
    for q in range(span[0], span[1]):
        token = tokens[q]
        kept[at + n] = token
        # Branchless: survival is random, and every branch would be mispredicted.
        n += np.int64(keep[token] > np.float32(draw(state) >> _40) * _TO_UNIT)
    return n


@helper
def shuffle(state, items, at, n):
    """Put items[at : at + n] in random order (Fisher and Yates)."""
    for i in range(n - 1, 0, -1):
        j = draw_below(state, i + 1)
        items[at + i], items[at + j] = items[at + j], items[at + i]


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
    table = np.arange(len(weights), dtype=np.uint64) | (_LOWER_HALF << _32)
    _pair_entries(weights * (len(weights) / total), table, np.empty(len(weights), np.int64))
    return table


@kernel
def _pair_entries(share, table, work):
    """Complete an `alias_table` in which all entries stay with their id.

    share: f64[V], weights of mean 1, which are overwritten. work: i64[V], a list of ids: those with less than
    the mean from its left end on, the others from its right end.
    """
    n = len(share)
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
