"""Replicas: a unit's own copies of the rows that every unit updates all the time.

Nearly every path through a Huffman tree begins with the same few inner nodes, and the same few n-grams are in
very many words. Threads that updated those rows in place would contend for their cache lines, and two be
slower than one. So a unit updates replicas, and exchanges the differences with the shared rows periodically:
what others learn comes a few steps late, as it may anyway where threads take no locks (Niu et al.,
"Hogwild!", 2011).

The replicas stand behind a matrix's shared rows, so that a replica is an offset like that of any other row. A
unit has two rows for each: the one it trains, and behind all of those, what they were at the last exchange.

A frozen output is trained as a copy, too, which stands behind all outputs and is never handed back.
"""

from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, load, store, sub

#: Replicated rows, at most: of the inner nodes the last, as a Huffman tree's root is made last; of the parts
#: of words those that are used most.
MAX_NODE_REPLICAS = 255
MAX_PART_REPLICAS = 1023
#: Uses of a replica between two exchanges.
EXCHANGE_PERIOD = 16


def replica_rows(replicated, threads):
    """Rows that the replicas of so many rows take, for so many threads."""
    return 2 * replicated * threads


def copy_rows(outputs, threads):
    """Rows that copies of frozen outputs take: of a centre's so many, and the next one's, for each thread."""
    return 2 * outputs * threads


@helper
def load_replicas(plan, space, hierarchical, composed):
    """Copy the shared rows to the unit's replicas."""
    if hierarchical is not None:
        for h in range(plan.n_node_replicas):
            load_replica(
                plan, plan.outputs, shared_node(plan, h), node_replica(plan, space, h), plan.n_node_replicas
            )
            space.node_uses[h] = 0
    if composed is not None:
        for h in range(plan.n_part_replicas):
            load_replica(
                plan, plan.inputs, shared_part(plan, h), part_replica(plan, space, h), plan.n_part_replicas
            )
            space.part_uses[h] = 0


@helper
def merge_replicas(plan, space, hierarchical, composed):
    """Add to the shared rows what the replicas have gained."""
    if hierarchical is not None:
        for h in range(plan.n_node_replicas):
            exchange_node(plan, space, h)
    if composed is not None:
        for h in range(plan.n_part_replicas):
            exchange_part(plan, space, h)


@helper
def use_node_replica(plan, space, h):
    """Where the replica of inner node h starts, for a use of it; exchanged first if that is due."""
    space.node_uses[h] += 1
    if space.node_uses[h] > EXCHANGE_PERIOD:
        exchange_node(plan, space, h)
    return node_replica(plan, space, h)


@helper
def use_part_replica(plan, space, h):
    """Where the replica of part h starts, for a use of it; exchanged first if that is due."""
    space.part_uses[h] += 1
    if space.part_uses[h] > EXCHANGE_PERIOD:
        exchange_part(plan, space, h)
    return part_replica(plan, space, h)


@helper
def shared_node(plan, h):
    """Where the row of the h-th replicated inner node starts, in the outputs."""
    return (plan.first_replicated_node + h) * plan.stride


@helper
def shared_part(plan, h):
    """Where the row of the h-th replicated part starts, in the inputs."""
    return plan.replicated_parts[h] * plan.stride


@helper
def node_replica(plan, space, h):
    """Where that replica starts, in the outputs."""
    return space.node_replicas + h * plan.stride


@helper
def part_replica(plan, space, h):
    """Where that replica starts, in the inputs."""
    return space.part_replicas + h * plan.stride


@helper
def exchange_node(plan, space, h):
    """Exchange the replica of an inner node."""
    exchange(plan, plan.outputs, shared_node(plan, h), node_replica(plan, space, h), plan.n_node_replicas)
    space.node_uses[h] = 0


@helper
def exchange_part(plan, space, h):
    """Exchange the replica of a part."""
    exchange(plan, plan.inputs, shared_part(plan, h), part_replica(plan, space, h), plan.n_part_replicas)
    space.part_uses[h] = 0


@helper
def load_replica(plan, matrix, shared, replica, n_replicas):
    """Copy a shared row to the replica, and to the row that keeps it as it was."""
    before = replica + n_replicas * plan.stride
    for k in range(0, plan.stride, LANES):
        x = load(matrix, shared + k)
        store(matrix, replica + k, x)
        store(matrix, before + k, x)


@helper
def exchange(plan, matrix, shared, replica, n_replicas):
    """Add the replica's change since the last exchange to the shared row, and copy the sum back."""
    before = replica + n_replicas * plan.stride
    for k in range(0, plan.stride, LANES):
        change = sub(load(matrix, replica + k), load(matrix, before + k))
        x = add(load(matrix, shared + k), change)
        store(matrix, shared + k, x)
        store(matrix, replica + k, x)
        store(matrix, before + k, x)


@helper
def replace_frozen(plan, space, at, n):
    """Have copies, which `renew_copies` makes, stand for the frozen ones of n outputs from `at` on."""
    for j in range(at, at + n):
        row = space.rows[j]
        space.sources[j] = -1
        if row < plan.n_frozen * plan.stride:
            space.sources[j] = row
            space.rows[j] = space.copies + j * plan.stride


@helper
def renew_copies(plan, space, at, n):
    """Make the copies of frozen rows, among n outputs from `at` on, what the rows are."""
    for j in range(at, at + n):
        source, copy = space.sources[j], space.copies + j * plan.stride
        if source >= 0:
            for k in range(0, plan.stride, LANES):
                store(plan.outputs, copy + k, load(plan.outputs, source + k))
