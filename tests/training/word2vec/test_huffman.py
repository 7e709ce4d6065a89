"""The tree is a prefix-free code of least expected length, and paths agree with codes."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.training.word2vec.huffman import HuffmanTree, huffman_tree

counts_lists = st.lists(st.integers(0, 1000), min_size=2, max_size=60)


def path(tree: HuffmanTree, word: int) -> tuple[list[int], list[int]]:
    part = slice(tree.offsets[word], tree.offsets[word + 1])
    return tree.nodes[part].tolist(), tree.codes[part].tolist()


def optimal_cost(counts: list[int]) -> int:
    """Total code length of a Huffman code, by merging with a heap: the sum of all merged counts."""
    heap = list(counts)
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        cost += merged
        heapq.heappush(heap, merged)
    return cost


@given(counts_lists)
def test_code_is_prefix_free_and_complete(counts: list[int]) -> None:
    tree = huffman_tree(np.array(counts))
    codes = [tuple(path(tree, w)[1]) for w in range(len(counts))]
    for a in codes:
        assert sum(b[: len(a)] == a for b in codes) == 1
    assert sum(2.0 ** -len(code) for code in codes) == 1  # Kraft's sum of a full binary tree


@given(counts_lists)
def test_code_is_optimal(counts: list[int]) -> None:
    tree = huffman_tree(np.array(counts))
    lengths = np.diff(tree.offsets)
    assert int(lengths @ np.array(counts)) == optimal_cost(counts)


@given(counts_lists)
def test_nodes_and_codes_name_the_same_branches(counts: list[int]) -> None:
    """Words that share a code prefix pass the same inner nodes, and only those."""
    tree = huffman_tree(np.array(counts))
    node_of_prefix: dict[tuple[int, ...], int] = {}
    for word in range(len(counts)):
        nodes, codes = path(tree, word)
        assert nodes[0] == len(counts) - 2
        for depth, node in enumerate(nodes):
            assert node_of_prefix.setdefault(tuple(codes[:depth]), node) == node
    assert sorted(node_of_prefix.values()) == list(range(len(counts) - 1))


def test_known_tree() -> None:
    tree = huffman_tree(np.array([4, 2, 1, 1]))
    assert np.diff(tree.offsets).tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize("size", [2, 3, 5000])
def test_sizes(size: int) -> None:
    rng = np.random.default_rng(3)
    counts = np.sort(rng.integers(1, 10_000, size))[::-1]
    tree = huffman_tree(counts)
    assert len(tree.offsets) == size + 1
    assert tree.nodes.max() == size - 2
