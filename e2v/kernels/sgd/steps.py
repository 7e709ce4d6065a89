"""Training one centre on its context: each word of it (skip-gram), or their mean (CBOW)."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, fma, load, splat, store, sub
from e2v.kernels.sgd.block import block

#: One centre in so many has its loss measured.
MEASURED = 128


@helper
def train_centre(plan, space, m, mean, at, n, upcoming, lr, measure):
    """Train the slots space.slots[:m] on the outputs at `at`; returns the loss if measured, else 0.

    mean: a free slot, for CBOW.
    """
    inputs, first = m, space.slots[0]
    if plan.cbow:
        take_mean(plan, space, m, mean)
        inputs, space.slots[0] = np.int64(1), mean
    # Called in one place: its machine code, all shapes of tiles, is most of a kernel's.
    loss = block(space, inputs, plan.outputs, at, n, upcoming, plan.stride, lr, measure)
    if plan.cbow:
        space.slots[0] = first
        hand_back(plan, space, m, mean)
    return loss


@helper
def take_mean(plan, space, m, mean):
    """Put the mean of the slots into the slot `mean`, and a copy to where the slots are as they came."""
    work, slots = space.work, space.slots
    share, before = splat(np.float32(1) / np.float32(m)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        total = load(work, slots[0] + k)
        for i in range(1, m):
            total = add(total, load(work, slots[i] + k))
        average = fma(share, total, splat(np.float32(0)))
        store(work, mean + k, average)
        store(work, before + k, average)


@helper
def hand_back(plan, space, m, mean):
    """Add the mean's change to the slots, divided by their number unless the plan says otherwise.

    The mean's derivative by each word is 1 / m; word2vec.c leaves this out (Irsoy, Benton and Stratos,
    "Corrected CBOW performs as well as skip-gram", 2021).
    """
    work, slots = space.work, space.slots
    share = np.float32(1) / np.float32(m)
    factor, before = splat(share if plan.cbow_divide else np.float32(1)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        change = sub(load(work, mean + k), load(work, before + k))
        for i in range(m):
            store(work, slots[i] + k, fma(factor, change, load(work, slots[i] + k)))
