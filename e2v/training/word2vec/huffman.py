"""The Huffman tree over the vocabulary that hierarchical softmax walks.

Morin & Bengio (2005) put the words at the leaves of a binary tree; Mikolov et al. (2013b,
arXiv:1310.4546, section 2.1) make it a Huffman tree, so that frequent words have short paths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class HuffmanTree:
    """Each word's path from the root, the paths of all words one after the other.

    offsets int64[V + 1]: word w's path is at offsets[w]:offsets[w + 1].
    nodes int32[...]: the inner nodes on the path, the root (row V - 2) first.
    codes uint8[...]: the branch taken at each of them, which the node's classifier is to predict; as in
    word2vec.c its label is 1 - code.
    """

    offsets: NDArray[np.int64]
    nodes: NDArray[np.int32]
    codes: NDArray[np.uint8]


def huffman_tree(counts: NDArray[np.int64]) -> HuffmanTree:
    """Build the tree from counts int64[V]; V >= 2.

    Inner nodes are created in ascending order of their count, so the two smallest of all nodes are
    always at the heads of two queues: the leaves from the rarest up, and the inner nodes as created
    (van Leeuwen 1976).
    """
    leaves = len(counts)
    inner = leaves - 1
    # A vocabulary that was added to is not in the order of its counts.
    order = np.argsort(-counts, kind="stable")
    count = [*counts[order].tolist(), *[0] * inner]
    parent = np.zeros(leaves + inner, np.int64)
    branch = np.zeros(leaves + inner, np.uint8)
    leaf, node = leaves - 1, leaves  # heads of the two queues
    for new in range(leaves, leaves + inner):
        for side in (0, 1):
            if leaf >= 0 and (node >= new or count[leaf] <= count[node]):
                smallest, leaf = leaf, leaf - 1
            else:
                smallest, node = node, node + 1
            parent[smallest] = new
            branch[smallest] = side
            count[new] += count[smallest]
    parent[order], branch[order] = parent[:leaves].copy(), branch[:leaves].copy()
    return _paths(parent, branch, leaves)


def _paths(parent: NDArray[np.int64], branch: NDArray[np.uint8], leaves: int) -> HuffmanTree:
    """Walk all leaves up to the root together, one level at a time, then lay the paths out root first."""
    root = len(parent) - 1
    at = np.arange(leaves)
    words, levels = [], []
    while len(active := np.flatnonzero(at != root)):
        words.append(active)
        levels.append((parent[at[active]] - leaves, branch[at[active]]))
        at[active] = parent[at[active]]
    lengths = np.zeros(leaves, np.int64)
    for climbing in words:
        lengths[climbing] += 1
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    nodes = np.empty(offsets[-1], np.int32)
    codes = np.empty(offsets[-1], np.uint8)
    for level, (climbing, (inner, side)) in enumerate(zip(words, levels, strict=True)):
        last = offsets[climbing + 1] - 1 - level
        nodes[last] = inner
        codes[last] = side
    return HuffmanTree(offsets, nodes, codes)
