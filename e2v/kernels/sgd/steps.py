"""Training a centre, or a group of them, on its context: each word of it (skip-gram), or their mean (CBOW).

With CBOW, the first plan.centres of space.slots are those of means, and their contexts follow.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, fma, load, splat, store, sub
from e2v.kernels.sgd.block import train_block
from e2v.kernels.sgd.shares import add_share, clear_share


@helper
def train_centres(plan, space, cbow, shared, frozen, step):
    """Take a `step`; returns the loss if measured, else 0."""
    first, last = 0, step.m
    if cbow is not None:
        first, last = plan.centres, space.bounds[step.m]
    if frozen is not None and not step.measured and all_frozen(plan, space, step, first, last):
        return 0.0
    loss = train_context(plan, space, cbow, shared, frozen, step)
    if frozen is not None:
        restore_frozen(plan, space, first, last)
    return loss


@helper
def train_context(plan, space, cbow, shared, frozen, step):
    """The same, with all of the context's slots changed."""
    if cbow is None:
        return train_block(plan, space, shared, frozen, step)
    for i in range(step.m):
        load_mean(plan, space, i)
    loss = train_block(plan, space, shared, frozen, step)
    for i in range(step.m):
        scatter_mean(plan, space, i)
    return loss


@helper
def add_mean(plan, space, shared, i, m, output):
    """Have mean i be that of m slots, which are listed after those of the means before it.

    output: which of the outputs is its centre.
    """
    space.slots[i] = space.mean + i * space.pitch
    space.bounds[i + 1] = space.bounds[i] + m
    if shared is not None:
        clear_share(space, i)
        add_share(space, i, output)


@helper
def load_mean(plan, space, i):
    """Put mean i into its slot, and a copy to the slots as loaded."""
    work, slots, mean = space.work, space.slots, space.slots[i]
    first, last = space.bounds[i], space.bounds[i + 1]
    share, before = splat(np.float32(1) / np.float32(last - first)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        total = load(work, slots[first] + k)
        for s in range(first + 1, last):
            total = add(total, load(work, slots[s] + k))
        average = fma(share, total, splat(np.float32(0)))
        store(work, mean + k, average)
        store(work, before + k, average)


@helper
def scatter_mean(plan, space, i):
    """Add the change of mean i to the m slots of its context, divided by m unless the plan says otherwise.

    The mean's derivative by each word is 1 / m; word2vec.c leaves this out (Irsoy, Benton and Stratos,
    "Corrected CBOW performs as well as skip-gram", 2021).
    """
    work, slots, mean = space.work, space.slots, space.slots[i]
    first, last = space.bounds[i], space.bounds[i + 1]
    share = np.float32(1) / np.float32(last - first)
    factor, before = splat(share if plan.cbow_divide else np.float32(1)), mean + 2 * space.region
    for k in range(0, plan.stride, LANES):
        change = sub(load(work, mean + k), load(work, before + k))
        for s in range(first, last):
            store(work, slots[s] + k, fma(factor, change, load(work, slots[s] + k)))


@helper
def all_frozen(plan, space, step, first, last):
    """Whether neither the context, space.slots[first:last], nor an output is trained."""
    trained = 0
    for i in range(first, last):
        trained += space.held[space.slots[i] // space.pitch] == 0
    for j in range(step.outputs, step.outputs + step.n):
        trained += space.sources[j] < 0
    return trained == 0


@helper
def restore_frozen(plan, space, first, last):
    """Put the frozen ones of the context's slots, space.slots[first:last], back to what they were."""
    work, slots = space.work, space.slots
    for i in range(first, last):
        if space.held[slots[i] // space.pitch]:
            before = slots[i] + 2 * space.region
            for k in range(0, plan.stride, LANES):
                store(work, slots[i] + k, load(work, before + k))
