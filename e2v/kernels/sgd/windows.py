"""Training on sentences: skip-gram and CBOW, each word's window predicting it.

The words of a sentence pass through a ring of slots in the first-level cache. A word's input vector is loaded
when it comes within the window's reach of the centre, and its change is added to its rows when it is out of
reach; every centre in between reads and updates the slot. A word that is in the ring twice has two slots,
whose changes add up.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd.block import Step
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import load_replicas, merge_replicas
from e2v.kernels.sgd.rows import load_input, prefetch_input, store_input
from e2v.kernels.sgd.sampling import draw, draw_below, subsample
from e2v.kernels.sgd.steps import LOSS_INTERVAL, train_centre


@kernel
def train_windows(plan, space, tokens, offsets, rates):
    """Train on the sentences tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    tokens: i32[], offsets: i64[sentences + 1]; space has 2 * window + 2 slots. rates: the learning rate at
    the first token and after the last. Draws, in order: the seed of the noise words' own stream; then for
    each sentence one for each token (subsampling) and, if two or more survive, each centre's reach (if
    dynamic). Returns (loss f64, pairs measured, pairs); for CBOW, a pair is a window and its centre.
    """
    plan, space = to_pointers(plan), to_pointers(space)
    stride, sentence = plan.stride, space.sentence
    ring = space.mean  # all slots but the last
    frozen = plan.frozen
    lr_start, lr_end = rates
    space.noise_state[0] = draw(space.state)
    load_replicas(plan, space, plan.hierarchical, plan.composed)
    loss, measured, pairs, centres = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, (start, stop), plan.keep, sentence)
        if n < 2:
            continue
        # Words so far, and the next one's slot. Of a literal 0, Numba would compile what takes it once more.
        loaded, load_slot, stored, store_slot = 0, np.int64(0), 0, np.int64(0)
        current, upcoming = np.int64(0), space.max_outputs
        reach = draw_reach(plan, space)
        n_outputs = choose_outputs(plan, space, plan.hierarchical, frozen, sentence[0], current)
        for centre in range(n):
            while loaded < min(n, centre + plan.window + 1):
                load_input(plan, space, plan.composed, frozen, sentence[loaded], load_slot)
                loaded += 1
                load_slot = load_slot + stride if load_slot + stride < ring else 0
            prefetch_input(plan, plan.composed, sentence, loaded + 1, n)
            m = list_window(plan, space, centre, reach, n)
            # Software pipelining: the next centre's outputs are chosen now, and prefetched in this step.
            next_reach, next_outputs = 0, 0
            if centre + 1 < n:
                next_reach = draw_reach(plan, space)
                following = sentence[centre + 1]
                next_outputs = choose_outputs(plan, space, plan.hierarchical, frozen, following, upcoming)
            measure = centres % LOSS_INTERVAL == 0
            step = Step(m, current, n_outputs, upcoming, lr, measure)
            loss += train_centre(plan, space, plan.cbow, frozen, step)
            trained = m if plan.cbow is None else 1
            measured += trained if measure else 0
            pairs += trained
            centres += 1
            current, upcoming, reach, n_outputs = upcoming, current, next_reach, next_outputs
            while stored <= centre - plan.window or (centre == n - 1 and stored < n):
                store_input(plan, space, plan.composed, frozen, sentence[stored], store_slot)
                stored += 1
                store_slot = store_slot + stride if store_slot + stride < ring else 0
    merge_replicas(plan, space, plan.hierarchical, plan.composed)
    return loss, measured, pairs


@helper
def draw_reach(plan, space):
    """How many words on each side of the centre are its context."""
    return plan.window - draw_below(space.state, plan.window) if plan.dynamic else plan.window


@helper
def list_window(plan, space, centre, reach, n):
    """List the slots of the words within reach of the centre, without itself; returns their number."""
    slots, stride, ring = space.slots, plan.stride, space.mean
    first = max(0, centre - reach)
    slot = (first * stride) % ring
    m = 0
    for i in range(first, min(n, centre + reach + 1)):
        slots[m] = slot
        m += np.int64(i != centre)
        slot = slot + stride if slot + stride < ring else 0
    return m
