"""Rows of bfloat16, two numbers in a word of 32 bits.

A bfloat16 is the upper half of a float32, so that it has its range, and 8 bits of precision in place of 24.
Word i of a cache line holds elements i (in its lower half) and i + 16 of the line's 32: a vector of words is
widened by one operation for either half, whatever the width of registers.
"""

import numpy as np

from e2v.kernels.sgd.memory import LINE, allocate_lines, padded

_16 = np.uint32(16)
_HIGH = np.uint32(0xFFFF0000)
_HALF, _NAN = np.uint32(0x7FFF), np.uint32(0x7FC00000)


def words_in_row(dim):
    """Words in a row of so many numbers, in whole cache lines."""
    return padded(-(-padded(dim) // 2))


def allocate_bfloat16(count, dim, parallel=map):
    """Zeros u32[count, words_in_row(dim)], each row from a cache line on; see `allocate_rows`."""
    return allocate_lines(count, words_in_row(dim), np.uint32, parallel)


def pack(rows):
    """Words u32[n, words_in_row(dim)] of f32[n, dim], rounded to the nearest bfloat16, ties to even."""
    n, dim = rows.shape
    lines = words_in_row(dim) // LINE
    numbers = np.zeros((n, lines, 2, LINE), np.float32)
    numbers.reshape(n, 2 * LINE * lines)[:, :dim] = rows
    bits = numbers.view(np.uint32)
    bits[np.isnan(numbers)] = _NAN  # of which any bit may be set: rounding could make a zero of it
    bits += _HALF + ((bits >> _16) & np.uint32(1))
    return ((bits[:, :, 0] >> _16) | (bits[:, :, 1] & _HIGH)).reshape(n, lines * LINE)


def unpack(words, dim):
    """Numbers f32[n, dim] of words u32[n, words_in_row(dim)]."""
    n, length = words.shape
    lines = words.reshape(n, length // LINE, LINE)
    bits = np.empty((n, length // LINE, 2, LINE), np.uint32)
    np.left_shift(lines, _16, out=bits[:, :, 0])
    np.bitwise_and(lines, _HIGH, out=bits[:, :, 1])
    return bits.view(np.float32).reshape(n, 2 * length)[:, :dim]
