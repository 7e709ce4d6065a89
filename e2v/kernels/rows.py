"""Rows of float32: how matrices are laid out, and how rows come into the working slots and go back."""

import numpy as np

from e2v.kernels.cache import helper
from e2v.kernels.simd import LANES, add, fma, load, prefetch, splat, store, sub

#: Floats in a cache line; every row starts on one and is padded to whole ones.
LINE = 16


def allocate_rows(count, dim):
    """Zeros f32[count, stride], each row on a cache line of its own; stride is dim padded to a multiple of 16."""
    stride = -(-dim // LINE) * LINE
    # Memory from np.empty is mapped with huge pages where the system has them; filling touches it once.
    buffer = np.empty(count * stride + LINE, np.float32)
    buffer.fill(0)
    start = -buffer.ctypes.data % (4 * LINE) // 4
    return buffer[start : start + count * stride].reshape(count, stride)


@helper
def prefetch_token(plan, token):
    """Ask for the rows that `enter` will read."""
    stride = plan.stride
    if not plan.composed:
        for k in range(0, stride, LINE):
            prefetch(plan.inputs, token * stride + k)
        return
    for q in range(plan.part_offsets[token], plan.part_offsets[token + 1]):
        row = np.int64(plan.part_rows[q]) * stride
        for k in range(0, stride, LINE):
            prefetch(plan.inputs, row + k)


@helper
def enter(plan, token, work, slot, origin):
    """Bring a token's input vector into work[slot:], and a copy of it to work[slot + origin:].

    The vector is the token's row, or the weighted sum of its parts' rows.
    """
    stride = plan.stride
    if not plan.composed:
        row = token * stride
        for k in range(0, stride, LANES):
            x = load(plan.inputs, row + k)
            store(work, slot + k, x)
            store(work, slot + origin + k, x)
        return
    for k in range(0, stride, LANES):
        store(work, slot + k, splat(np.float32(0)))
    for q in range(plan.part_offsets[token], plan.part_offsets[token + 1]):
        row = np.int64(plan.part_rows[q]) * stride
        weight = splat(plan.part_weights[q])
        for k in range(0, stride, LANES):
            store(work, slot + k, fma(weight, load(plan.inputs, row + k), load(work, slot + k)))
    for k in range(0, stride, LANES):
        store(work, slot + origin + k, load(work, slot + k))


@helper
def leave(plan, token, work, slot, origin):
    """Add what has changed in work[slot:] since `enter` to the token's row, or to its parts' rows.

    Only the difference is added: another slot, or another thread, may have changed the rows meanwhile. Each part moves
    by weight / (sum of squared weights) of the difference: the least change of the parts that moves the sum by all of it
    (for an average of n rows, each row moves by the whole difference, as in fastText).
    """
    stride = plan.stride
    if not plan.composed:
        row = token * stride
        for k in range(0, stride, LANES):
            change = sub(load(work, slot + k), load(work, slot + origin + k))
            store(plan.inputs, row + k, add(load(plan.inputs, row + k), change))
        return
    squares = np.float32(0)
    for q in range(plan.part_offsets[token], plan.part_offsets[token + 1]):
        squares += plan.part_weights[q] * plan.part_weights[q]
    for k in range(0, stride, LANES):
        store(work, slot + k, sub(load(work, slot + k), load(work, slot + origin + k)))
    for q in range(plan.part_offsets[token], plan.part_offsets[token + 1]):
        row = np.int64(plan.part_rows[q]) * stride
        share = splat(plan.part_weights[q] / squares)
        for k in range(0, stride, LANES):
            store(plan.inputs, row + k, fma(share, load(work, slot + k), load(plan.inputs, row + k)))
