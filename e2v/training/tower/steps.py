"""How a user tower takes its steps: which items a batch tells apart, and how far each number moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.linalg.adagrad import adagrad_rows
from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Gradients, Network
from e2v.training.tower.settings import TowerConfig
from e2v.training.tower.softmax import Candidates

#: Layers learn at this share of the embeddings' rate: every example moves them.
_LAYER_RATE = 0.1


class CandidateSampler:
    """Draws the items that a batch's softmax is over: all, or the batch's targets and some more.

    counts: int64[V], how often each item is in the histories that are learned from.
    """

    def __init__(self, counts: NDArray[np.int64], config: TowerConfig) -> None:
        self._n_items = len(counts)
        self._n_drawn = config.candidates
        self._exact = config.candidates == 0 or self._n_items <= config.candidates
        self._target_share = counts / counts.sum()
        weights = np.maximum(counts, 1) ** np.float64(config.noise_exponent)
        self._noise = weights / weights.sum()

    def draw(self, batch: Batch, rng: np.random.Generator) -> Candidates:
        """The candidates for a batch.

        An item is among them as a draw or as a target of the batch. How often it is so is all but a Poisson
        variable, hence the odds of at least once.
        """
        if self._exact:
            return Candidates(np.arange(self._n_items), np.zeros(self._n_items, np.float32))
        drawn = rng.choice(self._n_items, self._n_drawn, p=self._noise)
        items = np.unique(np.concatenate((drawn, batch.targets.items)))
        expected = self._n_drawn * self._noise[items] + len(batch.targets.items) * self._target_share[items]
        return Candidates(items, np.log(-np.expm1(-expected)).astype(np.float32))


class Adagrad:
    """Moves a network against its gradients, each number by its own rate: see `e2v.kernels.linalg.adagrad`.

    Items are met as often as they are popular; Adagrad lets the rare ones learn from each meeting more.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._squares = [np.zeros_like(_as_matrix(array)) for array in network.parameters()]

    def step(self, found: Gradients, candidates: Candidates, lr: float) -> None:
        """Move what a batch has gradients for."""
        dense = [array for layer in found.d_layers for array in (layer.weight, layer.bias)]
        moved = [
            (found.items, found.d_inputs),
            (candidates.items, found.d_outputs),
            (candidates.items, found.d_biases),
            *((np.arange(len(array)), array) for array in dense),
        ]
        rates = [lr] * 3 + [lr * _LAYER_RATE] * len(dense)
        arrays = zip(self._network.parameters(), self._squares, moved, rates, strict=True)
        for array, squares, (rows, gradient), rate in arrays:
            adagrad_rows(_as_matrix(array), squares, rows, _as_matrix(gradient), np.float32(rate))


def _as_matrix(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector as a column, so that there are rows to move."""
    return array.reshape(len(array), -1)
