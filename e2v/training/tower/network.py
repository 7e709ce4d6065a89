"""The network of a user tower: its forward pass, and the gradients of all of it.

A history's input vectors, pooled, with what else is known of the user beside it, goes through ReLU layers and
a linear one; what comes out is the user vector, and a softmax over items compares it with theirs
(Covington, Adams and Sargin 2016, "Deep neural networks for YouTube recommendations", section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import WeightedCsr
from e2v.threads import Map
from e2v.training.linear.products import product
from e2v.training.tower.attributes import Attributes, Composition, all_rows
from e2v.training.tower.pooling import Reads, pooled
from e2v.training.tower.softmax import (
    Candidates,
    ItemLayer,
    Scratch,
    SoftmaxGradients,
    normalise_backward,
    softmax_gradients,
)
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
    the mean. attributes: of which items are made, too, where something is known of them.
    """

    inputs: T
    outputs: T
    biases: T
    layers: tuple[Layer[T], ...]
    recency: T | None = field(default=None, kw_only=True)
    attributes: Attributes[T] | None = field(default=None, kw_only=True)

    def all(self) -> list[T]:
        """Each of them, always in the same order."""
        dense = [part for layer in self.layers for part in (layer.weight, layer.bias)]
        recency = [] if self.recency is None else [self.recency]
        attributes = [] if self.attributes is None else self.attributes.all()
        return [self.inputs, self.outputs, self.biases, *dense, *recency, *attributes]

    def map(
        self, embedding: Callable[[T], U], dense: Callable[[T], U], shared: Callable[[T], U]
    ) -> Parameters[U]:
        """What the functions make of each: of what is in the layers, of attributes, and of the others."""
        layers = tuple(Layer(dense(layer.weight), dense(layer.bias)) for layer in self.layers)
        recency = None if self.recency is None else embedding(self.recency)
        inputs, outputs, biases = map(embedding, (self.inputs, self.outputs, self.biases))
        attributes = None if self.attributes is None else Attributes(*map(shared, self.attributes.all()))
        return Parameters(inputs, outputs, biases, layers, recency=recency, attributes=attributes)


@dataclass(frozen=True, slots=True)
class Network(Parameters[Floats]):
    """The parameters and the temperature, for which see `TowerSettings`.

    fixed: whether the only layer gives the pooled inputs on as they are, and learns no more than what it adds
    to them. parts: which attributes items are made of, a row for each; None where nothing is known of them.
    """

    temperature: float
    fixed: bool = field(default=False, kw_only=True)
    parts: WeightedCsr | None = field(default=None, kw_only=True)

    def user_vectors(self, histories: Histories, extra: Floats) -> Floats:
        """float32[n, d]: what the softmax compares with the items; extra: float32[n, f], see `gradients`."""
        users = self.activations(np.hstack((pooled(self.item_inputs(), histories, self.recency), extra)))[-1]
        return unit(users) / np.float32(self.temperature) if self.temperature else users

    def activations(self, x: Floats) -> list[Floats]:
        """As `forward`; x: float32[B, d + f], the pooled inputs and the others."""
        if not self.fixed:
            return forward(self.layers, x)
        (layer,), dim = self.layers, self.inputs.shape[1]
        return [x, x[:, :dim] + (x[:, dim:] @ layer.weight[dim:] + layer.bias)]

    def item_inputs(self) -> Floats:
        """float32[V, d]: what histories are made of."""
        return self._composed(self.inputs, None if self.attributes is None else self.attributes.inputs)

    def item_vectors(self) -> Floats:
        """float32[V, d]: what the softmax compares with the users."""
        vectors = self._composed(self.outputs, None if self.attributes is None else self.attributes.outputs)
        return unit(vectors) if self.temperature else vectors

    def item_biases(self) -> Floats:
        """float32[V]: what the softmax adds."""
        attributes = None if self.attributes is None else self.attributes.biases[:, np.newaxis]
        return self._composed(self.biases[:, np.newaxis], attributes)[:, 0]

    def _composed(self, own: Floats, attributes: Floats | None) -> Floats:
        """float32[V, n]: the rows of the items, with what their attributes add."""
        return own if attributes is None or self.parts is None else all_rows(own, self.parts, attributes)


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
    inputs. of_reads, of_candidates: what the items of the two are made of, where they have attributes; then
    the columns of `reads.by_example` are places among the items that are read.
    """

    users: NDArray[np.int64]
    reads: Reads
    extra: Floats
    candidates: Candidates
    of_reads: Composition | None = None
    of_candidates: Composition | None = None


def gradients(
    network: Network, step: Step, parallel: Map = map, scratch: Scratch | None = None
) -> tuple[float, Parameters[RowGradient]]:
    """The summed loss of a batch in nats, as `softmax_gradients` defines it, and its gradient.

    parallel: a `map` for parts that can be computed in parallel. scratch: where the gradient is, until the
    next call.
    """
    scratch = scratch or Scratch()
    reads, dim = step.reads, network.inputs.shape[1]
    inputs, items, candidates = _rows_of_step(network, step, parallel, scratch)
    pooling = reads.pooling(network.recency)
    of_inputs = scratch.array("pooled", len(step.users), dim)
    x = np.hstack((product(pooling.by_example, inputs, of_inputs, parallel), step.extra))
    activations = network.activations(x)
    users, cosines = activations[-1], network.temperature > 0
    if cosines:
        user_lengths = lengths(users)[:, np.newaxis]
        users = users / (user_lengths * np.float32(network.temperature))
    softmax = softmax_gradients(users, items, candidates, parallel, scratch)
    d_users = softmax.d_users
    if cosines:
        d_users = normalise_backward(d_users, users, user_lengths, network.temperature)
    d_x, layers = (_added if network.fixed else _backward)(network.layers, activations, d_users)
    d_pooled = np.ascontiguousarray(d_x[:, :dim])
    d_inputs = scratch.array("d_inputs", len(reads.items), dim)
    d_recency = None
    if pooling.slopes is not None:
        slopes = product(pooling.slopes, inputs, of_inputs, parallel)
        d_exponent = np.einsum("ij,ij->i", d_pooled, slopes).sum(dtype=np.float64)
        d_recency = _dense(np.array([d_exponent], np.float32))
    product(pooling.by_item, d_pooled, d_inputs, parallel)
    attributes = _of_attributes(step, d_inputs, softmax, parallel, scratch)
    return softmax.loss, Parameters(
        inputs=RowGradient(reads.items, d_inputs),
        outputs=RowGradient(step.candidates.items, softmax.d_items),
        biases=RowGradient(step.candidates.items, softmax.d_biases),
        layers=layers,
        recency=d_recency,
        attributes=attributes,
    )


def _rows_of_step(
    network: Network, step: Step, parallel: Map, scratch: Scratch
) -> tuple[Floats, ItemLayer, Candidates]:
    """The input vectors that a step reads, what users are compared with, and the candidates as rows of it."""
    cosines, shared, candidates = network.temperature > 0, network.attributes, step.candidates
    reads, compared = step.of_reads, step.of_candidates
    if shared is None or reads is None or compared is None:
        return network.inputs, ItemLayer(network.outputs, network.biases, cosines), candidates
    n, dim = len(compared.items), network.inputs.shape[1]
    inputs = scratch.array("inputs", len(reads.items), dim)
    outputs, biases = scratch.array("outputs", n, dim), scratch.array("biases", n, 1)
    reads.compose(network.inputs, shared.inputs, inputs, parallel)
    compared.compose(network.outputs, shared.outputs, outputs, parallel)
    compared.compose(network.biases[:, np.newaxis], shared.biases[:, np.newaxis], biases, parallel)
    layer = ItemLayer(outputs, biases[:, 0], cosines)
    return inputs, layer, replace(candidates, items=np.arange(n))


def _of_attributes(
    step: Step, d_inputs: Floats, softmax: SoftmaxGradients, parallel: Map, scratch: Scratch
) -> Attributes[RowGradient] | None:
    """The gradient of the attributes; what came of the items becomes the gradient of their own rows."""
    reads, compared = step.of_reads, step.of_candidates
    if reads is None or compared is None:
        return None
    dim = d_inputs.shape[1]
    inputs = scratch.array("attribute inputs", len(reads.attributes), dim)
    outputs = scratch.array("attribute outputs", len(compared.attributes), dim)
    biases = scratch.array("attribute biases", len(compared.attributes), 1)
    reads.backward(d_inputs, inputs, parallel)
    compared.backward(softmax.d_items, outputs, parallel)
    compared.backward(softmax.d_biases[:, np.newaxis], biases, parallel)
    return Attributes(
        RowGradient(reads.attributes, inputs),
        RowGradient(compared.attributes, outputs),
        RowGradient(compared.attributes, biases[:, 0]),
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
