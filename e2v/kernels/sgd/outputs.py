"""The output rows of a centre, or of a group: noise words, or the inner nodes on its path."""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.sgd.replicas import replace_frozen, use_node_replica
from e2v.kernels.sgd.sampling import draw_noise


@helper
def choose_outputs(plan, space, noise, tree, shared, frozen, group, at):
    """Put the output rows of the centres space.sentence[group[0] : group[1]] at `at` on; returns how many.

    Negative sampling: the centre, labelled 1, or the centres of the group, and plan.negative noise words,
    labelled 0. Hierarchical softmax: the nodes of the path, labelled 1 - code.
    """
    n = np.int64(0)
    if group[0] == group[1]:
        return n
    if noise is not None:
        n = list_noise(plan, space, noise, shared, group, at)
        if frozen is not None:
            replace_frozen(plan, space, at, n)
    if tree is not None:
        n = list_path(plan, space, tree, space.sentence[group[0]], at)
    return n


@helper
def list_path(plan, space, tree, centre, at):
    """The nodes on the centre's path, those near the root as the unit's replicas."""
    start = tree.offsets[centre]
    n = tree.offsets[centre + 1] - start
    for j in range(n):
        node = np.int64(tree.nodes[start + j])
        h = node - tree.first_replicated
        space.rows[at + j] = use_node_replica(plan, space, tree, h) if h >= 0 else node * plan.stride
        space.labels[at + j] = tree.labels[start + j]
        space.multiplicity[at + j] = 1
    return n


@helper
def list_noise(plan, space, noise, shared, group, at):
    """The centre, or those of a group, and their noise words, without repeats."""
    if space.noise_left[0] == 0:
        draw_noise(space.noise_state, noise, plan.vocabulary, space.noise, space.noise_size)
        space.noise_left[0] = space.noise_size
    start = space.noise_size - space.noise_left[0]
    space.noise_left[0] -= plan.negative
    # A Bloom filter of two 64-bit sets, one for each of two digits of an id: may a word be a repeat?
    low, high, repeats = np.int64(0), np.int64(0), np.int64(0)
    if shared is None:
        n, centre = 1, np.int64(space.sentence[group[0]])
        space.rows[at] = centre * plan.stride
        space.labels[at] = 1
        space.multiplicity[at] = 1
        low, high = np.int64(1) << (centre & 63), np.int64(1) << ((centre >> 6) & 63)
    else:
        n = list_centres(plan, space, group, at)
        for c in range(group[0], group[1]):
            centre = np.int64(space.sentence[c])
            low, high = low | np.int64(1) << (centre & 63), high | np.int64(1) << ((centre >> 6) & 63)
    for j in range(n, n + plan.negative):
        word = np.int64(space.noise[start + j - n])
        space.rows[at + j] = word * plan.stride
        space.labels[at + j] = 0
        space.multiplicity[at + j] = 1
        repeats |= (low >> (word & 63)) & (high >> ((word >> 6) & 63))
        low |= np.int64(1) << (word & 63)
        high |= np.int64(1) << ((word >> 6) & 63)
    if repeats & 1:
        return merge_repeats(space, shared, at, n, n + plan.negative)
    return n + plan.negative


@helper
def list_centres(plan, space, group, at):
    """The centres of a group, which may repeat, once each, and no noise yet; returns how many there are."""
    n = 0
    for c in range(group[0], group[1]):
        row, column = np.int64(space.sentence[c]) * plan.stride, n
        for i in range(n):
            if space.rows[at + i] == row:
                column = i
        space.rows[at + column] = row
        space.multiplicity[at + column] = 0
        space.columns[at + c - group[0]] = column
        n += np.int64(column == n)
    return n


@helper
def merge_repeats(space, shared, at, n_centres, n):
    """Merge the noise words among n rows, which follow the centres, with what they equal; returns how many
    rows are left.

    A repeated noise word has its multiplicity raised (as two rows, each would miss the other's update); one
    that is the centre is left out, as in word2vec, and one of a group's centres is noise for the others.
    """
    kept = n_centres
    for j in range(n_centres, n):
        row = space.rows[at + j]
        same = -1
        for i in range(kept):
            if space.rows[at + i] == row:
                same = i
        if same < 0:
            space.rows[at + kept] = row
            kept += 1
        elif shared is not None or same > 0:
            space.multiplicity[at + same] += 1
    return kept
