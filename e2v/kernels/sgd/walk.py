"""The walk over a unit: each word of its sentences, or each item of its sets, is a centre once.

The words of a span (a sentence, a set) pass through a ring of slots in the first-level cache. A word's input
vector is loaded when it comes within the reach of the centre, and its change is added to its rows when it is
out of reach; every centre in between reads and updates the slot. A word that is in the ring twice has two
slots, whose changes add up. All items of a set are in reach of each other (Barkan and Koenigstein,
"Item2vec", 2016). Centres that share noise words are trained together, in one step, as the contexts of
consecutive ones are of nearly the same slots.

What the next step needs is found and prefetched one step ahead (software pipelining), over the ends of
sentences and sets as well.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.codegen.simd import lane_pointers, to_pointers
from e2v.kernels.sgd.block import Step
from e2v.kernels.sgd.contexts import list_context, slot_after
from e2v.kernels.sgd.memory import LINE
from e2v.kernels.sgd.outputs import choose_outputs
from e2v.kernels.sgd.replicas import load_replicas, merge_replicas
from e2v.kernels.sgd.rows import load_input, prefetch_input, store_input
from e2v.kernels.sgd.sampling import draw
from e2v.kernels.sgd.sentences import find_next_span
from e2v.kernels.sgd.steps import train_centres
from e2v.kernels.sgd.workspace import (
    BEGIN,
    END,
    FIRST,
    LAST_SENTENCE,
    LOAD_SLOT,
    LOADED,
    LOSS_INTERVAL,
    MEASURED,
    N_OUTPUTS,
    NEXT_BEGIN,
    NEXT_END,
    ORIGIN,
    OUTPUTS,
    PAIRS,
    SENTENCE,
    STEPS,
    STORE_SLOT,
    STORED,
    SUBSET,
    SUBSETS,
    TOKENS,
)

#: One step in so many has its loss measured, at most;
MOST_BETWEEN_LOSSES = 128
#: at least so many steps of a unit that has as many.
LEAST_LOSSES = 16


@kernel
def train_lane(plan, spaces, lane, tokens, offsets, unit):
    """Train a unit on a lane of the workspaces; returns (loss f64, pairs measured, pairs).

    tokens: i32[], offsets: i64[]; sentence s is from offsets[s] - offsets[0] to offsets[s + 1] - offsets[0].
    unit: (first sentence, the one after the last, seed u64, rate at the first token, rate after the last).
    """
    plan, space = to_pointers(plan), lane_pointers(spaces, lane)
    begin(plan, space, tokens, offsets, unit)
    while take_step(plan, space, tokens, offsets):
        pass
    merge_replicas(plan, space, plan.tree, plan.parts)
    return space.loss[0], space.walk[MEASURED], space.walk[PAIRS]


@kernel
def train_lanes(plan, spaces, tokens, offsets, units, seeds, rates, results):
    """Train a unit on each lane, the lanes taking a step each in turn: as threads of the same speed would.

    units: i64[lanes, 2], seeds: u64[lanes], rates: f64[lanes, 2], what `train_lane` takes as one; results:
    f64[lanes, 3], what it returns.
    """
    plan = to_pointers(plan)
    for lane in range(len(units)):
        unit = units[lane, 0], units[lane, 1], seeds[lane], rates[lane, 0], rates[lane, 1]
        begin(plan, lane_pointers(spaces, lane), tokens, offsets, unit)
    going = True
    while going:
        going = False
        for lane in range(len(units)):
            if take_step(plan, lane_pointers(spaces, lane), tokens, offsets):
                going = True
    for lane in range(len(units)):
        space = lane_pointers(spaces, lane)
        merge_replicas(plan, space, plan.tree, plan.parts)
        results[lane, 0] = space.loss[0]
        results[lane, 1] = space.walk[MEASURED]
        results[lane, 2] = space.walk[PAIRS]


@helper
def begin(plan, space, tokens, offsets, unit):
    """Begin a unit. Its first draw is the seed of the noise words' own stream."""
    walk = space.walk
    walk[SENTENCE], walk[LAST_SENTENCE], space.state[0], space.rates[0], space.rates[1] = unit
    walk[ORIGIN] = offsets[walk[SENTENCE]] - offsets[0]
    walk[TOKENS] = offsets[walk[LAST_SENTENCE]] - offsets[0] - walk[ORIGIN]
    walk[SUBSET] = walk[SUBSETS] = walk[OUTPUTS] = walk[MEASURED] = walk[PAIRS] = 0
    space.noise_state[0] = draw(space.state)
    space.noise_left[0] = 0
    space.loss[0] = 0.0
    steps = walk[TOKENS] // plan.centres
    walk[LOSS_INTERVAL] = min(MOST_BETWEEN_LOSSES, max(1, steps // LEAST_LOSSES))
    # Which ones are measured is random, so that they are not always the first of a unit.
    walk[STEPS] = np.int64(space.noise_state[0] >> np.uint64(1)) % walk[LOSS_INTERVAL]
    load_replicas(plan, space, plan.tree, plan.parts)
    seed_rounding(space, plan.parts)
    find_next_span(plan, space, plan.sets, tokens, offsets)
    enter_next_span(plan, space)
    first = group_from(plan, walk[BEGIN], walk[END])
    walk[N_OUTPUTS] = choose_outputs(
        plan, space, plan.noise, plan.tree, plan.shared, plan.frozen, first, walk[OUTPUTS]
    )


@helper
def seed_rounding(space, parts):
    """Seed the streams by which parts are rounded, one for each word of a cache line."""
    if parts is not None:
        for word in range(LINE):
            # Not 0, of which the generator makes nothing else.
            space.rounding[word] = np.uint32((draw(space.state) >> np.uint64(32)) | np.uint64(1))


@helper
def take_step(plan, space, tokens, offsets):
    """Train the next centres, those of one step; False if there are none left."""
    walk = space.walk
    span = walk[BEGIN], walk[END]
    if span[0] == span[1]:
        return False
    group = group_from(plan, walk[FIRST], span[1])
    current, upcoming = walk[OUTPUTS], space.max_outputs - walk[OUTPUTS]
    load_words(plan, space, plan.parts, plan.frozen, min(span[1], group[1] + plan.reach))
    m, trained = list_context(plan, space, plan.sets, plan.cbow, plan.shared, group, span, current)
    if group[1] < span[1]:
        for ahead in range(1, 1 + group[1] - group[0]):
            prefetch_input(plan, plan.parts, space.sentence, walk[LOADED] + ahead, span[1])
        following = group_from(plan, group[1], span[1])
    else:
        find_next_span(plan, space, plan.sets, tokens, offsets)
        following = group_from(plan, walk[NEXT_BEGIN], walk[NEXT_END])
        for position in range(following[0], min(walk[NEXT_END], following[1] + plan.reach + 1)):
            prefetch_input(plan, plan.parts, space.sentence, position, walk[NEXT_END])
    n_outputs, walk[N_OUTPUTS] = (
        walk[N_OUTPUTS],
        choose_outputs(plan, space, plan.noise, plan.tree, plan.shared, plan.frozen, following, upcoming),
    )
    if trained > 0:
        measured = walk[STEPS] == 0
        # Of more outputs the last are prefetched: of a path, those that are used least.
        prefetched = upcoming + max(0, walk[N_OUTPUTS] - n_outputs)
        step = Step(m, current, n_outputs, prefetched, space.rate[0], measured)
        space.loss[0] += train_centres(plan, space, plan.cbow, plan.shared, plan.frozen, step)
        walk[STEPS] = walk[STEPS] - 1 if walk[STEPS] > 0 else walk[LOSS_INTERVAL] - 1
        walk[MEASURED] += trained if measured else 0
        walk[PAIRS] += trained
    walk[OUTPUTS] = upcoming
    walk[FIRST] = group[1]
    if group[1] < span[1]:
        store_words(plan, space, plan.parts, plan.frozen, group[1] - plan.reach)
    else:
        store_words(plan, space, plan.parts, plan.frozen, span[1])
        enter_next_span(plan, space)
    return True


@helper
def group_from(plan, first, end):
    """The centres of a step: from the first of them to the one after the last."""
    return first, min(end, first + plan.centres)


@helper
def enter_next_span(plan, space):
    """Go to the beginning of the next span."""
    walk = space.walk
    walk[BEGIN], walk[END] = walk[NEXT_BEGIN], walk[NEXT_END]
    walk[FIRST] = walk[LOADED] = walk[STORED] = walk[BEGIN]
    walk[LOAD_SLOT] = walk[STORE_SLOT] = 0
    space.rate[0] = space.rate[1]


@helper
def load_words(plan, space, parts, frozen, end):
    """Load the words of the span before `end` that are not loaded yet."""
    walk = space.walk
    while walk[LOADED] < end:
        load_input(plan, space, parts, frozen, space.sentence[walk[LOADED]], walk[LOAD_SLOT])
        walk[LOADED] += 1
        walk[LOAD_SLOT] = slot_after(space, walk[LOAD_SLOT])


@helper
def store_words(plan, space, parts, frozen, end):
    """Store the words of the span before `end` that are not stored yet."""
    walk = space.walk
    while walk[STORED] < end:
        store_input(plan, space, parts, frozen, space.sentence[walk[STORED]], walk[STORE_SLOT])
        walk[STORED] += 1
        walk[STORE_SLOT] = slot_after(space, walk[STORE_SLOT])
