"""The block: the one step that every mode of training takes.

Given m input rows I and n output rows O with a label for each output,

    G = lr * multiplicity * (label - sigmoid(I O^T)),   I += G O,   O += G^T I,

all with I and O as they were. For m = 1 this is stochastic gradient descent on the loss of word2vec
(Mikolov et al., "Distributed representations of words and phrases and their compositionality", 2013,
equation 4; for the inner nodes of a tree, equation 3); a window's words taken together is how Ji et al.
("Parallelizing word2vec in shared and distributed memory", 2016) make matrix products of it.
"""

from typing import NamedTuple

import numpy as np

from e2v.kernels.cache import helper
from e2v.kernels.rows import allocate_rows
from e2v.kernels.simd import LANES, fma, load, sigmoid, store
from e2v.kernels.tiles import COLUMNS, ROW, dots, update

#: Inputs in a block, at most: more of them (a wide window, a set) are worked as blocks one after another.
#: The sum of many steps along similar rows, each computed without the others, would overshoot.
INPUTS = 16
#: Noise words drawn at once, about.
NOISE = 256


class Workspace(NamedTuple):
    """What one unit works on, most of it in the first-level cache. Offsets count floats.

    The outputs of two centres are held, this one's and the next one's: one from 0 on, the other from
    `capacity` on.
    """

    state: np.ndarray  #         u64[1]: the random stream
    noise_state: np.ndarray  #   u64[1]: that of the noise words, apart so that they can be drawn ahead
    noise: np.ndarray  #         u64[noise_size]: noise words, of which the last noise_left are to be used
    noise_left: np.ndarray  #    i64[1]
    sentence: np.ndarray  #      i64[tokens]: what subsampling leaves of a sentence
    work: np.ndarray  #          f32[3 * region]: the slots; as many partial sums; the slots as they came
    slots: np.ndarray  #         i64[inputs]: where in work the inputs of this block are
    rows: np.ndarray  #          i64[2 * capacity]: where the output rows start
    multiplicity: np.ndarray  #  f32[2 * capacity]: how often the output counts
    labels: np.ndarray  #        f32[2 * capacity]: 1 or 0
    G: np.ndarray  #             f32[]: the tiles of coefficients
    rates: np.ndarray  #         f32[2 * ROW]: -lr * multiplicity of a tile's columns, twice
    targets: np.ndarray  #       f32[2 * ROW]: lr * multiplicity * label, twice
    node_uses: np.ndarray  #     i64[copied_nodes]: of each copy since it was exchanged
    part_uses: np.ndarray  #     i64[copied_parts]
    parts: np.ndarray  #         i64[]: where the rows of a word's parts start
    node_copies: int  #          where the copies start, in the outputs
    part_copies: int  #          and in the inputs
    noise_size: int
    region: int
    capacity: int


def new_workspace(plan, seed, longest, slots, outputs, parts, lane):
    """A workspace for sentences of up to `longest` tokens, and so many outputs to a centre, parts to a word.

    lane: which of the places for copies is the unit's.
    """
    negative, stride = plan.negative, plan.stride
    tiles = -(-outputs // COLUMNS)
    noise_size = max(1, NOISE // negative) * negative
    return Workspace(
        state=np.array([seed], np.uint64),
        noise_state=np.zeros(1, np.uint64),
        noise=np.zeros(noise_size, np.uint64),
        noise_left=np.zeros(1, np.int64),
        sentence=np.empty(longest, np.int64),
        work=allocate_rows(1, 3 * slots * stride),
        slots=np.zeros(slots, np.int64),
        rows=np.zeros(2 * outputs, np.int64),
        multiplicity=np.zeros(2 * outputs, np.float32),
        labels=np.zeros(2 * outputs, np.float32),
        G=allocate_rows(1, tiles * INPUTS * ROW),
        rates=allocate_rows(1, 2 * ROW),
        targets=allocate_rows(1, 2 * ROW),
        node_uses=np.zeros(plan.copied_nodes, np.int64),
        part_uses=np.zeros(plan.copied_parts, np.int64),
        parts=np.zeros(parts, np.int64),
        node_copies=(plan.nodes + 2 * lane * plan.copied_nodes) * stride,
        part_copies=(plan.part_total + 2 * lane * plan.copied_parts) * stride,
        noise_size=noise_size,
        region=slots * stride,
        capacity=outputs,
    )


@helper
def block(space, m, O, at, n, upcoming, stride, lr, measured):
    """Train inputs space.slots[:m] on outputs space.rows[at : at + n]; returns the loss if measured, else 0.

    O: all output rows. upcoming: the offset of the next centre's outputs, to prefetch.
    """
    tiles = (n + COLUMNS - 1) // COLUMNS
    least, wider = n // tiles, n % tiles
    loss = 0.0
    for first in range(0, m, INPUTS):
        inputs = min(INPUTS, m - first)
        size = (inputs + 1) // 2 * 2 * ROW
        column = 0
        for t in range(tiles):
            width = least + (1 if t < wider else 0)
            dots(
                width,
                space.work,
                space.slots,
                first,
                inputs,
                O,
                space.rows,
                at + column,
                stride,
                space.G,
                t * size,
            )
            if measured:
                loss += tile_loss(space, inputs, at + column, width, t * size)
            column += width
        column = 0
        for t in range(tiles):
            width = least + (1 if t < wider else 0)
            coefficients(space, at + column, width, lr, t * size, size)
            update(
                width,
                space.work,
                0 if t == 0 else space.region,
                0 if t == tiles - 1 else space.region,
                space.slots,
                first,
                inputs,
                O,
                space.rows,
                at + column,
                upcoming + column,
                stride,
                space.G,
                t * size,
            )
            column += width
    return loss


@helper
def coefficients(space, column, width, lr, start, size):
    """Turn a tile of logits, G[start : start + size], into lr * multiplicity * (label - sigmoid(logit))."""
    for j in range(width):
        rate = lr * space.multiplicity[column + j]
        target = rate * space.labels[column + j]
        space.rates[j] = space.rates[ROW + j] = -rate
        space.targets[j] = space.targets[ROW + j] = target
    for v in range(0, size, LANES):
        pattern = v % (2 * ROW)
        probability = sigmoid(load(space.G, start + v))
        store(space.G, start + v, fma(load(space.rates, pattern), probability, load(space.targets, pattern)))


@helper
def tile_loss(space, inputs, column, width, start):
    """The sum over a tile of logits of -multiplicity * log(probability of the label)."""
    loss = 0.0
    for i in range(inputs):
        for j in range(width):
            logit = np.float64(space.G[start + ROW * i + j])
            if space.labels[column + j] > 0:
                logit = -logit
            softplus = max(logit, 0.0) + np.log1p(np.exp(-abs(logit)))
            loss += np.float64(space.multiplicity[column + j]) * softplus
    return loss
