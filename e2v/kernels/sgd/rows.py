"""Rows of the inputs: how words are loaded from them into the slots, and stored back."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.gather import Change, Rows, gather, scatter
from e2v.kernels.codegen.simd import LANES, add, fma, load, prefetch, splat, store, sub
from e2v.kernels.sgd.memory import LINE
from e2v.kernels.sgd.parts import MOVE_OWN, MOVE_SHARED, OWN, RECORD, REPLICATED, SHARED, TRAINED
from e2v.kernels.sgd.replicas import part_replica, use_part_replica


@helper
def prefetch_input(plan, parts, sentence, position, end):
    """Prefetch the rows that `load_input` will read for the word at `position`, if that is before `end`.

    With parts these are found by two look-ups in tables larger than the cache, which are prefetched for words
    further on (software pipelining).
    """
    if position < end:
        prefetch_row(plan.inputs, np.int64(sentence[position]) * plan.stride, plan.stride)
    if parts is not None:
        if position + 4 < end:
            prefetch(parts.sizes, RECORD * np.int64(sentence[position + 4]))
        if position + 2 < end:
            first = first_part(parts, sentence[position + 2])
            for line in range(2):  # enough for most words
                prefetch(parts.rows, first + line * LINE)
        if position < end:
            word = sentence[position]
            first = first_part(parts, word)
            replicated, trained = size_of(parts, word, REPLICATED), size_of(parts, word, TRAINED)
            for q in range(first + replicated, first + trained):
                prefetch_row(parts.trained, np.int64(parts.rows[q]) * parts.words, parts.words)


@helper
def prefetch_row(matrix, start, length):
    """Prefetch one row, all of its cache lines."""
    for k in range(0, length, LINE):
        prefetch(matrix, start + k)


@helper
def first_part(parts, token):
    """Where the token's parts are listed."""
    return parts.starts[RECORD // 2 * np.int64(token)]


@helper
def size_of(parts, token, place):
    """How many parts of one kind a token has: REPLICATED, or TRAINED."""
    return np.int64(parts.sizes[RECORD * np.int64(token) + place])


@helper
def weight_of(parts, token, place):
    """A weight of the token's: OWN, SHARED, MOVE_OWN, or MOVE_SHARED."""
    return parts.weights[RECORD * np.int64(token) + place]


@helper
def list_parts(space, parts, token, loading):
    """List in space.parts where the rows of a token's trained parts, or their replicas, start: as `Rows`.

    loading: count it as a use of the replicas.
    """
    first, replicated = first_part(parts, token), size_of(parts, token, REPLICATED)
    n = size_of(parts, token, TRAINED)
    if loading:
        for i in range(replicated):
            space.parts[i] = use_part_replica(space, parts, np.int64(parts.rows[first + i]))
    else:
        for i in range(replicated):
            space.parts[i] = part_replica(space, parts, np.int64(parts.rows[first + i]))
    for i in range(replicated, n):
        space.parts[i] = np.int64(parts.rows[first + i]) * parts.words
    return Rows(parts.trained, space.parts, n)


@helper
def halves_of(plan, line):
    """How many of the two halves of a cache line of bfloat16, from word `line` of a row on, have numbers."""
    return min(2, (plan.stride - 2 * line) // LINE)


@helper
def sum_parts(plan, space, parts, frozen, token, slot):
    """Put the sum of the rows of a token's parts into the slot."""
    rows = list_parts(space, parts, token, True)
    if rows.n > 0:
        for line in range(0, parts.words, LINE):
            gather(rows, line, halves_of(plan, line), space.work, slot)
    else:
        for k in range(0, plan.stride, LANES):
            store(space.work, slot + k, splat(np.float32(0)))
    if frozen is not None:
        for q in range(first_part(parts, token) + rows.n, first_part(parts, token + 1)):
            start = np.int64(parts.rows[q]) * plan.stride
            for k in range(0, plan.stride, LANES):
                total = add(load(space.work, slot + k), load(parts.kept, start + k))
                store(space.work, slot + k, total)


@helper
def load_input(plan, space, parts, frozen, token, slot):
    """Load a token's input vector into the slot, and a copy of it into the slots as loaded.

    The vector is the token's row, or the weighted sum of that and its parts' rows.
    """
    work, before, row = space.work, slot + 2 * space.region, np.int64(token) * plan.stride
    if frozen is not None:
        space.held[slot // space.pitch] = token < plan.n_frozen
    if parts is None:
        for k in range(0, plan.stride, LANES):
            x = load(plan.inputs, row + k)
            store(work, slot + k, x)
            store(work, before + k, x)
    else:
        sum_parts(plan, space, parts, frozen, token, slot)
        own, shared = splat(weight_of(parts, token, OWN)), splat(weight_of(parts, token, SHARED))
        for k in range(0, plan.stride, LANES):
            x = fma(own, load(plan.inputs, row + k), fma(shared, load(work, slot + k), splat(np.float32(0))))
            store(work, slot + k, x)
            store(work, before + k, x)


@helper
def store_input(plan, space, parts, frozen, token, slot):
    """Add the slot's change since `load_input` to the token's row, and to its parts' rows.

    Frozen rows are not written. Only the difference is added: another slot, or another thread, may have
    changed the rows meanwhile. Each part moves by weight / (sum of squared weights) of the difference: the
    least change of the parts that moves their sum by all of it (for an average of n rows, each row moves by
    the whole difference, as in fastText).
    """
    if frozen is not None and token < plan.n_frozen:
        return
    work, before, row = space.work, slot + 2 * space.region, np.int64(token) * plan.stride
    if parts is None:
        for k in range(0, plan.stride, LANES):
            change = sub(load(work, slot + k), load(work, before + k))
            store(plan.inputs, row + k, add(load(plan.inputs, row + k), change))
    else:
        share = splat(weight_of(parts, token, MOVE_OWN))
        for k in range(0, plan.stride, LANES):
            change = sub(load(work, slot + k), load(work, before + k))
            store(plan.inputs, row + k, fma(share, change, load(plan.inputs, row + k)))
        rows = list_parts(space, parts, token, False)
        if rows.n > 0:
            change = Change(weight_of(parts, token, MOVE_SHARED), work, slot, before)
            for line in range(0, parts.words, LINE):
                scatter(rows, line, halves_of(plan, line), change, space.rounding)
