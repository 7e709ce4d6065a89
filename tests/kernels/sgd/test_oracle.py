"""The oracle is right: its steps go down its own loss, and what it calls probabilities are some."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles import word2vec as oracle
from tests.oracles.bfloat16 import Streams, nearest, rounded_at_random

EPSILON = 1e-6


def slope(function, array: np.ndarray) -> np.ndarray:
    """d function() / d array by central differences."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + EPSILON
        above = function()
        array[index] = kept - EPSILON
        gradient[index] = (above - function()) / (2 * EPSILON)
        array[index] = kept
    return gradient


@pytest.fixture
def block():
    rng = np.random.default_rng(3)
    inputs, outputs = rng.normal(size=(4, 6)), rng.normal(size=(3, 6))
    return inputs, outputs, np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 1.0])


def test_a_step_goes_down_the_loss(block) -> None:
    inputs, outputs, labels, multiplicity = block
    d_inputs, d_outputs = oracle.changes(inputs, outputs, labels, multiplicity, lr=0.1)

    def loss() -> float:
        return oracle.loss(inputs, outputs, labels, multiplicity)

    np.testing.assert_allclose(d_inputs, -0.1 * slope(loss, inputs), atol=1e-9)
    np.testing.assert_allclose(d_outputs, -0.1 * slope(loss, outputs), atol=1e-9)


def test_counting_twice_is_standing_there_twice(block) -> None:
    inputs, outputs, labels, multiplicity = block
    twice = outputs[[0, 1, 1, 2]]
    assert oracle.loss(inputs, outputs, labels, multiplicity) == pytest.approx(
        oracle.loss(inputs, twice, np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4))
    )


@pytest.mark.parametrize("divide", [True, False])
def test_cbow_hands_back_the_derivative_by_each_word(divide: bool) -> None:
    rng = np.random.default_rng(4)
    context = rng.normal(size=(3, 6))
    model = oracle.Model(context, rng.normal(size=(5, 6)), np.ones(5), cbow=True, cbow_divide=divide)
    chosen = oracle.Outputs([4, 1], np.array([1.0, 0.0]), np.array([1.0, 3.0]))

    def loss() -> float:
        mean = context.mean(axis=0, keepdims=True)
        return oracle.loss(mean, model.outputs[chosen.rows], chosen.labels, chosen.multiplicity)

    expected = context - 0.1 * slope(loss, context) * (1 if divide else 3)
    moved = list(context.copy())
    oracle.train_centre(model, moved, chosen, 0.1, oracle.Tally())
    np.testing.assert_allclose(moved, expected, atol=1e-9)


@pytest.mark.parametrize("cbow", [False, True])
def test_a_group_goes_down_the_sum_of_its_centres_losses(cbow: bool) -> None:
    """A centre that repeats, and noise that repeats and is a centre of the group."""
    rng = np.random.default_rng(8)
    words = rng.normal(size=(5, 6))
    model = oracle.Model(words, rng.normal(size=(7, 6)), np.ones(7), cbow=cbow)
    centres, noise_words = [2, 5, 2], [5, 1, 0, 1]
    contexts = [[1, 2], [0, 2, 3], [3, 4]]

    def loss() -> float:
        total = 0.0
        for centre, context in zip(centres, contexts, strict=True):
            inputs = words[context].mean(axis=0, keepdims=True) if cbow else words[context]
            total -= np.log(oracle.sigmoid(inputs @ model.outputs[centre])).sum()
            for word in noise_words:
                if word != centre:
                    total -= np.log(oracle.sigmoid(-(inputs @ model.outputs[word]))).sum()
        return total

    tally, before = oracle.Tally(), loss()
    expected = words - 0.1 * slope(loss, words), model.outputs - 0.1 * slope(loss, model.outputs)
    group = oracle.Group(list(words.copy()), centres, contexts)
    oracle.train_group(model, group, noise_words, 0.1, tally)
    np.testing.assert_allclose(group.inputs, expected[0], atol=1e-8)
    np.testing.assert_allclose(model.outputs, expected[1], atol=1e-8)
    assert tally.loss == pytest.approx(before)
    assert tally.pairs == tally.measured == (3 if cbow else 7)


def test_hierarchical_softmax_is_a_distribution() -> None:
    """The probabilities of all words, each the product along its path, add up to 1."""
    rng = np.random.default_rng(5)
    paths = [[(0, 0)], [(0, 1), (1, 0)], [(0, 1), (1, 1), (2, 0)], [(0, 1), (1, 1), (2, 1)]]
    model = oracle.Model(rng.normal(size=(4, 6)), rng.normal(size=(3, 6)), np.ones(4), paths=paths)
    total = 0.0
    for word in range(4):
        chosen = model.choose_outputs(oracle.SplitMix64(1), word)
        outputs = model.outputs[chosen.rows]
        total += np.exp(-oracle.loss(model.inputs[:1], outputs, chosen.labels, chosen.multiplicity))
    assert total == pytest.approx(1)


def test_parts_move_the_vector_by_the_whole_change_and_no_more_than_needed() -> None:
    rng = np.random.default_rng(6)
    parts = [[(0, 0.5), (2, 0.25), (3, 0.25)]]
    before = rng.normal(size=(4, 6))
    model = oracle.Model(before.copy(), before, np.ones(1), parts=parts)
    vector, change = model.vector(0), rng.normal(size=6)
    model.move(0, change, Streams([]))
    np.testing.assert_allclose(model.vector(0), vector + change)
    weights = np.array([[0.5, 0.0, 0.25, 0.25]])
    np.testing.assert_allclose(model.inputs - before, np.linalg.pinv(weights) * change, atol=1e-12)


def test_an_average_of_rows_moves_each_row_by_the_whole_change() -> None:
    model = oracle.Model(np.zeros((3, 2)), np.zeros((1, 2)), np.ones(1), parts=[[(0, 0.5), (2, 0.5)]])
    model.move(0, np.array([1.0, -2.0]), Streams([]))
    np.testing.assert_allclose(model.inputs, [[1, -2], [0, 0], [1, -2]])


def test_rounding_at_random_is_the_number_in_the_mean() -> None:
    for x in (0.3, -7.123e-5, 1.9999, 0.0, 96.0):
        every = [rounded_at_random(x, random) for random in range(0, 1 << 16, 64)]
        assert np.mean(every) == pytest.approx(x, rel=1e-5)
        assert {nearest(x)} <= set(every) and len(set(every)) == (1 if x in (0.0, 96.0) else 2)
        assert max(every) - min(every) <= abs(x) / 128


def test_the_bits_of_rounding_are_xorshift() -> None:
    """The first numbers of the seed 2463534242, as Marsaglia's paper has them in its example."""
    streams = Streams([2463534242])
    assert [streams.draw(1)[0] for _ in range(3)] == [723471715, 2497366906, 2064144800]


def test_the_random_bits_are_splitmix64() -> None:
    """The first numbers of seed 1234567, as other implementations of SplitMix64 print them."""
    random = oracle.SplitMix64(1234567)
    assert [random.bits() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]
