"""The spans that a unit walks over: what subsampling leaves of its sentences; of large sets, their subsets.

A set of more than set_sample + 1 items is split at random into subsets of nearly equal size, none above that,
and each trained as a set: each centre has a random sample of partners, another one every epoch. A pair is
weighted by set_sample / (subset size - 1), so that a centre's partners count as set_sample, whatever their
inclusion probability. So a set of B items weighs B * min(B - 1, set_sample) pairs: large sets do not outweigh
small ones by the square of their size.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.sgd.sampling import shuffle, subsample
from e2v.kernels.sgd.workspace import (
    AT,
    LAST_SENTENCE,
    NEXT_BEGIN,
    NEXT_END,
    ORIGIN,
    SENTENCE,
    SUBSET,
    SUBSETS,
    TOKENS,
    WORDS,
)


@helper
def find_next_span(plan, space, sets, tokens, offsets):
    """Find the next span of at least two words: of none, NEXT_BEGIN is NEXT_END.

    Draws, in order: for each sentence that is read one for each token (subsampling) and, of a set that is
    split into subsets, its shuffle.
    """
    walk = space.walk
    if walk[SUBSET] == walk[SUBSETS]:
        read_sentence(plan, space, sets, tokens, offsets)
    number, subsets, n = walk[SUBSET], walk[SUBSETS], walk[WORDS]
    if number == subsets:
        walk[NEXT_BEGIN] = walk[NEXT_END] = 0
        return
    walk[NEXT_BEGIN] = walk[AT] + n * number // subsets
    walk[NEXT_END] = walk[AT] + n * (number + 1) // subsets
    walk[SUBSET] += 1
    rate = space.rate[2]
    if subsets > 1:
        rate = rate * np.float32(plan.set_sample) / np.float32(walk[NEXT_END] - walk[NEXT_BEGIN] - 1)
    space.rate[1] = rate


@helper
def read_sentence(plan, space, sets, tokens, offsets):
    """Read the next sentence that subsampling leaves two words of, into the free half of space.sentence.

    It is one subset, or several of a large set; there is none after the last sentence.
    """
    walk = space.walk
    free = space.longest - walk[AT]
    while walk[SENTENCE] < walk[LAST_SENTENCE]:
        first = offsets[0]
        start, stop = offsets[walk[SENTENCE]] - first, offsets[walk[SENTENCE] + 1] - first
        walk[SENTENCE] += 1
        n = subsample(space.state, tokens, (start, stop), plan.keep, space.sentence, free)
        if n < 2:
            continue
        done = (start - walk[ORIGIN]) / walk[TOKENS]
        space.rate[2] = np.float32(space.rates[0] + (space.rates[1] - space.rates[0]) * done)
        walk[AT], walk[WORDS], walk[SUBSET], walk[SUBSETS] = free, n, 0, 1
        if sets is not None:
            largest = space.mean // space.pitch
            walk[SUBSETS] = (n + largest - 1) // largest
            if walk[SUBSETS] > 1:
                shuffle(space.state, space.sentence, free, n)
        return
