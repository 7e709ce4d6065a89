"""Losses and gradients of a user tower against finite differences of its definition."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.adagrad import adagrad_rows
from e2v.kernels.tower.softmax import Cells
from e2v.training.tower import softmax as tower_softmax
from e2v.training.tower.network import Layer, Network, Step, forward, gradients
from e2v.training.tower.pooling import reads
from e2v.training.tower.softmax import Candidates
from e2v.training.tower.start import layers_start
from tests.oracles import tower as oracle

V, D = 8, 4
KEPT = [[0, 3], [5], [1, 2, 6]]
TARGETS = [[1, 7], [3], [0]]
SOME = [7, 0, 3, 1, 2]  # of the items; all targets are among them, 5 and 6 are not


def rows(lists: list[list[int]]) -> Histories:
    return Histories(np.cumsum([0, *map(len, lists)]), np.concatenate(lists).astype(np.int32))


def new_step(
    kept: list[list[int]],
    targets: list[list[int]],
    extra: np.ndarray,
    odds: dict[int, float],
    *,
    by_recency: bool = False,
    weights: np.ndarray | None = None,
) -> Step:
    """Candidates are in the order of `odds`."""
    places = {item: place for place, item in enumerate(odds)}

    def cells(lists: list[list[int]]) -> Cells:
        columns = [places.get(item, -1) for row in lists for item in row]
        return Cells(np.cumsum([0, *map(len, lists)]), np.array(columns))

    log_inclusion = np.log(list(odds.values())).astype(np.float32)
    candidates = Candidates(np.array(list(odds)), log_inclusion, cells(targets), cells(kept), weights)
    of_kept = reads(rows(kept), np.full(V, -1), by_recency=by_recency)
    return Step(np.arange(len(kept)), of_kept, extra, candidates)


def new_network(
    hidden: tuple[int, ...],
    n_extra: int,
    temperature: float,
    exponent: float | None = None,
    fixed: bool = False,
) -> Network:
    rng = np.random.default_rng(3)
    inputs, outputs = rng.normal(size=(2, V, D)).astype(np.float32)
    biases = rng.normal(size=V).astype(np.float32)
    layers, width = [], D + n_extra
    for out in (*hidden, D) if hidden or n_extra else ():
        weight, bias = rng.normal(size=(width, out)) * 0.5, rng.normal(size=out)
        layers.append(Layer(weight.astype(np.float32), bias.astype(np.float32)))
        width = out
    if fixed:
        layers[0].weight[:D] = np.eye(D)
    recency = None if exponent is None else np.array([exponent], np.float32)
    return Network(inputs, outputs, biases, tuple(layers), temperature, recency=recency, fixed=fixed)


@pytest.mark.parametrize("temperature", [0.0, 0.4])
@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("block", [2, 1024])  # and tiles of two examples, or of all
@pytest.mark.parametrize(
    ("hidden", "n_extra", "exponent", "fixed"),
    [
        ((), 0, None, False),
        ((), 2, None, False),
        ((5,), 0, None, False),
        ((6, 5), 2, None, False),
        ((), 0, 0.7, False),
        ((), 2, 0.7, True),
        ((6, 5), 2, -0.4, False),
    ],
)
def test_gradients_are_the_slopes_of_the_loss(
    temperature: float,
    sampled: bool,
    block: int,
    hidden: tuple[int, ...],
    n_extra: int,
    exponent: float | None,
    fixed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tower_softmax, "_BLOCK", block)
    monkeypatch.setattr(tower_softmax, "_FEW_BLOCKS", 3)
    network = new_network(hidden, n_extra, temperature, exponent, fixed)
    extra = np.random.default_rng(4).normal(size=(len(KEPT), n_extra)).astype(np.float32)
    items = SOME if sampled else list(range(V))
    odds = np.linspace(0.2, 0.9, len(items)) if sampled else np.ones(len(items))
    chances = dict(zip(items, odds.tolist(), strict=True))
    step = new_step(KEPT, TARGETS, extra, chances, by_recency=exponent is not None)
    loss_of_batch, gradient = gradients(network, step)

    examples = list(zip(KEPT, TARGETS, extra.astype(float).tolist(), strict=True))
    exact = [array.astype(float) for array in network.all()]

    def loss(parameters: list[np.ndarray]) -> float:
        return oracle.loss(parameters, examples, chances, temperature)

    assert loss_of_batch == pytest.approx(loss(exact), rel=1e-5)
    d_inputs, d_outputs, d_biases, *d_others = oracle.gradients(exact, loss)
    assert sorted(gradient.inputs.rows) == [0, 1, 2, 3, 5, 6]
    np.testing.assert_allclose(gradient.inputs.values, d_inputs[gradient.inputs.rows], atol=2e-5)
    for part, expected in ((gradient.outputs, d_outputs), (gradient.biases, d_biases)):
        assert part.rows.tolist() == items
        np.testing.assert_allclose(part.values, expected[items], atol=2e-5)
    for number, (part, expected) in enumerate(zip(gradient.all()[3:], d_others, strict=True)):
        learned = range(D if fixed and number == 0 else 0, len(expected))
        assert part.rows.tolist() == list(learned)
        np.testing.assert_allclose(part.values, expected[part.rows], atol=5e-5)


def test_a_target_counts_as_often_as_it_weighs() -> None:
    network, counts = new_network((), 0, 0.4), [[0.5, 3.0], [1.25], [2.0]]
    chances = dict(zip(SOME, np.linspace(0.2, 0.9, len(SOME)).tolist(), strict=True))
    nothing = np.zeros((len(KEPT), 0), np.float32)
    weights = np.array([count for row in counts for count in row], np.float32)
    loss_of_batch, gradient = gradients(network, new_step(KEPT, TARGETS, nothing, chances, weights=weights))
    examples = list(zip(KEPT, TARGETS, nothing.tolist(), strict=True))
    exact = [array.astype(float) for array in network.all()]

    def loss(parameters: list[np.ndarray]) -> float:
        return oracle.loss(parameters, examples, chances, 0.4, counts)

    assert loss_of_batch == pytest.approx(loss(exact), rel=1e-5)
    d_inputs, d_outputs, d_biases = oracle.gradients(exact, loss)
    np.testing.assert_allclose(gradient.inputs.values, d_inputs[gradient.inputs.rows], atol=2e-5)
    np.testing.assert_allclose(gradient.outputs.values, d_outputs[SOME], atol=2e-5)
    np.testing.assert_allclose(gradient.biases.values, d_biases[SOME], atol=2e-5)


def test_a_correction_makes_the_sampled_partition_right_on_average() -> None:
    """Over many draws the gradient's denominator has the mean of the exact one."""
    rng = np.random.default_rng(5)
    network = new_network((), 0, 0.0)
    extra, chance = np.zeros((1, 0), np.float32), 0.3

    def partition(items: Iterable[int], chance: float) -> float:
        loss, _ = gradients(network, new_step([[0]], [[1]], extra, dict.fromkeys(items, chance)))
        return float(np.exp(loss))  # times exp(score of the target), which does not change

    exact = partition(range(V), 1.0)
    estimates = []
    for _ in range(4000):
        items = np.union1d(np.flatnonzero(rng.random(V) < chance), [1])
        estimates.append(partition(items.tolist(), chance))
    assert np.mean(estimates) == pytest.approx(exact, rel=0.05)


def test_adagrad_steps() -> None:
    rng = np.random.default_rng(6)
    matrix, squares, gradient = rng.normal(size=(3, 5, 7)).astype(np.float32)
    squares **= 2
    rows = np.array([3, 0])
    expected, expected_squares = matrix.astype(float), squares.astype(float)
    for k in (0, 1):
        g = gradient[k].astype(float)
        expected_squares[rows[k]] += g**2
        expected[rows[k]] -= 0.5 * g / np.sqrt(expected_squares[rows[k]])
    adagrad_rows(matrix, squares, rows, gradient, np.float32(0.5), 0, 2)
    np.testing.assert_allclose(matrix, expected, rtol=1e-5)
    np.testing.assert_allclose(squares, expected_squares, rtol=1e-5)


def test_a_gradient_of_zero_moves_nothing() -> None:
    matrix, zeros = np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32)
    adagrad_rows(matrix, zeros.copy(), np.array([0]), zeros, np.float32(0.5), 0, 1)
    assert matrix.tolist() == [[1, 1]]


@pytest.mark.parametrize("hidden", [(), (64,), (96, 64)])
def test_layers_start_by_passing_the_means_on(hidden: tuple[int, ...]) -> None:
    rng = np.random.default_rng(7)
    means = rng.normal(size=(400, 8)).astype(np.float32) * 0.01
    extra = rng.normal(size=(400, 1)).astype(np.float32)
    out = forward(layers_start(hidden, means, extra, seed=1), np.hstack((means, extra)))[-1]
    assert np.corrcoef(out.ravel(), means.ravel())[0, 1] > 0.95


def test_no_layer_where_none_is_needed() -> None:
    assert layers_start((), np.ones((3, 2), np.float32), np.zeros((3, 0), np.float32), seed=1) == ()
