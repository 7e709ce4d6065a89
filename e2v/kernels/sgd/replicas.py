"""Replicas: a thread's own copies of the rows that every thread updates all the time.

Nearly every path through a Huffman tree begins with the same few inner nodes, and the same few n-grams are
in very many words. Threads that updated those rows in place would contend for their cache lines, and two be
slower than one. So a thread updates replicas, and exchanges the differences with the shared rows
periodically: what others learn comes a few steps late, as it may anyway where threads take no locks (Niu et
al., "Hogwild!", 2011). The more threads there are and the longer their steps, the sooner they exchange.

The replicas are in the thread's workspace, and addressed as any other row is, by how far they are from the
first row of the matrix. There are two rows for each: the one that is trained, and behind all of those, what
they were at the last exchange.

A frozen output is trained as a copy, too, which is never handed back.
"""

from e2v.kernels.codegen.bfloat16 import high, low, nearest
from e2v.kernels.codegen.cache import helper
from e2v.kernels.codegen.simd import LANES, add, load, store, sub
from e2v.kernels.sgd.workspace import COPIES, NODE_REPLICAS, PART_REPLICAS


@helper
def load_replicas(plan, space, tree, parts):
    """Copy the shared rows to the replicas."""
    if tree is not None:
        for h in range(tree.replicas):
            replica = node_replica(plan, space, h)
            load_replica(plan.outputs, shared_node(plan, tree, h), replica, tree.replicas, plan.stride)
            space.node_uses[h] = 0
    if parts is not None:
        for h in range(parts.replicas):
            replica = part_replica(space, parts, h)
            load_replica(parts.trained, shared_part(parts, h), replica, parts.replicas, parts.words)
            space.part_uses[h] = 0


@helper
def merge_replicas(plan, space, tree, parts):
    """Add to the shared rows what the replicas have gained."""
    if tree is not None:
        for h in range(tree.replicas):
            exchange_node(plan, space, tree, h)
    if parts is not None:
        for h in range(parts.replicas):
            exchange_part(space, parts, h)


@helper
def use_node_replica(plan, space, tree, h):
    """Where the replica of inner node h starts, for a use of it; exchanged first if that is due."""
    space.node_uses[h] += 1
    if space.node_uses[h] > space.exchange_period:
        exchange_node(plan, space, tree, h)
    return node_replica(plan, space, h)


@helper
def use_part_replica(space, parts, h):
    """Where the replica of part h starts, for a use of it; exchanged first if that is due."""
    space.part_uses[h] += 1
    if space.part_uses[h] > space.exchange_period:
        exchange_part(space, parts, h)
    return part_replica(space, parts, h)


@helper
def shared_node(plan, tree, h):
    """Where the row of the h-th replicated inner node starts, in the outputs."""
    return (tree.first_replicated + h) * plan.stride


@helper
def shared_part(parts, h):
    """Where the row of the h-th replicated part starts, in the parts' matrix."""
    return parts.replicated[h] * parts.words


@helper
def node_replica(plan, space, h):
    """Where that replica starts, as an output."""
    return space.places[NODE_REPLICAS] + h * plan.stride


@helper
def part_replica(space, parts, h):
    """Where that replica starts, as a part."""
    return space.places[PART_REPLICAS] + h * parts.words


@helper
def exchange_node(plan, space, tree, h):
    """Exchange the replica of an inner node."""
    exchange(plan, plan.outputs, shared_node(plan, tree, h), node_replica(plan, space, h), tree.replicas)
    space.node_uses[h] = 0


@helper
def exchange_part(space, parts, h):
    """Exchange the replica of a part. What others have not changed is exact, and no sum is small."""
    shared, replica = shared_part(parts, h), part_replica(space, parts, h)
    before = replica + parts.replicas * parts.words
    for k in range(0, parts.words, LANES):
        now, then = load(parts.trained, replica + k), load(parts.trained, before + k)
        words = load(parts.trained, shared + k)
        lower = add(low(words), sub(low(now), low(then)))
        upper = add(high(words), sub(high(now), high(then)))
        words = nearest(lower, upper)
        store(parts.trained, shared + k, words)
        store(parts.trained, replica + k, words)
        store(parts.trained, before + k, words)
    space.part_uses[h] = 0


@helper
def load_replica(matrix, shared, replica, n_replicas, length):
    """Copy a shared row to the replica, and to the row that keeps it as it was."""
    before = replica + n_replicas * length
    for k in range(0, length, LANES):
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
            space.rows[j] = space.places[COPIES] + j * plan.stride


@helper
def renew_copies(plan, space, at, n):
    """Make the copies of frozen rows, among n outputs from `at` on, what the rows are."""
    for j in range(at, at + n):
        source, copy = space.sources[j], space.places[COPIES] + j * plan.stride
        if source >= 0:
            for k in range(0, plan.stride, LANES):
                store(plan.outputs, copy + k, load(plan.outputs, source + k))
