"""The output rows of a centre: noise words, or the inner nodes on its path."""

import numpy as np

from e2v.kernels.cache import helper
from e2v.kernels.sampling import draw_noise


@helper
def choose_outputs(plan, space, centre, at):
    """Put a centre's output rows, multiplicities and labels at `at` on; returns how many there are.

    Negative sampling: the centre, labelled 1, and plan.negative noise words, labelled 0. A noise word that
    is drawn again counts more instead of standing there twice (each copy would miss the other's update); one
    that is the centre is left out, as in word2vec. Hierarchical softmax: the nodes of the path, labelled 1 -
    code.
    """
    stride = plan.stride
    if plan.hierarchical:
        start = plan.path_offsets[centre]
        n = plan.path_offsets[centre + 1] - start
        for j in range(n):
            space.rows[at + j] = np.int64(plan.path_nodes[start + j]) * stride
            space.labels[at + j] = plan.path_labels[start + j]
            space.multiplicity[at + j] = 1
        return n
    space.rows[at] = centre * stride
    space.labels[at] = 1
    space.multiplicity[at] = 1
    n = 1
    for _ in range(plan.negative):
        row = draw_noise(space.state, plan.noise, plan.vocabulary) * stride
        found = -1
        for j in range(n):
            if space.rows[at + j] == row:
                found = j
        if found < 0:
            space.rows[at + n] = row
            space.labels[at + n] = 0
            space.multiplicity[at + n] = 1
            n += 1
        elif found > 0:
            space.multiplicity[at + found] += 1
    return n
