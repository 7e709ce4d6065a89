"""Neighbours in sentences: counting pairs of words, and joining those that are phrases.

A pair (a, b) is the number a * 2^32 + b + 1, never 0, which marks an empty slot of a table: uint64[2^k],
open addressing with linear probing.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

_32, _SHIFT = np.uint64(32), np.uint64(40)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth, TAOCP 3, section 6.4)


@helper
def _slot(slots, pair):
    """Where the pair is, or the empty slot where it would be."""
    mask = len(slots) - 1
    at = np.int64((pair * _MULTIPLIER) >> _SHIFT) & mask
    while slots[at] != 0 and slots[at] != pair:
        at = (at + 1) & mask
    return at


@helper
def _pair(a, b):
    return ((np.uint64(a) << _32) | np.uint64(b)) + np.uint64(1)


@kernel
def count_pairs(tokens, offsets, place, part, slots, counts, size):
    """Count the neighbours in sentences, from `place` on: int64[2], a sentence and the token to begin with.

    Returns whether all are counted; else the table is half full and must grow, and `place` says where to go
    on. part: bool[V], words that may be part of a phrase. slots: uint64[2^k]; counts: int64[2^k]; size:
    int64[1], pairs in it.
    """
    most = len(slots) // 2
    begin = place[1]
    for s in range(place[0], len(offsets) - 1):
        for i in range(max(begin, offsets[s]), offsets[s + 1] - 1):
            if part[tokens[i]] and part[tokens[i + 1]]:
                pair = _pair(tokens[i], tokens[i + 1])
                at = _slot(slots, pair)
                if slots[at] == 0:
                    if size[0] == most:
                        place[0], place[1] = s, i
                        return False
                    slots[at] = pair
                    size[0] += 1
                counts[at] += 1
    return True


@kernel
def fill(pairs, values, slots, table):
    """Put different pairs (uint64[n]) and their values (int64[n]) into an empty table with room for them."""
    for i in range(len(pairs)):
        at = _slot(slots, pairs[i])
        slots[at] = pairs[i]
        table[at] = values[i]


@kernel
def join_pairs(tokens, offsets, first, last, begins, slots, table, out, out_offsets):
    """Replace phrases in sentences first..last by one token each, from the left; returns how many it wrote.

    begins: bool[V], first words of phrases. slots, table: the phrases and their tokens, from `fill`.
    out: int32[at least as many]; out_offsets: int64[last - first + 1].
    """
    n = 0
    out_offsets[0] = 0
    for s in range(first, last):
        i, stop = offsets[s], offsets[s + 1]
        while i < stop:
            token = tokens[i]
            i += 1
            if i < stop and begins[token]:
                at = _slot(slots, _pair(token, tokens[i]))
                if slots[at] != 0:
                    token = np.int32(table[at])
                    i += 1
            out[n] = token
            n += 1
        out_offsets[s - first + 1] = n
    return n
