"""Training on sets (baskets): every ordered pair of a set's items, no window.

Each item in turn is the centre, with all others as its context (Barkan and Koenigstein, "Item2vec", 2016). A
set of more than set_sample + 1 items is split at random into subsets of nearly equal size, none above that,
and each trained as a set: each centre has a random sample of partners, another one every epoch. A pair is
weighted by set_sample / (subset size - 1), so that a centre's partners count as set_sample, whatever their
inclusion probability. So a set of B items weighs B * min(B - 1, set_sample) pairs: large sets do not outweigh
small ones by the square of their size.

Centres that share noise words are trained together, on all items of their set.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd.block import Step
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import load_replicas, merge_replicas
from e2v.kernels.sgd.rows import load_input, store_input
from e2v.kernels.sgd.sampling import draw, shuffle, subsample
from e2v.kernels.sgd.shares import add_share, clear_shares
from e2v.kernels.sgd.steps import LOSS_INTERVAL, add_mean, train_centres


@kernel
def train_sets(plan, space, tokens, offsets, rates):
    """Train on the sets tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    Arguments and result as of `train_windows`; space has plan.centres slots more than the largest subset has
    items. Draws, in order: the seed of the noise words' own stream; then for each set one for each item
    (subsampling) and, if it is split into subsets, its shuffle.
    """
    plan, space = to_pointers(plan), to_pointers(space)
    stride, items, centres = plan.stride, space.sentence, plan.centres
    hierarchical, shared, composed = plan.hierarchical, plan.shared, plan.composed
    largest = space.mean // stride
    frozen = plan.frozen
    lr_start, lr_end = rates
    space.noise_state[0] = draw(space.state)
    load_replicas(plan, space, hierarchical, composed)
    loss, measured, pairs, steps = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, (start, stop), plan.keep, items)
        if n < 2:
            continue
        subsets = (n + largest - 1) // largest
        if subsets > 1:
            shuffle(space.state, items, n)
        for number in range(subsets):
            begin, end = n * number // subsets, n * (number + 1) // subsets
            rate = lr if subsets == 1 else lr * np.float32(plan.set_sample) / np.float32(end - begin - 1)
            for i in range(begin, end):
                load_input(plan, space, composed, frozen, items[i], (i - begin) * stride)
            current, upcoming = np.int64(0), space.max_outputs
            group = begin, min(end, begin + centres)
            n_outputs = choose_outputs(plan, space, hierarchical, shared, frozen, group, current)
            for first in range(begin, end, centres):
                last = min(end, first + centres)
                m, trained = list_context(
                    plan, space, plan.cbow, shared, (first, last), (begin, end), current
                )
                next_outputs = 0
                if last < end:
                    group = last, min(end, last + centres)
                    next_outputs = choose_outputs(plan, space, hierarchical, shared, frozen, group, upcoming)
                if trained > 0:
                    measure = steps % LOSS_INTERVAL == 0
                    step = Step(m, current, n_outputs, upcoming, rate, measure)
                    loss += train_centres(plan, space, plan.cbow, shared, frozen, step)
                    measured += trained if measure else 0
                    pairs += trained
                    steps += 1
                current, upcoming, n_outputs = upcoming, current, next_outputs
            for i in range(begin, end):
                store_input(plan, space, composed, frozen, items[i], (i - begin) * stride)
    merge_replicas(plan, space, hierarchical, composed)
    return loss, measured, pairs


@helper
def list_context(plan, space, cbow, shared, group, items, outputs):
    """List the inputs of the centres group[0] : group[1], items or means; returns (their number, pairs).

    items: the set is items[0] : items[1] of space.sentence.
    """
    if cbow is not None:
        return list_means(plan, space, shared, group, items, outputs)
    if shared is not None:
        return share_items(plan, space, group, items, outputs)
    m = list_partners(plan, space, group[0], items, 0)
    return m, m


@helper
def list_means(plan, space, shared, group, items, outputs):
    """List the slots of each centre's partners, and of their means; returns (the number of means, pairs)."""
    means = np.int64(0)
    for centre in range(group[0], group[1]):
        m = list_partners(plan, space, centre, items, space.bounds[means])
        if m > 0:
            add_mean(plan, space, shared, means, m, space.columns[outputs + centre - group[0]])
            means += 1
    return means, means


@helper
def share_items(plan, space, group, items, outputs):
    """List the slots of all items, and of which centres each is a partner.

    Returns (their number, pairs of a centre and a partner).
    """
    words, begin = space.sentence, items[0]
    m = items[1] - begin
    for i in range(m):
        space.slots[i] = i * plan.stride
    clear_shares(space, m)
    pairs = np.int64(0)
    for centre in range(group[0], group[1]):
        column = space.columns[outputs + centre - group[0]]
        for i in range(m):
            if words[begin + i] != words[centre]:
                add_share(space, i, column)
                pairs += 1
    return m, pairs


@helper
def list_partners(plan, space, centre, items, at):
    """List at `at` the slots of the items that are not the centre's, which a set may repeat; their number."""
    slots, words = space.slots, space.sentence
    m = 0
    for i in range(items[0], items[1]):
        slots[at + m] = (i - items[0]) * plan.stride
        m += np.int64(words[i] != words[centre])
    return m
