"""Training on sets (baskets): every ordered pair of a set's items, no window.

Each item in turn is the centre, with all others as its context (Barkan and Koenigstein, "Item2vec", 2016). A
set of more than set_sample + 1 items is split at random into groups of nearly equal size, none above that,
and each group trained as a set: each centre has a random sample of partners, another one every epoch. A pair
is weighted by set_sample / (group size - 1), so that a centre's partners count as set_sample, whatever their
inclusion probability. So a set of B items weighs B * min(B - 1, set_sample) pairs: large sets do not outweigh
small ones by the square of their size.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd.block import Step
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import load_replicas, merge_replicas
from e2v.kernels.sgd.rows import load_input, store_input
from e2v.kernels.sgd.sampling import draw, shuffle, subsample
from e2v.kernels.sgd.steps import LOSS_INTERVAL, train_centre


@kernel
def train_sets(plan, space, tokens, offsets, rates):
    """Train on the sets tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    Arguments and result as of `train_windows`; space has a slot for each item of the largest group, and one
    more. Draws, in order: the seed of the noise words' own stream; then for each set one for each item
    (subsampling) and, if it is split into groups, its shuffle.
    """
    plan, space = to_pointers(plan), to_pointers(space)
    stride, items = plan.stride, space.sentence
    largest = space.mean // stride
    frozen = plan.frozen
    lr_start, lr_end = rates
    space.noise_state[0] = draw(space.state)
    load_replicas(plan, space, plan.hierarchical, plan.composed)
    loss, measured, pairs, centres = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, (start, stop), plan.keep, items)
        if n < 2:
            continue
        groups = (n + largest - 1) // largest
        if groups > 1:
            shuffle(space.state, items, n)
        for g in range(groups):
            begin, end = n * g // groups, n * (g + 1) // groups
            rate = lr if groups == 1 else lr * np.float32(plan.set_sample) / np.float32(end - begin - 1)
            for i in range(begin, end):
                load_input(plan, space, plan.composed, frozen, items[i], (i - begin) * stride)
            current, upcoming = np.int64(0), space.max_outputs
            n_outputs = choose_outputs(plan, space, plan.hierarchical, frozen, items[begin], current)
            for centre in range(begin, end):
                m = list_partners(plan, space, centre, begin, end)
                next_outputs = 0
                if centre + 1 < end:
                    next_outputs = choose_outputs(
                        plan, space, plan.hierarchical, frozen, items[centre + 1], upcoming
                    )
                if m > 0:
                    measure = centres % LOSS_INTERVAL == 0
                    step = Step(m, current, n_outputs, upcoming, rate, measure)
                    loss += train_centre(plan, space, plan.cbow, frozen, step)
                    trained = m if plan.cbow is None else 1
                    measured += trained if measure else 0
                    pairs += trained
                    centres += 1
                current, upcoming, n_outputs = upcoming, current, next_outputs
            for i in range(begin, end):
                store_input(plan, space, plan.composed, frozen, items[i], (i - begin) * stride)
    merge_replicas(plan, space, plan.hierarchical, plan.composed)
    return loss, measured, pairs


@helper
def list_partners(plan, space, centre, begin, end):
    """List the slots of the items other than the centre's, which a set may repeat; returns their number."""
    slots, items = space.slots, space.sentence
    m = 0
    for i in range(begin, end):
        slots[m] = (i - begin) * plan.stride
        m += np.int64(items[i] != items[centre])
    return m
