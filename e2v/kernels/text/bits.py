"""Bytes eight at a time, as little-endian 64-bit words (SIMD within a register), and hashing of words."""

import numpy as np

from e2v.kernels.codegen.cache import helper

#: A byte in each of a word's eight places.
EACH_01 = np.uint64(0x0101010101010101)
EACH_7F = np.uint64(0x7F7F7F7F7F7F7F7F)
EACH_80 = np.uint64(0x8080808080808080)
#: 2^64 / golden ratio: the multiplier of Fibonacci hashing (Knuth, TAOCP 3, section 6.4).
FIBONACCI = np.uint64(0x9E3779B97F4A7C15)

_1, _7, _56, _63 = (np.uint64(n) for n in (1, 7, 56, 63))


@helper
def word_at(words, position):
    """The eight bytes from `position` on, which need not be aligned; words: uint64[]."""
    index = position >> 3
    shift = np.uint64((position & 7) << 3)
    return (words[index] >> shift) | ((words[index + 1] << _1) << (_63 - shift))


@helper
def bytes_below(high_bits):
    """A mask of the bytes below the lowest that has its high bit set; no other bits are set."""
    return ((high_bits & (~high_bits + _1)) >> _7) - _1


@helper
def n_bytes(mask):
    """How many bytes a mask made by `bytes_below` has."""
    return np.int64(((mask & EACH_01) * EACH_01) >> _56)
