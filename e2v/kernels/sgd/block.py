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
from e2v.kernels.codegen.tiles import TILE_STRIDE, TILE_WIDTH, Block, Tile, coefficients, dots, update
from e2v.kernels.sgd.replicas import copy_rows, renew_copies
from e2v.kernels.sgd.rows import allocate_rows

#: Inputs in a block, at most: more of them (a wide window, a set) are worked as blocks one after another.
#: The sum of many steps along similar rows, each computed without the others, would overshoot.
MAX_INPUTS = 16
#: Noise words drawn at once, about.
NOISE_BUFFER = 256


class Workspace(NamedTuple):
    """What one unit works on, most of it in the first-level cache. Offsets count floats.

    The outputs of two centres are held, the current one's and the next one's: one from 0 on, the other from
    max_outputs on.
    """

    state: np.ndarray  #         u64[1]: the random stream
    noise_state: np.ndarray  #   u64[1]: that of the noise words, apart so that they can be drawn ahead
    noise: np.ndarray  #         u64[noise_size]: noise words, of which the last noise_left are unused
    noise_left: np.ndarray  #    i64[1]
    sentence: np.ndarray  #      i64[tokens]: what subsampling leaves of a sentence
    work: np.ndarray  #          f32[3 * region]: the slots; as many partial sums; the slots as loaded
    slots: np.ndarray  #         i64[inputs]: where in work the inputs of this block are
    held: np.ndarray  #          u8[slots]: whether the word in a slot is frozen
    rows: np.ndarray  #          i64[2 * max_outputs + TILE_STRIDE]: where the output rows start
    sources: np.ndarray  #       i64[2 * max_outputs]: the frozen row of which it is a copy, or -1
    multiplicity: np.ndarray  #  f32[2 * max_outputs + TILE_STRIDE]: how often the output counts
    labels: np.ndarray  #        f32[2 * max_outputs + TILE_STRIDE]: 1 or 0
    G: np.ndarray  #             f32[MAX_INPUTS * TILE_STRIDE]: a tile of coefficients
    node_uses: np.ndarray  #     i64[n_node_replicas]: of each replica since its last exchange
    part_uses: np.ndarray  #     i64[n_part_replicas]
    parts: np.ndarray  #         i64[]: where the rows of a word's parts start
    node_replicas: int  #        where the replicas start, in the outputs
    part_replicas: int  #        and in the inputs
    copies: int  #               where those of frozen outputs start, in the outputs
    noise_size: int
    region: int
    mean: int  #                 the last slot, for CBOW's mean
    max_outputs: int


class Sizes(NamedTuple):
    """What a workspace has room for: tokens of a sentence, slots, outputs of a centre, parts of a word."""

    tokens: int
    slots: int
    outputs: int
    parts: int


class Step(NamedTuple):
    """The training of one centre: inputs space.slots[:m] on outputs space.rows[outputs : outputs + n]."""

    m: int
    outputs: int
    n: int
    upcoming: int  #   where the next centre's outputs are, to prefetch
    lr: float  #       float32
    measured: bool  #  whether to compute the loss


def new_workspace(plan, seed, sizes, replica):
    """A workspace for a unit with this seed, which works on the replicas numbered `replica`."""
    stride, n = plan.stride, 2 * sizes.outputs + TILE_STRIDE
    noise_size = max(1, NOISE_BUFFER // plan.negative) * plan.negative
    return Workspace(
        state=np.array([seed], np.uint64),
        noise_state=np.zeros(1, np.uint64),
        noise=np.zeros(noise_size, np.uint64),
        noise_left=np.zeros(1, np.int64),
        sentence=np.empty(sizes.tokens, np.int64),
        work=allocate_rows(1, 3 * sizes.slots * stride),
        slots=np.zeros(sizes.slots, np.int64),
        held=np.zeros(sizes.slots, np.uint8),
        rows=np.zeros(n, np.int64),
        sources=np.zeros(2 * sizes.outputs, np.int64),
        multiplicity=np.zeros(n, np.float32),
        labels=np.zeros(n, np.float32),
        G=allocate_rows(1, MAX_INPUTS * TILE_STRIDE),
        node_uses=np.zeros(plan.n_node_replicas, np.int64),
        part_uses=np.zeros(plan.n_part_replicas, np.int64),
        parts=np.zeros(sizes.parts, np.int64),
        node_replicas=(plan.n_nodes + 2 * replica * plan.n_node_replicas) * stride,
        part_replicas=(plan.n_inputs + 2 * replica * plan.n_part_replicas) * stride,
        copies=(plan.vocabulary + copy_rows(sizes.outputs, replica)) * stride,
        noise_size=noise_size,
        region=sizes.slots * stride,
        mean=(sizes.slots - 1) * stride,
        max_outputs=sizes.outputs,
    )


@helper
def train_block(plan, space, frozen, step):
    """Take the `step`; returns the loss before it if measured, else 0."""
    tiles = (step.n + TILE_WIDTH - 1) // TILE_WIDTH
    narrow, wider = step.n // tiles, step.n % tiles
    loss = 0.0
    for first in range(0, step.m, MAX_INPUTS):
        if frozen is not None:
            renew_copies(plan, space, step.outputs, step.n)
        block = Block(
            I=space.work,
            slots=space.slots,
            first=first,
            m=min(MAX_INPUTS, step.m - first),
            O=plan.outputs,
            rows=space.rows,
            stride=plan.stride,
            G=space.G,
            multiplicity=space.multiplicity,
            labels=space.labels,
        )
        if step.measured:
            loss += block_loss(block, step.outputs, step.n)
        done = 0
        for t in range(tiles):
            width = narrow + (1 if t < wider else 0)
            # The inputs stay as they were until the last tile.
            sums_from = 0 if t == 0 else space.region
            sums_to = 0 if t == tiles - 1 else space.region
            tile = Tile(step.outputs + done, width, sums_from, sums_to, step.upcoming + done)
            coefficients(block, tile, step.lr)
            update(block, tile)
            done += width
    return loss


@helper
def block_loss(block, first, n):
    """The sum over outputs first..first + n of -multiplicity * log(probability of the label), untrained."""
    loss = 0.0
    for column in range(first, first + n, TILE_WIDTH):
        dots(block, column)
        for i in range(block.m):
            for j in range(min(TILE_WIDTH, first + n - column)):
                logit = np.float64(block.G[TILE_STRIDE * i + j])
                if block.labels[column + j] > 0:
                    logit = -logit
                softplus = max(logit, 0.0) + np.log1p(np.exp(-abs(logit)))
                loss += np.float64(block.multiplicity[column + j]) * softplus
    return loss
