"""Rows of float32: how matrices are laid out, and how rows are loaded into the slots and stored back."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.gather import PIECE_FLOATS, Change, WeightedRows, gather, scatter
from e2v.kernels.codegen.simd import LANES, add, load, prefetch, store, sub
from e2v.kernels.sgd.replicas import part_replica, use_part_replica

#: Floats in a cache line; every row starts on one and is padded to whole ones.
LINE = 16


def padded(dim):
    """Floats in a row of so many dimensions: dim padded to a multiple of 16."""
    return -(-dim // LINE) * LINE


def allocate_rows(count, dim):
    """Zeros f32[count, padded(dim)], each row from a cache line on."""
    stride = padded(dim)
    # Memory from np.empty is mapped with huge pages where the system has them; filling touches it once.
    buffer = np.empty(count * stride + LINE, np.float32)
    buffer.fill(0)
    start = -buffer.ctypes.data % (4 * LINE) // 4
    return buffer[start : start + count * stride].reshape(count, stride)


@helper
def prefetch_input(plan, composed, sentence, position, n):
    """Prefetch the rows that `load_input` will read for the word at `position`.

    With parts these are found by two look-ups in tables larger than the cache, which are prefetched for words
    further on (software pipelining).
    """
    if composed is None:
        if position < n:
            prefetch_row(plan, sentence[position])
    else:
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


@helper
def prefetch_row(plan, row):
    """Prefetch one row of the inputs."""
    start = np.int64(row) * plan.stride
    for k in range(0, plan.stride, LINE):
        prefetch(plan.inputs, start + k)


@helper
def list_parts(plan, space, frozen, token, loading):
    """List in space.parts where the rows of a token's parts, or their replicas, start; returns their number.

    loading: count it as a use of the replicas; else they are to be written, and frozen ones are left out.
    """
    first = plan.part_offsets[token]
    n = plan.part_offsets[token + 1] - first
    if frozen is not None and not loading:
        n = plan.trained_parts[token]
    for i in range(n):
        row = np.int64(plan.part_rows[2 * (first + i)])
        if row >= 0:
            space.parts[i] = row * plan.stride
        elif loading:
            space.parts[i] = use_part_replica(plan, space, -1 - row)
        else:
            space.parts[i] = part_replica(plan, space, -1 - row)
    return n


@helper
def weighted_parts(plan, space, frozen, token, loading):
    """A token's parts as WeightedRows; see `list_parts`."""
    n = list_parts(plan, space, frozen, token, loading)
    return WeightedRows(plan.inputs, space.parts, plan.part_weights, 2 * plan.part_offsets[token] + 1, n)


@helper
def load_input(plan, space, composed, frozen, token, slot):
    """Load a token's input vector into the slot, and a copy of it into the slots as loaded.

    The vector is the token's row, or the weighted sum of its parts' rows.
    """
    work, before = space.work, slot + 2 * space.region
    if frozen is not None:
        space.held[slot // plan.stride] = token < plan.n_frozen
    if composed is None:
        for k in range(0, plan.stride, LANES):
            x = load(plan.inputs, token * plan.stride + k)
            store(work, slot + k, x)
            store(work, before + k, x)
    else:
        parts = weighted_parts(plan, space, frozen, token, True)
        for k in range(0, plan.stride, PIECE_FLOATS):
            vectors = min(PIECE_FLOATS, plan.stride - k) // LANES
            gather(parts, k, vectors, work, slot + k)
        for k in range(0, plan.stride, LANES):
            store(work, before + k, load(work, slot + k))


@helper
def store_input(plan, space, composed, frozen, token, slot):
    """Add the slot's change since `load_input` to the token's row, or to its parts' rows.

    Frozen rows are not written. Only the difference is added: another slot, or another thread, may have
    changed the rows meanwhile. Each
    part moves by weight / (sum of squared weights) of the difference: the least change of the parts that
    moves their sum by all of it (for an average of n rows, each row moves by the whole difference, as in
    fastText).
    """
    if frozen is not None and token < plan.n_frozen:
        return
    work, before = space.work, slot + 2 * space.region
    if composed is None:
        for k in range(0, plan.stride, LANES):
            at = token * plan.stride + k
            change = sub(load(work, slot + k), load(work, before + k))
            store(plan.inputs, at, add(load(plan.inputs, at), change))
    else:
        parts, norm = weighted_parts(plan, space, frozen, token, False), plan.part_norms[token]
        for k in range(0, plan.stride, PIECE_FLOATS):
            vectors = min(PIECE_FLOATS, plan.stride - k) // LANES
            scatter(parts, k, vectors, norm, Change(work, slot + k, before + k))
