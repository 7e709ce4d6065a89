"""One unit of work: what a trainer's thread calls."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd.walk import train_lane, train_lanes


class UnitResult(NamedTuple):
    """What a unit did: loss (nats), the sum over loss_pairs of its pairs; words read; pairs trained."""

    loss: float
    loss_pairs: int
    words: int
    pairs: int


def train_unit(trainer, sentences, seed, rates, lane=0):
    """Train once on the sentences in range(first, last), without the GIL.

    seed: the unit's own random stream, any integer in 0..2**64 - 1. rates: the learning rate goes linearly
    from the first to the second over the unit's tokens. lane: a thread's own, below the trainer's number of
    threads. The draws, and with one thread at a time all results, follow from the other arguments alone.
    """
    offsets, tokens = _stretch(trainer, sentences.start, sentences.stop)
    if len(tokens) == 0:
        return UnitResult(0.0, 0, 0, 0)
    unit = 0, len(sentences), np.uint64(seed), float(rates[0]), float(rates[1])
    loss, measured, pairs = train_lane(trainer.plan, trainer.spaces, lane, tokens, offsets, unit)
    return UnitResult(float(loss), int(measured), len(tokens), int(pairs))


def train_units_in_turn(trainer, units):
    """Train units (sentences, seed, rates), one on each lane, in one thread, each a step in turn.

    That is what as many threads do that are equally fast, and it is reproducible. Returns a UnitResult for
    each. None of the units may be without tokens.
    """
    first, last = min(unit[0].start for unit in units), max(unit[0].stop for unit in units)
    offsets, tokens = _stretch(trainer, first, last)
    places = np.array([(sentences.start - first, sentences.stop - first) for sentences, _, _ in units])
    seeds = np.array([seed for _, seed, _ in units], np.uint64)
    rates = np.array([rates for _, _, rates in units], np.float64)
    results = np.zeros((len(units), 3))
    train_lanes(trainer.plan, trainer.spaces, tokens, offsets, places, seeds, rates, results)
    words = (offsets[places[:, 1]] - offsets[places[:, 0]]).tolist()
    return [
        UnitResult(float(loss), int(measured), n, int(pairs))
        for (loss, measured, pairs), n in zip(results, words, strict=True)
    ]


def _stretch(trainer, first, last):
    """The offsets and tokens of some sentences, aligned: in a mapped file they need not be, and Numba has
    compiled for those that are."""
    offsets = np.require(trainer.offsets[first : last + 1], requirements="A")
    return offsets, np.require(trainer.tokens[offsets[0] : offsets[-1]], requirements="A")
