"""The network of a user tower: its forward pass, and the gradients of all of it.

A history's mean input vector, with what else is known of the user beside it, goes through ReLU layers and
a linear one; what comes out is the user vector, and a softmax over items compares it with theirs
(Covington, Adams and Sargin 2016, "Deep neural networks for YouTube recommendations", section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import WeightedCsr, sum_rows
from e2v.kernels.tower.draws import transpose
from e2v.threads import Map
from e2v.training.tower.softmax import Candidates, ItemLayer, Scratch, normalise_backward, softmax_gradients
from e2v.vectors.matrix import Floats, lengths, unit

#: Rows of a sparse product that one thread computes at a time.
_PRODUCT_ROWS = 128

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Layer(Generic[T]):
    """x -> x weight + bias. weight: float32[in, out], bias: float32[out]; or what belongs to each of them."""

    weight: T
    bias: T


@dataclass(frozen=True, slots=True)
class Parameters(Generic[T]):
    """The arrays that training changes, or something that belongs to each: its gradient, its learning rate.

    inputs, outputs: float32[V, d]. biases: float32[V], of the outputs. layers: none, and the mean is the
    user vector; or some, of which all but the last end in a ReLU; the first takes the d numbers of the
    mean and then the others.
    """

    inputs: T
    outputs: T
    biases: T
    layers: tuple[Layer[T], ...]

    def all(self) -> list[T]:
        """Each of them, always in the same order."""
        dense = [part for layer in self.layers for part in (layer.weight, layer.bias)]
        return [self.inputs, self.outputs, self.biases, *dense]

    def map(self, embedding: Callable[[T], U], dense: Callable[[T], U]) -> Parameters[U]:
        """What the functions make of each: of inputs, outputs and biases, and of what is in the layers."""
        layers = tuple(Layer(dense(layer.weight), dense(layer.bias)) for layer in self.layers)
        return Parameters(embedding(self.inputs), embedding(self.outputs), embedding(self.biases), layers)


@dataclass(frozen=True, slots=True)
class Network(Parameters[Floats]):
    """The parameters and the temperature, for which see `TowerSettings`."""

    temperature: float

    def user_vectors(self, histories: Histories, extra: Floats) -> Floats:
        """float32[n, d]: what the softmax compares with the items; extra: float32[n, f], see `gradients`."""
        users = forward(self.layers, np.hstack((means(self.inputs, histories), extra)))[-1]
        return unit(users) / np.float32(self.temperature) if self.temperature else users

    def item_vectors(self) -> Floats:
        """float32[V, d]: what the softmax compares with the users."""
        return unit(self.outputs) if self.temperature else self.outputs


class RowGradient(NamedTuple):
    """The gradient of some rows of an array, zero in the others. rows: int64[k]. values: float32[k, ...]."""

    rows: NDArray[np.int64]
    values: Floats


@dataclass(frozen=True, slots=True)
class Reads:
    """Which input vectors a batch reads, by whom and how much they count.

    by_example: the weights of each example's items, which sum to 1. items: int64[k], all of those items once.
    by_item: the same weights, a row for each of `items`.
    """

    by_example: WeightedCsr
    items: NDArray[np.int64]
    by_item: WeightedCsr


def reads(histories: Histories, places: NDArray[np.int64]) -> Reads:
    """Of the means of histories. places: int64[V], -1 each, and left so."""
    by_example, m = mean_of(histories), len(histories.items)
    items = np.empty(m, np.int64)
    by_item = WeightedCsr(np.empty(m + 1, np.int64), np.empty(m, np.int32), np.empty(m, np.float32))
    n = transpose(by_example, places, items, by_item)
    return Reads(by_example, items[:n], by_item._replace(offsets=by_item.offsets[: n + 1]))


def mean_of(histories: Histories) -> WeightedCsr:
    """The matrix that makes means of histories' input vectors: zeros of an empty one."""
    sizes = histories.sizes
    shares = 1 / np.maximum(sizes, 1).astype(np.float32)
    return WeightedCsr(histories.offsets, histories.items, np.repeat(shares, sizes))


def means(inputs: Floats, histories: Histories) -> Floats:
    """float32[n, d]: the mean of each history's rows; zeros for an empty one."""
    return product(mean_of(histories), inputs, np.empty((len(histories), inputs.shape[1]), np.float32))


def product(matrix: WeightedCsr, dense: Floats, out: Floats, parallel: Map = map) -> Floats:
    """matrix times dense, float32[c, d], in `out`, float32[n, d]."""

    def rows(first: int) -> None:
        sum_rows(matrix, dense, out, first, min(first + _PRODUCT_ROWS, len(out)))

    for _ in parallel(rows, range(0, len(out), _PRODUCT_ROWS)):
        pass
    return out


def forward(layers: tuple[Layer[Floats], ...], x: Floats) -> list[Floats]:
    """float32[B, width] of each layer's input, and of the last one's output."""
    activations = [x]
    for number, layer in enumerate(layers, 1):
        x = x @ layer.weight + layer.bias
        if number < len(layers):
            np.maximum(x, 0, out=x)
        activations.append(x)
    return activations


@dataclass(frozen=True, slots=True)
class Step:
    """What a step is computed from, besides the network.

    users: int64[B], of the examples. extra: float32[B, f], what the first layer takes beside the mean.
    """

    users: NDArray[np.int64]
    reads: Reads
    extra: Floats
    candidates: Candidates


def gradients(
    network: Network, step: Step, parallel: Map = map, scratch: Scratch | None = None
) -> tuple[float, Parameters[RowGradient]]:
    """The summed loss of a batch in nats, as `softmax_gradients` defines it, and its gradient.

    parallel: a `map` for parts that can be computed in parallel. scratch: where the gradient is, until the
    next call.
    """
    scratch = scratch or Scratch()
    reads, dim = step.reads, network.inputs.shape[1]
    of_mean = scratch.array("means", len(step.users), dim)
    x = np.hstack((product(reads.by_example, network.inputs, of_mean, parallel), step.extra))
    activations = forward(network.layers, x)
    users, cosines = activations[-1], network.temperature > 0
    if cosines:
        user_lengths = lengths(users)[:, np.newaxis]
        users = users / (user_lengths * np.float32(network.temperature))
    items = ItemLayer(network.outputs, network.biases, cosines)
    softmax = softmax_gradients(users, items, step.candidates, parallel, scratch)
    d_users = softmax.d_users
    if cosines:
        d_users = normalise_backward(d_users, users, user_lengths, network.temperature)
    d_x, layers = _backward(network.layers, activations, d_users)
    d_means = np.ascontiguousarray(d_x[:, :dim])
    d_inputs = scratch.array("d_inputs", len(reads.items), dim)
    return softmax.loss, Parameters(
        inputs=RowGradient(reads.items, product(reads.by_item, d_means, d_inputs, parallel)),
        outputs=RowGradient(step.candidates.items, softmax.d_items),
        biases=RowGradient(step.candidates.items, softmax.d_biases),
        layers=layers,
    )


def _backward(
    layers: tuple[Layer[Floats], ...], activations: list[Floats], d_x: Floats
) -> tuple[Floats, tuple[Layer[RowGradient], ...]]:
    d_layers = []
    for number in reversed(range(len(layers))):
        if number < len(layers) - 1:
            d_x = d_x * (activations[number + 1] > 0)
        d_layers.append(Layer(_dense(activations[number].T @ d_x), _dense(d_x.sum(axis=0))))
        d_x = d_x @ layers[number].weight.T
    return d_x, tuple(d_layers[::-1])


def _dense(gradient: Floats) -> RowGradient:
    return RowGradient(np.arange(len(gradient)), gradient)
