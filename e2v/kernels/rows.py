"""Rows of float32: how matrices are laid out, and how rows come into the working slots and go back."""

import numpy as np

from e2v.kernels.cache import helper
from e2v.kernels.simd import LANES, add, fma, load, prefetch, splat, store, sub

#: Floats in a cache line; every row starts on one and is padded to whole ones.
LINE = 16


def allocate_rows(count, dim):
    """Zeros f32[count, stride], each row from a cache line on; stride is dim padded to a multiple of 16."""
    stride = -(-dim // LINE) * LINE
    # Memory from np.empty is mapped with huge pages where the system has them; filling touches it once.
    buffer = np.empty(count * stride + LINE, np.float32)
    buffer.fill(0)
    start = -buffer.ctypes.data % (4 * LINE) // 4
    return buffer[start : start + count * stride].reshape(count, stride)


@helper
def look_ahead(plan, sentence, position, n):
    """Ask for the rows that `enter` will read when the word at `position` is to enter.

    With parts these are found by two look-ups in tables that do not fit in the cache; what they will read is
    asked for some words before.
    """
    if plan.composed:
        if position + 4 < n:
            prefetch(plan.part_offsets, sentence[position + 4])
            prefetch(plan.part_norms, sentence[position + 4])
        if position + 2 < n:
            first = 2 * plan.part_offsets[sentence[position + 2]]
            for line in range(3):  # enough for most words
                prefetch(plan.part_rows, first + line * LINE)
        if position < n:
            for q in range(plan.part_offsets[sentence[position]], plan.part_offsets[sentence[position] + 1]):
                prefetch_row(plan, plan.part_rows[2 * q])
    elif position < n:
        prefetch_row(plan, sentence[position])


@helper
def prefetch_row(plan, row):
    """Ask for one row of the inputs."""
    start = np.int64(row) * plan.stride
    for k in range(0, plan.stride, LINE):
        prefetch(plan.inputs, start + k)


@helper
def enter(plan, token, work, slot, origin):
    """Bring a token's input vector into work[slot:], and a copy of it to work[slot + origin:].

    The vector is the token's row, or the weighted sum of its parts' rows.
    """
    first, last = np.int64(0), np.int64(0)
    if plan.composed:
        first, last = plan.part_offsets[token], plan.part_offsets[token + 1]
    for k in range(0, plan.stride, LANES):
        if plan.composed:
            x = splat(np.float32(0))
            for q in range(first, last):
                row = np.int64(plan.part_rows[2 * q]) * plan.stride
                x = fma(splat(plan.part_weights[2 * q + 1]), load(plan.inputs, row + k), x)
        else:
            x = load(plan.inputs, token * plan.stride + k)
        store(work, slot + k, x)
        store(work, slot + origin + k, x)


@helper
def leave(plan, token, work, slot, origin):
    """Add what has changed in work[slot:] since `enter` to the token's row, or to its parts' rows.

    Only the difference is added: another slot, or another thread, may have changed the rows meanwhile. Each
    part moves by weight / (sum of squared weights) of the difference: the least change of the parts that
    moves their sum by all of it (for an average of n rows, each row moves by the whole difference, as in
    fastText).
    """
    first, last, norm = np.int64(0), np.int64(0), np.float32(1)
    if plan.composed:
        first, last, norm = plan.part_offsets[token], plan.part_offsets[token + 1], plan.part_norms[token]
    for k in range(0, plan.stride, LANES):
        change = sub(load(work, slot + k), load(work, slot + origin + k))
        if not plan.composed:
            at = token * plan.stride + k
            store(plan.inputs, at, add(load(plan.inputs, at), change))
        for q in range(first, last):
            at = np.int64(plan.part_rows[2 * q]) * plan.stride + k
            share = splat(norm * plan.part_weights[2 * q + 1])
            store(plan.inputs, at, fma(share, change, load(plan.inputs, at)))
