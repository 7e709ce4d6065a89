"""Training on sentences: skip-gram and CBOW, each word's window predicting it.

The words of a sentence pass through a ring of slots in the first-level cache. A word's input vector enters
when it comes within the window's reach of the centre and leaves, its change added to its rows, when it is
out of reach; every centre in between reads and changes the slot. A word that stands in the ring twice has
two slots, whose changes add up.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import bare
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import return_copies, take_copies
from e2v.kernels.sgd.rows import enter, leave, look_ahead
from e2v.kernels.sgd.sampling import draw, draw_below, subsample
from e2v.kernels.sgd.steps import MEASURED, train_centre


@kernel
def train_windows(plan, space, tokens, offsets, lr_start, lr_end):
    """Train on the sentences tokens[offsets[s] - offsets[0] : offsets[s + 1] - offsets[0]] once.

    tokens: i32[], offsets: i64[sentences + 1]; space has 2 * window + 2 slots. Draws, in order: the
    seed of the noise words' own stream; then for each sentence one for each token (subsampling) and, if two
    or more survive, each centre's reach (if dynamic). Returns (loss f64, pairs measured, pairs); for CBOW, a
    pair is a window and its centre.
    """
    plan, space = bare(plan), bare(space)
    stride, sentence = plan.stride, space.sentence
    ring = (2 * plan.window + 1) * stride  # CBOW's mean has the slot after it
    space.noise_state[0] = draw(space.state)
    take_copies(plan, space)
    loss, measured, pairs, centres = 0.0, 0, 0, 0
    for s in range(len(offsets) - 1):
        start, stop = offsets[s] - offsets[0], offsets[s + 1] - offsets[0]
        lr = np.float32(lr_start + (lr_end - lr_start) * (start / len(tokens)))
        n = subsample(space.state, tokens, start, stop, plan.keep, sentence)
        if n < 2:
            continue
        entered, entering, left, leaving = 0, 0, 0, 0  # words so far, and the next one's slot
        at, upcoming = np.int64(0), space.capacity
        reach = draw_reach(plan, space)
        n_outputs = choose_outputs(plan, space, sentence[0], at)
        for centre in range(n):
            while entered < min(n, centre + plan.window + 1):
                enter(plan, space, sentence[entered], entering)
                entered += 1
                entering = entering + stride if entering + stride < ring else 0
            look_ahead(plan, sentence, entered + 1, n)
            m = list_window(space.slots, centre, reach, n, ring, stride)
            # The next centre's rows are chosen already, so that they are on their way while this one is
            # worked on.
            next_reach, next_outputs = 0, 0
            if centre + 1 < n:
                next_reach = draw_reach(plan, space)
                next_outputs = choose_outputs(plan, space, sentence[centre + 1], upcoming)
            measure = centres % MEASURED == 0
            loss += train_centre(plan, space, m, ring, at, n_outputs, upcoming, lr, measure)
            trained = 1 if plan.cbow else m
            measured += trained if measure else 0
            pairs += trained
            centres += 1
            at, upcoming, reach, n_outputs = upcoming, at, next_reach, next_outputs
            while left <= centre - plan.window or (centre == n - 1 and left < n):
                leave(plan, space, sentence[left], leaving)
                left += 1
                leaving = leaving + stride if leaving + stride < ring else 0
    return_copies(plan, space)
    return loss, measured, pairs


@helper
def draw_reach(plan, space):
    """How many words to each side of the centre count."""
    return plan.window - draw_below(space.state, plan.window) if plan.dynamic else plan.window


@helper
def list_window(slots, centre, reach, n, ring, stride):
    """List the slots of the words within reach of the centre, itself excepted; returns their number."""
    first = max(0, centre - reach)
    slot = (first * stride) % ring
    m = 0
    for i in range(first, min(n, centre + reach + 1)):
        slots[m] = slot
        m += np.int64(i != centre)
        slot = slot + stride if slot + stride < ring else 0
    return m
