"""The network of a user tower: its forward pass, and the gradients of all of it.

A history's mean input vector, with what else is known of the user beside it, goes through ReLU layers and
a linear one; what comes out is the user vector, and a softmax over items compares it with theirs
(Covington, Adams and Sargin 2016, "Deep neural networks for YouTube recommendations", section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import sum_rows
from e2v.training.tower.examples import Batch
from e2v.training.tower.softmax import Candidates, Map, softmax_gradients, through_length
from e2v.vectors.matrix import Floats, lengths, unit


@dataclass(frozen=True, slots=True)
class Layer:
    """x -> x weight + bias. weight: float32[in, out]. bias: float32[out]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Network:
    """All that is learned, and the temperature.

    inputs, outputs: float32[V, d]. biases: float32[V], of the outputs. layers: none, and the mean is the
    user vector; or some, of which all but the last end in a ReLU; the first takes the d numbers of the
    mean and then the others. temperature: see `TowerConfig`.
    """

    inputs: Floats
    outputs: Floats
    biases: Floats
    layers: tuple[Layer, ...]
    temperature: float

    def parameters(self) -> list[Floats]:
        """Every array that training changes."""
        dense = [array for layer in self.layers for array in (layer.weight, layer.bias)]
        return [self.inputs, self.outputs, self.biases, *dense]

    def user_vectors(self, histories: Histories, extra: Floats) -> Floats:
        """float32[n, d]: what the softmax compares with the items; extra: float32[n, f], see `gradients`."""
        users = forward(self.layers, np.hstack((means(self.inputs, histories), extra)))[-1]
        return unit(users) / np.float32(self.temperature) if self.temperature else users

    def item_vectors(self) -> Floats:
        """float32[V, d]: what the softmax compares with the users."""
        return unit(self.outputs) if self.temperature else self.outputs


@dataclass(frozen=True, slots=True)
class Gradients:
    """Of the batch's summed loss, which is `loss` nats.

    d_inputs: float32[k, d], of the rows `items` int64[k] of the inputs. d_outputs float32[C, d] and d_biases
    float32[C], of the candidates. d_layers: as the layers.
    """

    loss: float
    items: NDArray[np.int64]
    d_inputs: Floats
    d_outputs: Floats
    d_biases: Floats
    d_layers: list[Layer]


def means(inputs: Floats, histories: Histories) -> Floats:
    """float32[n, d]: the mean of each history's rows; zeros for an empty one."""
    sums = np.empty((len(histories), inputs.shape[1]), np.float32)
    sum_rows(histories.offsets, histories.items, inputs, sums, 0, len(histories))
    return sums / np.maximum(histories.sizes, 1).astype(np.float32)[:, np.newaxis]


def forward(layers: tuple[Layer, ...], x: Floats) -> list[Floats]:
    """float32[B, width] of each layer's input, and of the last one's output."""
    passed = [x]
    for number, layer in enumerate(layers, 1):
        x = x @ layer.weight + layer.bias
        if number < len(layers):
            np.maximum(x, 0, out=x)
        passed.append(x)
    return passed


def gradients(
    network: Network, batch: Batch, extra: Floats, candidates: Candidates, parallel: Map = map
) -> Gradients:
    """The loss of a batch as `softmax_gradients` defines it, and its derivatives.

    extra: float32[B, f], what the first layer takes beside the mean. parallel: for the parts that threads
    can do side by side.
    """
    dim = network.inputs.shape[1]
    passed = forward(network.layers, np.hstack((means(network.inputs, batch.kept), extra)))
    users, cosines = passed[-1], network.temperature > 0
    if cosines:
        user_lengths = lengths(users)[:, np.newaxis]
        users = users / (user_lengths * np.float32(network.temperature))
    found = softmax_gradients(users, network.outputs, network.biases, batch, candidates, cosines, parallel)
    d_users = found.d_users
    if cosines:
        d_users = through_length(d_users, users, user_lengths, network.temperature)
    d_x, d_layers = _backward(network.layers, passed, d_users)
    kept, d_inputs = _input_gradients(batch.kept, d_x[:, :dim])
    return Gradients(found.loss, kept, d_inputs, found.d_items, found.d_biases, d_layers)


def _backward(layers: tuple[Layer, ...], passed: list[Floats], d_x: Floats) -> tuple[Floats, list[Layer]]:
    d_layers = []
    for number in reversed(range(len(layers))):
        if number < len(layers) - 1:
            d_x = d_x * (passed[number + 1] > 0)
        d_layers.append(Layer(passed[number].T @ d_x, d_x.sum(axis=0)))
        d_x = d_x @ layers[number].weight.T
    return d_x, d_layers[::-1]


def _input_gradients(kept: Histories, d_means: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The items that are kept anywhere, and the sums of their shares of the means' gradients."""
    items, numbers = np.unique(kept.items, return_inverse=True)
    where = Histories(kept.offsets, numbers.astype(np.int32)).transposed(len(items))
    shares = d_means / kept.sizes.astype(np.float32)[:, np.newaxis]
    sums = np.empty((len(items), d_means.shape[1]), np.float32)
    sum_rows(where.offsets, where.items, shares, sums, 0, len(items))
    return items.astype(np.int64), sums
