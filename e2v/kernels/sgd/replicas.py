"""A unit's own copies of the rows that every unit changes all the time.

Nearly every path through a Huffman tree begins with the same few inner nodes, and the same few n-grams are in
very many words. Threads that all changed those rows in place would wait for each other's cache lines at every
step, and two be slower than one. So a unit works on copies of them, and trades what has changed with the
shared rows after some uses of a row: what others learn comes a few steps late, as it may anyway where threads
take no locks (Niu et al., "Hogwild!", 2011).

The copies stand behind a matrix's shared rows, so that a copy is an offset like that of any other row. A unit
has two rows for each: what it trains, and behind all of those, what they were when they came.
"""

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, load, store, sub

#: Rows that are copied, at most: of the inner nodes the last, as a Huffman tree's root is made last; of the
#: parts of words those that are used most.
COPIED_NODES = 255
COPIED_PARTS = 1023
#: Uses of a copy between two exchanges.
USES = 16


def spare_rows(copied, units):
    """Rows that the copies of so many rows take, for so many units at once."""
    return 2 * copied * units


@helper
def take_copies(plan, space):
    """Copy the shared rows."""
    for h in range(plan.copied_nodes):
        take(
            plan,
            plan.outputs,
            (plan.first_copied + h) * plan.stride,
            node_copy(plan, space, h),
            plan.copied_nodes,
        )
        space.node_uses[h] = 0
    for h in range(plan.copied_parts):
        take(
            plan, plan.inputs, plan.part_copies[h] * plan.stride, part_copy(plan, space, h), plan.copied_parts
        )
        space.part_uses[h] = 0


@helper
def return_copies(plan, space):
    """Give everything back."""
    for h in range(plan.copied_nodes):
        exchange_node(plan, space, h)
    for h in range(plan.copied_parts):
        exchange_part(plan, space, h)


@helper
def use_node(plan, space, h):
    """Where the copy of the inner node h of those that are copied starts."""
    space.node_uses[h] += 1
    if space.node_uses[h] > USES:
        exchange_node(plan, space, h)
    return node_copy(plan, space, h)


@helper
def use_part(plan, space, h):
    """Where the copy of the part h of those that are copied starts."""
    space.part_uses[h] += 1
    if space.part_uses[h] > USES:
        exchange_part(plan, space, h)
    return part_copy(plan, space, h)


@helper
def node_copy(plan, space, h):
    """Where that copy starts, in the outputs."""
    return space.node_copies + h * plan.stride


@helper
def part_copy(plan, space, h):
    """Where that copy starts, in the inputs."""
    return space.part_copies + h * plan.stride


@helper
def exchange_node(plan, space, h):
    """Exchange the copy of a node."""
    shared = (plan.first_copied + h) * plan.stride
    exchange(plan, plan.outputs, shared, node_copy(plan, space, h), plan.copied_nodes)
    space.node_uses[h] = 0


@helper
def exchange_part(plan, space, h):
    """Exchange the copy of a part."""
    exchange(
        plan, plan.inputs, plan.part_copies[h] * plan.stride, part_copy(plan, space, h), plan.copied_parts
    )
    space.part_uses[h] = 0


@helper
def take(plan, matrix, shared, copy, copied):
    """Copy a shared row to a row to be trained, and to one that remembers what it was."""
    before = copy + copied * plan.stride
    for k in range(0, plan.stride, LANES):
        x = load(matrix, shared + k)
        store(matrix, copy + k, x)
        store(matrix, before + k, x)


@helper
def exchange(plan, matrix, shared, copy, copied):
    """Add what has changed in a copy to the shared row, and go on from what that has become."""
    before = copy + copied * plan.stride
    for k in range(0, plan.stride, LANES):
        change = sub(load(matrix, copy + k), load(matrix, before + k))
        x = add(load(matrix, shared + k), change)
        store(matrix, shared + k, x)
        store(matrix, copy + k, x)
        store(matrix, before + k, x)
