"""The block: the one step that every mode of training takes.

Given m input rows I and n output rows O with a label for each output,

    G = lr * multiplicity * (label - sigmoid(I O^T)),   I += G O,   O += G^T I,

all with I and O as they were. For m = 1 this is stochastic gradient descent on the loss of word2vec
(Mikolov et al., "Distributed representations of words and phrases and their compositionality", 2013,
equation 4; for the inner nodes of a tree, equation 3); a window's words taken together is how Ji et al.
("Parallelizing word2vec in shared and distributed memory", 2016) make matrix products of it. Where several
centres share the outputs, G is that of `shares`.
"""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.tiles import (
    TILE_STRIDE,
    TILE_WIDTH,
    Block,
    Shares,
    Tile,
    coefficients,
    dots,
    shared_coefficients,
    update,
)
from e2v.kernels.sgd.replicas import renew_copies
from e2v.kernels.sgd.workspace import MAX_INPUTS


class Step(NamedTuple):
    """The training of a centre, or of a group of them.

    Inputs space.slots[:m] on outputs space.rows[outputs : outputs + n].
    """

    m: int
    outputs: int
    n: int
    upcoming: int  #   where the next one's outputs are, to prefetch
    lr: float  #       float32
    measured: bool  #  whether to compute the loss


@helper
def train_block(plan, space, shared, frozen, step):
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
            if shared is None:
                loss += block_loss(block, step.outputs, step.n)
            else:
                loss += shared_loss(block, Shares(space.counts, space.positives, 0), step.outputs, step.n)
        done = 0
        for t in range(tiles):
            width = narrow + (1 if t < wider else 0)
            # The inputs stay as they were until the last tile.
            sums_from = 0 if t == 0 else space.region
            sums_to = 0 if t == tiles - 1 else space.region
            tile = Tile(step.outputs + done, width, sums_from, sums_to, step.upcoming + done)
            if shared is None:
                coefficients(block, tile, step.lr)
            else:
                shares = Shares(space.counts, space.positives, min(done, TILE_STRIDE))
                shared_coefficients(block, tile, shares, step.lr)
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
                loss += np.float64(block.multiplicity[column + j]) * softplus(logit)
    return loss


@helper
def shared_loss(block, shares, first, n):
    """The same of outputs that several centres share: of each centre and input of its context."""
    loss = 0.0
    for column in range(first, first + n, TILE_WIDTH):
        dots(block, column)
        for i in range(block.m):
            row = 2 * TILE_STRIDE * (block.first + i)
            for j in range(min(TILE_WIDTH, first + n - column)):
                logit = np.float64(block.G[TILE_STRIDE * i + j])
                positive = np.float64(shares.positives[row + min(column - first + j, TILE_STRIDE)])
                others = np.float64(shares.counts[block.first + i]) - positive
                loss += positive * softplus(-logit)
                loss += np.float64(block.multiplicity[column + j]) * others * softplus(logit)
    return loss


@helper
def softplus(x):
    """log(1 + exp(x)), which is -log(sigmoid(-x))."""
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))
