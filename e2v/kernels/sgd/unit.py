"""One unit of work: what a trainer's thread calls."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd.block import Sizes, new_workspace
from e2v.kernels.sgd.sets import train_sets
from e2v.kernels.sgd.windows import train_windows


class UnitResult(NamedTuple):
    """What a unit did: loss (nats), the sum over loss_pairs of its pairs; words read; pairs trained."""

    loss: float
    loss_pairs: int
    words: int
    pairs: int


def train_unit(trainer, sentences, seed, rates):
    """Train once on the sentences in range(first, last), without the GIL.

    seed: the unit's own random stream, any integer in 0..2**64 - 1. rates: the learning rate goes linearly
    from the first to the second over the unit's tokens. The draws, and with one thread at a time all results,
    follow from the arguments alone.
    """
    # Arrays in a mapped file need not be aligned, as those that Numba has compiled for are.
    offsets = np.require(trainer.offsets[sentences.start : sentences.stop + 1], requirements="A")
    tokens = np.require(trainer.tokens[offsets[0] : offsets[-1]], requirements="A")
    if len(tokens) == 0:
        return UnitResult(0.0, 0, 0, 0)
    plan, longest = trainer.plan, int(np.diff(offsets).max())
    if trainer.sets:
        train = train_sets
        slots = min(longest, plan.set_sample + 1) if plan.set_sample else longest
    else:
        train = train_windows
        slots = 2 * plan.window + plan.centres
    sizes = Sizes(longest, slots + plan.centres, trainer.max_outputs, trainer.max_parts)
    replica = trainer.free_replicas.get()
    try:
        space = new_workspace(plan, seed, sizes, replica)
        loss, measured, pairs = train(plan, space, tokens, offsets, (float(rates[0]), float(rates[1])))
    finally:
        trainer.free_replicas.put(replica)
    return UnitResult(float(loss), int(measured), len(tokens), int(pairs))
