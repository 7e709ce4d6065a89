"""Training on sentences: skip-gram and CBOW, each word's window predicting it.

The words of a sentence pass through a ring of slots in the first-level cache. A word's input vector is loaded
when it comes within the window's reach of the centre, and its change is added to its rows when it is out of
reach; every centre in between reads and updates the slot. A word that is in the ring twice has two slots,
whose changes add up. Centres that share noise words are trained together, as the windows of consecutive ones
are of nearly the same slots.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd.block import Step
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import load_replicas, merge_replicas
from e2v.kernels.sgd.rows import load_input, prefetch_input, store_input
from e2v.kernels.sgd.sampling import draw, draw_below, subsample
from e2v.kernels.sgd.shares import add_share, clear_shares
from e2v.kernels.sgd.steps import LOSS_INTERVAL, add_mean, train_centres


@kernel
def train_windows(plan, space, tokens, offsets, rates):
    """Train on the sentences tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    tokens: i32[], offsets: i64[sentences + 1]; space has 2 * (window + plan.centres) slots. rates: the rate
    at the first token and after the last. Draws, in order: the seed of the noise words' own stream; then for
    each sentence one for each token (subsampling) and, if two or more survive, each centre's reach (if
    dynamic). Returns (loss f64, pairs measured, pairs); for CBOW, a pair is a window and its centre.
    """
    plan, space = to_pointers(plan), to_pointers(space)
    stride, sentence, centres = plan.stride, space.sentence, plan.centres
    hierarchical, shared, composed = plan.hierarchical, plan.shared, plan.composed
    ring = space.mean  # all slots but those of means
    frozen = plan.frozen
    lr_start, lr_end = rates
    space.noise_state[0] = draw(space.state)
    load_replicas(plan, space, hierarchical, composed)
    loss, measured, pairs, steps = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, (start, stop), plan.keep, sentence)
        if n < 2:
            continue
        # Words so far, and the next one's slot. Of a literal 0, Numba would compile what takes it once more.
        loaded, load_slot, stored, store_slot = 0, np.int64(0), 0, np.int64(0)
        current, upcoming = np.int64(0), space.max_outputs
        group = np.int64(0), min(n, centres)
        n_outputs = choose_outputs(plan, space, hierarchical, shared, frozen, group, current)
        for first in range(0, n, centres):
            last = min(n, first + centres)
            while loaded < min(n, last + plan.window):
                load_input(plan, space, composed, frozen, sentence[loaded], load_slot)
                loaded += 1
                load_slot = load_slot + stride if load_slot + stride < ring else 0
            for ahead in range(1, 1 + last - first):
                prefetch_input(plan, composed, sentence, loaded + ahead, n)
            m, trained = list_context(plan, space, plan.cbow, shared, (first, last), n, current)
            # Software pipelining: the next centres' outputs are chosen now, and prefetched in this step.
            next_outputs = 0
            if last < n:
                group = last, min(n, last + centres)
                next_outputs = choose_outputs(plan, space, hierarchical, shared, frozen, group, upcoming)
            measure = steps % LOSS_INTERVAL == 0
            step = Step(m, current, n_outputs, upcoming, lr, measure)
            loss += train_centres(plan, space, plan.cbow, shared, frozen, step)
            measured += trained if measure else 0
            pairs += trained
            steps += 1
            current, upcoming, n_outputs = upcoming, current, next_outputs
            while stored < last - plan.window or (last == n and stored < n):
                store_input(plan, space, composed, frozen, sentence[stored], store_slot)
                stored += 1
                store_slot = store_slot + stride if store_slot + stride < ring else 0
    merge_replicas(plan, space, hierarchical, composed)
    return loss, measured, pairs


@helper
def draw_reach(plan, space):
    """How many words on each side of the centre are its context."""
    return plan.window - draw_below(space.state, plan.window) if plan.dynamic else plan.window


@helper
def list_context(plan, space, cbow, shared, group, n, outputs):
    """List the inputs of the centres group[0] : group[1], words or means; returns (their number, pairs).

    n: words in the sentence. outputs: where the centres' are.
    """
    if cbow is not None:
        return list_means(plan, space, shared, group, n, outputs)
    if shared is not None:
        return list_windows(plan, space, group, n, outputs)
    m = list_window(plan, space, group[0], draw_reach(plan, space), n, 0)
    return m, m


@helper
def list_means(plan, space, shared, group, n, outputs):
    """List the slots of each centre's window, and of their means; returns (the number of means, pairs)."""
    means = np.int64(0)
    for centre in range(group[0], group[1]):
        m = list_window(plan, space, centre, draw_reach(plan, space), n, space.bounds[means])
        add_mean(plan, space, shared, means, m, space.columns[outputs + means])
        means += 1
    return means, means


@helper
def list_windows(plan, space, group, n, outputs):
    """List the slots from the first to the last that a window of the group's reaches, and which it is of.

    Returns (their number, pairs of a centre and a word of its window).
    """
    slots, stride, ring = space.slots, plan.stride, space.mean
    begin, end = n, np.int64(0)
    for centre in range(group[0], group[1]):
        reach = draw_reach(plan, space)
        space.reaches[centre - group[0]] = reach
        begin, end = min(begin, max(0, centre - reach)), max(end, min(n, centre + reach + 1))
    slot = (begin * stride) % ring
    for i in range(end - begin):
        slots[i] = slot
        slot = slot + stride if slot + stride < ring else 0
    clear_shares(space, end - begin)
    pairs = np.int64(0)
    for centre in range(group[0], group[1]):
        reach, column = space.reaches[centre - group[0]], space.columns[outputs + centre - group[0]]
        first, last = max(0, centre - reach), min(n, centre + reach + 1)
        for i in range(first, centre):
            add_share(space, i - begin, column)
        for i in range(centre + 1, last):
            add_share(space, i - begin, column)
        pairs += last - first - 1
    return end - begin, pairs


@helper
def list_window(plan, space, centre, reach, n, at):
    """List at `at` the slots of the words within reach of the centre, without itself; returns how many."""
    slots, stride, ring = space.slots, plan.stride, space.mean
    first = max(0, centre - reach)
    slot = (first * stride) % ring
    m = 0
    for i in range(first, min(n, centre + reach + 1)):
        slots[at + m] = slot
        m += np.int64(i != centre)
        slot = slot + stride if slot + stride < ring else 0
    return m
