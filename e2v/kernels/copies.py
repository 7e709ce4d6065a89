"""A unit's own copies of the inner nodes near the root, for hierarchical softmax.

Nearly every path begins with the same few nodes. Threads that all changed them in place would wait for each
other's cache lines at every step, and two be slower than one. So a unit works on copies of them, and trades
what has changed with the shared rows after some uses of a node: what others learn comes a few steps late, as
it may anyway where threads take no locks (Niu et al., "Hogwild!", 2011).

The copies stand behind the shared rows, so that a node is an offset in one matrix like any other.
"""

from e2v.kernels.cache import helper
from e2v.kernels.simd import LANES, add, load, store, sub

#: Nodes that are copied, at most: the last rows, as a Huffman tree's root is the last of them to be made.
COPIED = 255
#: Uses of a copy between two exchanges.
USES = 16


def copied_nodes(nodes):
    """How many of so many nodes are copied."""
    return min(COPIED, nodes)


def spare_rows(nodes, units):
    """Rows that the copies for so many units at once take, behind the rows of the nodes."""
    return 2 * copied_nodes(nodes) * units


@helper
def take_copies(plan, space):
    """Copy the shared rows: each to a row to be trained, and one to remember what it was."""
    for h in range(plan.copied):
        shared, copy, before = places(plan, space, h)
        for k in range(0, plan.stride, LANES):
            x = load(plan.outputs, shared + k)
            store(plan.outputs, copy + k, x)
            store(plan.outputs, before + k, x)
        space.uses[h] = 0


@helper
def use_copy(plan, space, h):
    """Where the copy of node h of those that are copied starts."""
    space.uses[h] += 1
    if space.uses[h] > USES:
        exchange(plan, space, h)
    return space.copies + h * plan.stride


@helper
def exchange(plan, space, h):
    """Add what has changed in a copy to the shared row, and go on from what that has become."""
    shared, copy, before = places(plan, space, h)
    for k in range(0, plan.stride, LANES):
        change = sub(load(plan.outputs, copy + k), load(plan.outputs, before + k))
        x = add(load(plan.outputs, shared + k), change)
        store(plan.outputs, shared + k, x)
        store(plan.outputs, copy + k, x)
        store(plan.outputs, before + k, x)
    space.uses[h] = 0


@helper
def return_copies(plan, space):
    """Give everything back."""
    for h in range(plan.copied):
        exchange(plan, space, h)


@helper
def places(plan, space, h):
    """Where the shared row of node h starts, its copy, and the copy as it came."""
    copy = space.copies + h * plan.stride
    return (plan.first_copied + h) * plan.stride, copy, copy + plan.copied * plan.stride
