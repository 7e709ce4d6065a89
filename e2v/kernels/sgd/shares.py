"""Noise shared by a group of centres: which input of their block is trained with which of them.

The consecutive centres of a group are the outputs of one block, together with one set of noise words, and its
inputs are the words that any of them has in its context, once each. An input row that `count` of the centres
have in their context, `positive` of them with the output row as the centre, moves towards that row
`positive` times, and away from it as noise for all of the others:

    G = lr * (positive - (positive + multiplicity * (count - positive)) * sigmoid(I O^T)),

which is the sum, over the centres, of what each of them would have by itself, all from one state.
multiplicity is how often the row was drawn as noise, and 0 for a centre that was not.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.tiles import TILE_STRIDE


@helper
def clear_shares(space, m):
    """Have none of m inputs be trained with any centre yet."""
    for i in range(m):
        clear_share(space, i)


@helper
def clear_share(space, i):
    """The same of input i."""
    space.counts[i] = 0
    for column in range(TILE_STRIDE):
        space.positives[2 * TILE_STRIDE * i + column] = 0


@helper
def add_share(space, i, column):
    """Train input i of the block with a centre, which is this one of its outputs."""
    space.counts[i] += np.float32(1)
    space.positives[2 * TILE_STRIDE * i + column] += np.float32(1)
