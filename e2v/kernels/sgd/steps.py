"""Training one centre on its context: each word of it (skip-gram), or their mean (CBOW)."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, fma, load, splat, store, sub
from e2v.kernels.sgd.block import Step, train_block

#: One centre in so many has its loss measured.
LOSS_INTERVAL = 128


@helper
def train_centre(plan, space, cbow, frozen, step):
    """Train a centre on its context; returns the loss if measured, else 0."""
    if frozen is not None and not step.measured and all_frozen(plan, space, step):
        return 0.0
    loss = train_context(plan, space, cbow, frozen, step)
    if frozen is not None:
        restore_frozen(plan, space, step.m)
    return loss


@helper
def train_context(plan, space, cbow, frozen, step):
    """The same, with all of the context's slots changed."""
    if cbow is None:
        return train_block(plan, space, frozen, step)
    first = space.slots[0]
    load_mean(plan, space, step.m)
    space.slots[0] = space.mean
    step_of_mean = Step(np.int64(1), step.outputs, step.n, step.upcoming, step.lr, step.measured)
    loss = train_block(plan, space, frozen, step_of_mean)
    space.slots[0] = first
    scatter_mean(plan, space, step.m)
    return loss


@helper
def load_mean(plan, space, m):
    """Put the mean of the context's m slots into the slot space.mean, and a copy to the slots as loaded."""
    work, slots, mean = space.work, space.slots, space.mean
    share, before = splat(np.float32(1) / np.float32(m)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        total = load(work, slots[0] + k)
        for i in range(1, m):
            total = add(total, load(work, slots[i] + k))
        average = fma(share, total, splat(np.float32(0)))
        store(work, mean + k, average)
        store(work, before + k, average)


@helper
def scatter_mean(plan, space, m):
    """Add the mean's change to the context's m slots, divided by m unless the plan says otherwise.

    The mean's derivative by each word is 1 / m; word2vec.c leaves this out (Irsoy, Benton and Stratos,
    "Corrected CBOW performs as well as skip-gram", 2021).
    """
    work, slots, mean = space.work, space.slots, space.mean
    share = np.float32(1) / np.float32(m)
    factor, before = splat(share if plan.cbow_divide else np.float32(1)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        change = sub(load(work, mean + k), load(work, before + k))
        for i in range(m):
            store(work, slots[i] + k, fma(factor, change, load(work, slots[i] + k)))


@helper
def all_frozen(plan, space, step):
    """Whether neither the context nor an output of a centre is trained."""
    trained = 0
    for i in range(step.m):
        trained += space.held[space.slots[i] // plan.stride] == 0
    for j in range(step.outputs, step.outputs + step.n):
        trained += space.sources[j] < 0
    return trained == 0


@helper
def restore_frozen(plan, space, m):
    """Put the frozen ones of the context's m slots back to what they were."""
    work, slots = space.work, space.slots
    for i in range(m):
        if space.held[slots[i] // plan.stride]:
            before = slots[i] + 2 * space.region
            for k in range(0, plan.stride, LANES):
                store(work, slots[i] + k, load(work, before + k))
