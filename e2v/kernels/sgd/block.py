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

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.tiles import COLUMNS, ROW, coefficients, dots, update
from e2v.kernels.sgd.rows import allocate_rows

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
    rows: np.ndarray  #          i64[2 * capacity + ROW]: where the output rows start
    multiplicity: np.ndarray  #  f32[2 * capacity + ROW]: how often the output counts
    labels: np.ndarray  #        f32[2 * capacity + ROW]: 1 or 0
    G: np.ndarray  #             f32[INPUTS * ROW]: a tile of coefficients
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
    noise_size = max(1, NOISE // negative) * negative
    return Workspace(
        state=np.array([seed], np.uint64),
        noise_state=np.zeros(1, np.uint64),
        noise=np.zeros(noise_size, np.uint64),
        noise_left=np.zeros(1, np.int64),
        sentence=np.empty(longest, np.int64),
        work=allocate_rows(1, 3 * slots * stride),
        slots=np.zeros(slots, np.int64),
        rows=np.zeros(2 * outputs + ROW, np.int64),
        multiplicity=np.zeros(2 * outputs + ROW, np.float32),
        labels=np.zeros(2 * outputs + ROW, np.float32),
        G=allocate_rows(1, INPUTS * ROW),
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
    work, slots, rows, G = space.work, space.slots, space.rows, space.G
    tiles = (n + COLUMNS - 1) // COLUMNS
    least, wider = n // tiles, n % tiles
    loss = 0.0
    for first in range(0, m, INPUTS):
        inputs = min(INPUTS, m - first)
        if measured:
            loss += block_loss(space, first, inputs, O, at, n, stride)
        column = 0
        for t in range(tiles):
            width = least + (1 if t < wider else 0)
            here = at + column
            coefficients(
                width,
                work,
                slots,
                first,
                inputs,
                O,
                rows,
                here,
                stride,
                G,
                space.multiplicity,
                space.labels,
                lr,
            )
            # The inputs stay as they were until the last tile.
            before = 0 if t == 0 else space.region
            after = 0 if t == tiles - 1 else space.region
            coming = upcoming + column
            update(width, work, before, after, slots, first, inputs, O, rows, here, coming, stride, G)
            column += width
    return loss


@helper
def block_loss(space, first, m, O, at, n, stride):
    """The sum over a block of -multiplicity * log(probability of the label), before it is trained."""
    loss = 0.0
    for column in range(at, at + n, COLUMNS):
        dots(space.work, space.slots, first, m, O, space.rows, column, stride, space.G)
        for i in range(m):
            for j in range(min(COLUMNS, at + n - column)):
                logit = np.float64(space.G[ROW * i + j])
                if space.labels[column + j] > 0:
                    logit = -logit
                softplus = max(logit, 0.0) + np.log1p(np.exp(-abs(logit)))
                loss += np.float64(space.multiplicity[column + j]) * softplus
    return loss
