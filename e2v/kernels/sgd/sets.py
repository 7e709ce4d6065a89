"""Training on sets (baskets): every ordered pair of a set's items, no window.

Each item in turn is the centre, with all others as its context (Barkan and Koenigstein, "Item2vec", 2016). A
set of more than set_sample + 1 items is dealt at random into groups of nearly equal size, none above that,
and each group worked as a set: each centre sees a random sample of partners, another one every epoch. They
count as set_sample partners would: a pair weighs set_sample / (group size - 1). So a set of B items weighs B
* min(B - 1, set_sample) pairs, and large ones do not drown the small ones with the square of their size.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import bare
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import return_copies, take_copies
from e2v.kernels.sgd.rows import enter, leave
from e2v.kernels.sgd.sampling import draw, shuffle, subsample
from e2v.kernels.sgd.steps import MEASURED, train_centre


@kernel
def train_sets(plan, space, tokens, offsets, lr_start, lr_end):
    """Train on the sets tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    Arguments and result as of `train_windows`; space has a slot for each item of the largest group, and one
    more. Draws, in order: the seed of the noise words' own stream; then for each set one for each item
    (subsampling) and, if it is dealt into groups, its shuffle.
    """
    plan, space = bare(plan), bare(space)
    stride, items = plan.stride, space.sentence
    mean = space.region - stride
    largest = mean // stride
    space.noise_state[0] = draw(space.state)
    take_copies(plan, space)
    loss, measured, pairs, centres = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, start, stop, plan.keep, items)
        if n < 2:
            continue
        groups = (n + largest - 1) // largest
        if groups > 1:
            shuffle(space.state, items, n)
        for g in range(groups):
            begin, end = n * g // groups, n * (g + 1) // groups
            rate = lr if groups == 1 else lr * np.float32(plan.set_sample) / np.float32(end - begin - 1)
            for i in range(begin, end):
                enter(plan, space, items[i], (i - begin) * stride)
            at, upcoming = np.int64(0), space.capacity
            n_outputs = choose_outputs(plan, space, items[begin], at)
            for centre in range(begin, end):
                m = list_partners(space.slots, items, centre, begin, end, stride)
                next_outputs = 0
                if centre + 1 < end:
                    next_outputs = choose_outputs(plan, space, items[centre + 1], upcoming)
                if m > 0:
                    measure = centres % MEASURED == 0
                    loss += train_centre(plan, space, m, mean, at, n_outputs, upcoming, rate, measure)
                    trained = 1 if plan.cbow else m
                    measured += trained if measure else 0
                    pairs += trained
                    centres += 1
                at, upcoming, n_outputs = upcoming, at, next_outputs
            for i in range(begin, end):
                leave(plan, space, items[i], (i - begin) * stride)
    return_copies(plan, space)
    return loss, measured, pairs


@helper
def list_partners(slots, items, centre, begin, end, stride):
    """List the slots of the items that are not the centre's (even where a set repeats it); their number."""
    m = 0
    for i in range(begin, end):
        slots[m] = (i - begin) * stride
        m += np.int64(items[i] != items[centre])
    return m
