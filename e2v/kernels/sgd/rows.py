"""Rows of float32: how matrices are laid out, and how rows come into the working slots and go back."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.gather import PIECE, gather, scatter
from e2v.kernels.codegen.simd import LANES, add, load, prefetch, store, sub
from e2v.kernels.sgd.replicas import part_copy, use_part

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
                if plan.part_rows[2 * q] >= 0:
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
def list_parts(plan, space, token, entering):
    """List where the rows of a token's parts start: space.parts, as many as are returned.

    Those that have copies are found there; `entering` counts as a use of them.
    """
    first = plan.part_offsets[token]
    n = plan.part_offsets[token + 1] - first
    for i in range(n):
        row = np.int64(plan.part_rows[2 * (first + i)])
        if row >= 0:
            space.parts[i] = row * plan.stride
        elif entering:
            space.parts[i] = use_part(plan, space, -1 - row)
        else:
            space.parts[i] = part_copy(plan, space, -1 - row)
    return n


@helper
def enter(plan, space, token, slot):
    """Bring a token's input vector into the slot, and a copy of it to where the slots are as they came.

    The vector is the token's row, or the weighted sum of its parts' rows.
    """
    work, came = space.work, slot + 2 * space.region
    if not plan.composed:
        for k in range(0, plan.stride, LANES):
            x = load(plan.inputs, token * plan.stride + k)
            store(work, slot + k, x)
            store(work, came + k, x)
        return
    n = list_parts(plan, space, token, True)
    weights = 2 * plan.part_offsets[token] + 1
    for k in range(0, plan.stride, PIECE):
        columns = min(PIECE, plan.stride - k) // LANES
        gather(columns, plan.inputs, space.parts, plan.part_weights, weights, n, k, work, slot + k)
    for k in range(0, plan.stride, LANES):
        store(work, came + k, load(work, slot + k))


@helper
def leave(plan, space, token, slot):
    """Add what has changed in the slot since `enter` to the token's row, or to its parts' rows.

    Only the difference is added: another slot, or another thread, may have changed the rows meanwhile. Each
    part moves by weight / (sum of squared weights) of the difference: the least change of the parts that
    moves their sum by all of it (for an average of n rows, each row moves by the whole difference, as in
    fastText).
    """
    work, came = space.work, slot + 2 * space.region
    if not plan.composed:
        for k in range(0, plan.stride, LANES):
            at = token * plan.stride + k
            change = sub(load(work, slot + k), load(work, came + k))
            store(plan.inputs, at, add(load(plan.inputs, at), change))
        return
    n = list_parts(plan, space, token, False)
    weights, norm = 2 * plan.part_offsets[token] + 1, plan.part_norms[token]
    for k in range(0, plan.stride, PIECE):
        columns = min(PIECE, plan.stride - k) // LANES
        scatter(
            columns,
            plan.inputs,
            space.parts,
            plan.part_weights,
            weights,
            n,
            k,
            norm,
            work,
            slot + k,
            came + k,
        )
