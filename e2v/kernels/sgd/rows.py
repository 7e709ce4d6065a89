"""Rows of float32: how they are loaded into the slots and stored back."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.gather import PIECE_FLOATS, Change, WeightedRows, gather, scatter
from e2v.kernels.codegen.simd import LANES, add, load, prefetch, store, sub
from e2v.kernels.sgd.memory import LINE
from e2v.kernels.sgd.replicas import part_replica, use_part_replica


@helper
def prefetch_input(plan, parts, sentence, position, end):
    """Prefetch the rows that `load_input` will read for the word at `position`, if that is before `end`.

    With parts these are found by two look-ups in tables larger than the cache, which are prefetched for words
    further on (software pipelining).
    """
    if parts is None:
        if position < end:
            prefetch_row(plan, sentence[position])
    else:
        if position + 4 < end:
            prefetch(parts.offsets, sentence[position + 4])
            prefetch(parts.norms, sentence[position + 4])
        if position + 2 < end:
            first = 2 * parts.offsets[sentence[position + 2]]
            for line in range(3):  # enough for most words
                prefetch(parts.rows, first + line * LINE)
        if position < end:
            for q in range(parts.offsets[sentence[position]], parts.offsets[sentence[position] + 1]):
                if parts.rows[2 * q] >= 0:
                    prefetch_row(plan, parts.rows[2 * q])


@helper
def prefetch_row(plan, row):
    """Prefetch one row of the inputs."""
    start = np.int64(row) * plan.stride
    for k in range(0, plan.stride, LINE):
        prefetch(plan.inputs, start + k)


@helper
def list_parts(plan, space, parts, frozen, token, loading):
    """List in space.parts where the rows of a token's parts, or their replicas, start; returns their number.

    loading: count it as a use of the replicas; else they are to be written, and frozen ones are left out.
    """
    first = parts.offsets[token]
    n = parts.offsets[token + 1] - first
    if frozen is not None and not loading:
        n = parts.trained[token]
    for i in range(n):
        row = np.int64(parts.rows[2 * (first + i)])
        if row >= 0:
            space.parts[i] = row * plan.stride
        elif loading:
            space.parts[i] = use_part_replica(plan, space, parts, -1 - row)
        else:
            space.parts[i] = part_replica(plan, space, -1 - row)
    return n


@helper
def weighted_parts(plan, space, parts, frozen, token, loading):
    """A token's parts as WeightedRows; see `list_parts`."""
    n = list_parts(plan, space, parts, frozen, token, loading)
    return WeightedRows(plan.inputs, space.parts, parts.weights, 2 * parts.offsets[token] + 1, n)


@helper
def load_input(plan, space, parts, frozen, token, slot):
    """Load a token's input vector into the slot, and a copy of it into the slots as loaded.

    The vector is the token's row, or the weighted sum of its parts' rows.
    """
    work, before = space.work, slot + 2 * space.region
    if frozen is not None:
        space.held[slot // space.pitch] = token < plan.n_frozen
    if parts is None:
        for k in range(0, plan.stride, LANES):
            x = load(plan.inputs, np.int64(token) * plan.stride + k)
            store(work, slot + k, x)
            store(work, before + k, x)
    else:
        rows = weighted_parts(plan, space, parts, frozen, token, True)
        for k in range(0, plan.stride, PIECE_FLOATS):
            vectors = min(PIECE_FLOATS, plan.stride - k) // LANES
            gather(rows, k, vectors, work, slot + k)
        for k in range(0, plan.stride, LANES):
            store(work, before + k, load(work, slot + k))


@helper
def store_input(plan, space, parts, frozen, token, slot):
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
    if parts is None:
        for k in range(0, plan.stride, LANES):
            at = np.int64(token) * plan.stride + k
            change = sub(load(work, slot + k), load(work, before + k))
            store(plan.inputs, at, add(load(plan.inputs, at), change))
    else:
        rows, norm = weighted_parts(plan, space, parts, frozen, token, False), parts.norms[token]
        for k in range(0, plan.stride, PIECE_FLOATS):
            vectors = min(PIECE_FLOATS, plan.stride - k) // LANES
            scatter(rows, k, vectors, norm, Change(work, slot + k, before + k))
