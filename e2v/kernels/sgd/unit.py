"""One unit of work: what a trainer's thread calls."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd.block import new_workspace
from e2v.kernels.sgd.sets import train_sets
from e2v.kernels.sgd.windows import train_windows


class UnitResult(NamedTuple):
    """What a unit did. loss / loss_pairs is the mean loss of the pairs that were measured."""

    loss: float
    loss_pairs: int
    words: int
    pairs: int


def train_unit(job, first, last, seed, lr_start, lr_end):
    """Train once on the sentences first..last (exclusive) of the job's corpus, without the GIL.

    seed: the unit's own random stream, any integer in 0..2**64 - 1. The learning rate goes linearly from
    lr_start to lr_end over the unit's tokens. The draws, and with one thread at a time all results, follow
    from the arguments alone.
    """
    # Arrays in a mapped file need not be aligned, as those that Numba has compiled for are.
    offsets = np.require(job.offsets[first : last + 1], requirements="A")
    tokens = np.require(job.tokens[offsets[0] : offsets[-1]], requirements="A")
    if len(tokens) == 0:
        return UnitResult(0.0, 0, 0, 0)
    plan, longest = job.plan, int(np.diff(offsets).max())
    if job.context_set:
        train = train_sets
        slots = min(longest, plan.set_sample + 1) if plan.set_sample else longest
    else:
        train = train_windows
        slots = 2 * plan.window + 1
    lane = job.lanes.get()
    try:
        space = new_workspace(plan, seed, longest, slots + 1, job.max_outputs, job.max_parts, lane)
        loss, measured, pairs = train(plan, space, tokens, offsets, float(lr_start), float(lr_end))
    finally:
        job.lanes.put(lane)
    return UnitResult(float(loss), int(measured), len(tokens), int(pairs))
