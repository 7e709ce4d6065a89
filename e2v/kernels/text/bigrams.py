"""Bigrams, words next to each other in a sentence: counting them, and joining those that are phrases.

A bigram (a, b) is the number a * 2^32 + b + 1, never 0, which marks an empty slot of a table: uint64[2^k],
open addressing with linear probing.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.text.bits import FIBONACCI

_32, _SHIFT = np.uint64(32), np.uint64(40)


@helper
def _slot(slots, bigram):
    """Where the bigram is, or the empty slot where it would be."""
    mask = len(slots) - 1
    at = np.int64((bigram * FIBONACCI) >> _SHIFT) & mask
    while slots[at] != 0 and slots[at] != bigram:
        at = (at + 1) & mask
    return at


@helper
def _bigram(a, b):
    return ((np.uint64(a) << _32) | np.uint64(b)) + np.uint64(1)


@kernel
def count_bigrams(tokens, offsets, cursor, eligible, slots, counts, size):
    """Count the bigrams of sentences from `cursor` on: int64[2], a sentence and the token to begin with.

    Returns whether all are counted; else the table is half full and must grow, and `cursor` says where to go
    on. eligible: bool[V], words that may be part of a phrase. slots: uint64[2^k]; counts: int64[2^k]; size:
    int64[1], bigrams in it.
    """
    most = len(slots) // 2
    begin = cursor[1]
    for s in range(cursor[0], len(offsets) - 1):
        for i in range(max(begin, offsets[s]), offsets[s + 1] - 1):
            if eligible[tokens[i]] and eligible[tokens[i + 1]]:
                bigram = _bigram(tokens[i], tokens[i + 1])
                at = _slot(slots, bigram)
                if slots[at] == 0:
                    if size[0] == most:
                        cursor[0], cursor[1] = s, i
                        return False
                    slots[at] = bigram
                    size[0] += 1
                counts[at] += 1
    return True


@kernel
def insert_bigrams(bigrams, values, slots, table):
    """Put different bigrams, uint64[n], and values, int64[n], into an empty table with room for them."""
    for i in range(len(bigrams)):
        at = _slot(slots, bigrams[i])
        slots[at] = bigrams[i]
        table[at] = values[i]


@kernel
def join_bigrams(tokens, offsets, begins, slots, table, out, out_offsets):
    """Replace phrases in sentences by one token each, from the left; returns how many it wrote.

    begins: bool[V], first words of phrases. slots, table: the phrases and their tokens, from
    `insert_bigrams`. out: int32[at least as many]; out_offsets: int64[len(offsets)].
    """
    n = 0
    out_offsets[0] = 0
    for s in range(len(offsets) - 1):
        i, stop = offsets[s], offsets[s + 1]
        while i < stop:
            token = tokens[i]
            i += 1
            if i < stop and begins[token]:
                at = _slot(slots, _bigram(token, tokens[i]))
                if slots[at] != 0:
                    token = np.int32(table[at])
                    i += 1
            out[n] = token
            n += 1
        out_offsets[s + 1] = n
    return n
