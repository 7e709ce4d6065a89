"""The output rows of a centre: noise words, or the inner nodes on its path."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.sgd.replicas import replace_frozen, use_node_replica
from e2v.kernels.sgd.sampling import draw_noise


@helper
def choose_outputs(plan, space, hierarchical, frozen, centre, at):
    """Put a centre's output rows, multiplicities and labels at `at` on; returns how many there are.

    Negative sampling: the centre, labelled 1, and plan.negative noise words, labelled 0. Hierarchical
    softmax: the nodes of the path, labelled 1 - code.
    """
    if hierarchical is None:
        n = list_noise(plan, space, centre, at)
        if frozen is not None:
            replace_frozen(plan, space, at, n)
        return n
    return list_path(plan, space, centre, at)


@helper
def list_path(plan, space, centre, at):
    """The nodes on the centre's path, those near the root as the unit's replicas."""
    start = plan.path_offsets[centre]
    n = plan.path_offsets[centre + 1] - start
    for j in range(n):
        node = np.int64(plan.path_nodes[start + j])
        h = node - plan.first_replicated_node
        space.rows[at + j] = use_node_replica(plan, space, h) if h >= 0 else node * plan.stride
        space.labels[at + j] = plan.path_labels[start + j]
        space.multiplicity[at + j] = 1
    return n


@helper
def list_noise(plan, space, centre, at):
    """The centre and its noise words, without repeats."""
    if space.noise_left[0] == 0:
        draw_noise(space.noise_state, plan.noise, plan.vocabulary, space.noise, space.noise_size)
        space.noise_left[0] = space.noise_size
    start = space.noise_size - space.noise_left[0]
    space.noise_left[0] -= plan.negative
    space.rows[at] = centre * plan.stride
    space.labels[at] = 1
    space.multiplicity[at] = 1
    # A Bloom filter of two 64-bit sets, one for each of two digits of an id: may a word be a repeat?
    low, high, repeats = np.int64(1) << (centre & 63), np.int64(1) << ((centre >> 6) & 63), np.int64(0)
    for j in range(plan.negative):
        word = np.int64(space.noise[start + j])
        space.rows[at + 1 + j] = word * plan.stride
        space.labels[at + 1 + j] = 0
        space.multiplicity[at + 1 + j] = 1
        repeats |= (low >> (word & 63)) & (high >> ((word >> 6) & 63))
        low |= np.int64(1) << (word & 63)
        high |= np.int64(1) << ((word >> 6) & 63)
    if repeats & 1:
        return merge_repeats(space, at, plan.negative + 1)
    return plan.negative + 1


@helper
def merge_repeats(space, at, n):
    """Merge equal ones of n rows; returns how many are left.

    A repeated noise word has its multiplicity raised (as two rows, each would miss the other's update); one
    that is the centre is left out, as in word2vec.
    """
    kept = 1
    for j in range(1, n):
        row = space.rows[at + j]
        same = -1
        for i in range(kept):
            if space.rows[at + i] == row:
                same = i
        if same < 0:
            space.rows[at + kept] = row
            kept += 1
        elif same > 0:
            space.multiplicity[at + same] += 1
    return kept
