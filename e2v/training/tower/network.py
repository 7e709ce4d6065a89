"""The network of a user tower: its forward pass, and the gradients of all of it.

A history's input vectors, pooled, with what else is known of the user beside it, goes through ReLU layers and
a linear one; what comes out is the user vector, and a softmax over items compares it with theirs
(Covington, Adams and Sargin 2016, "Deep neural networks for YouTube recommendations", section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.threads import Map
from e2v.training.tower.pooling import Reads, pooled, product
from e2v.training.tower.softmax import Candidates, ItemLayer, Scratch, normalise_backward, softmax_gradients
from e2v.vectors.matrix import Floats, lengths, unit

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

    inputs, outputs: float32[V, d]. biases: float32[V], of the outputs. layers: none, and the pooled inputs
    are the user vector; or some, of which all but the last end in a ReLU; the first takes the d numbers of
    the pooled inputs and then the others. recency: float32[1], the exponent by which inputs are pooled; None:
    the mean.
    """

    inputs: T
    outputs: T
    biases: T
    layers: tuple[Layer[T], ...]
    recency: T | None = field(default=None, kw_only=True)

    def all(self) -> list[T]:
        """Each of them, always in the same order."""
        dense = [part for layer in self.layers for part in (layer.weight, layer.bias)]
        recency = [] if self.recency is None else [self.recency]
        return [self.inputs, self.outputs, self.biases, *dense, *recency]

    def map(self, embedding: Callable[[T], U], dense: Callable[[T], U]) -> Parameters[U]:
        """What the functions make of each: of what is in the layers, and of the others."""
        layers = tuple(Layer(dense(layer.weight), dense(layer.bias)) for layer in self.layers)
        recency = None if self.recency is None else embedding(self.recency)
        inputs, outputs, biases = map(embedding, (self.inputs, self.outputs, self.biases))
        return Parameters(inputs, outputs, biases, layers, recency=recency)


@dataclass(frozen=True, slots=True)
class Network(Parameters[Floats]):
    """The parameters and the temperature, for which see `TowerSettings`.

    fixed: whether the only layer gives the pooled inputs on as they are, and learns no more than what it adds
    to them.
    """

    temperature: float
    fixed: bool = field(default=False, kw_only=True)

    def user_vectors(self, histories: Histories, extra: Floats) -> Floats:
        """float32[n, d]: what the softmax compares with the items; extra: float32[n, f], see `gradients`."""
        users = self.activations(np.hstack((pooled(self.inputs, histories, self.recency), extra)))[-1]
        return unit(users) / np.float32(self.temperature) if self.temperature else users

    def activations(self, x: Floats) -> list[Floats]:
        """As `forward`; x: float32[B, d + f], the pooled inputs and the others."""
        if not self.fixed:
            return forward(self.layers, x)
        (layer,), dim = self.layers, self.inputs.shape[1]
        return [x, x[:, :dim] + (x[:, dim:] @ layer.weight[dim:] + layer.bias)]

    def item_vectors(self) -> Floats:
        """float32[V, d]: what the softmax compares with the users."""
        return unit(self.outputs) if self.temperature else self.outputs


class RowGradient(NamedTuple):
    """The gradient of some rows of an array, zero in the others. rows: int64[k]. values: float32[k, ...]."""

    rows: NDArray[np.int64]
    values: Floats


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

    users: int64[B], of the examples. extra: float32[B, f], what the first layer takes beside the pooled
    inputs.
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
    pooling = reads.pooling(network.recency)
    of_inputs = scratch.array("pooled", len(step.users), dim)
    x = np.hstack((product(pooling.by_example, network.inputs, of_inputs, parallel), step.extra))
    activations = network.activations(x)
    users, cosines = activations[-1], network.temperature > 0
    if cosines:
        user_lengths = lengths(users)[:, np.newaxis]
        users = users / (user_lengths * np.float32(network.temperature))
    items = ItemLayer(network.outputs, network.biases, cosines)
    softmax = softmax_gradients(users, items, step.candidates, parallel, scratch)
    d_users = softmax.d_users
    if cosines:
        d_users = normalise_backward(d_users, users, user_lengths, network.temperature)
    d_x, layers = (_added if network.fixed else _backward)(network.layers, activations, d_users)
    d_pooled = np.ascontiguousarray(d_x[:, :dim])
    d_inputs = scratch.array("d_inputs", len(reads.items), dim)
    d_recency = None
    if pooling.slopes is not None:
        slopes = product(pooling.slopes, network.inputs, of_inputs, parallel)
        d_exponent = np.einsum("ij,ij->i", d_pooled, slopes).sum(dtype=np.float64)
        d_recency = _dense(np.array([d_exponent], np.float32))
    return softmax.loss, Parameters(
        inputs=RowGradient(reads.items, product(pooling.by_item, d_pooled, d_inputs, parallel)),
        outputs=RowGradient(step.candidates.items, softmax.d_items),
        biases=RowGradient(step.candidates.items, softmax.d_biases),
        layers=layers,
        recency=d_recency,
    )


def _added(
    layers: tuple[Layer[Floats], ...], activations: list[Floats], d_x: Floats
) -> tuple[Floats, tuple[Layer[RowGradient], ...]]:
    """As `_backward`, through what a fixed layer adds to the pooled inputs."""
    dim = d_x.shape[1]
    rows = np.arange(dim, len(layers[0].weight))
    weight = RowGradient(rows, activations[0][:, dim:].T @ d_x)
    return d_x, (Layer(weight, _dense(d_x.sum(axis=0))),)


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
