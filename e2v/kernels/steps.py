"""Training one centre on its context: each word of it (skip-gram), or their mean (CBOW)."""

import numpy as np

from e2v.kernels.block import block
from e2v.kernels.cache import helper
from e2v.kernels.simd import LANES, add, fma, load, splat, store, sub

#: One centre in so many has its loss measured.
MEASURED = 128


@helper
def train_centre(plan, space, m, mean, at, n, upcoming, lr, measure):
    """Train the slots space.slots[:m] on the outputs at `at`; returns the loss if measured, else 0.

    mean: a free slot, for CBOW.
    """
    if plan.cbow:
        return cbow_step(plan, space, m, mean, at, n, upcoming, lr, measure)
    return block(space, m, plan.outputs, at, n, upcoming, plan.stride, lr, measure)


@helper
def cbow_step(plan, space, m, mean, at, n, upcoming, lr, measure):
    """Train the mean of the slots, in the slot `mean`, and hand its change back to them; returns the loss.

    The mean's derivative by each word is 1 / m; word2vec.c leaves this out (Irsoy, Benton and Stratos,
    "Corrected CBOW performs as well as skip-gram", 2021).
    """
    stride = plan.stride
    work, slots = space.work, space.slots
    share = np.float32(1) / np.float32(m)
    before = mean + 2 * space.region
    for k in range(0, stride, LANES):
        total = load(work, slots[0] + k)
        for i in range(1, m):
            total = add(total, load(work, slots[i] + k))
        average = fma(splat(share), total, splat(np.float32(0)))
        store(work, mean + k, average)
        store(work, before + k, average)
    first = slots[0]
    slots[0] = mean
    loss = block(space, np.int64(1), plan.outputs, at, n, upcoming, stride, lr, measure)
    slots[0] = first
    factor = splat(share if plan.cbow_divide else np.float32(1))
    for k in range(0, stride, LANES):
        change = sub(load(work, mean + k), load(work, before + k))
        for i in range(m):
            store(work, slots[i] + k, fma(factor, change, load(work, slots[i] + k)))
    return loss
