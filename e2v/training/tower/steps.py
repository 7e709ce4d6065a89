"""The steps of a user tower's training: the candidates of a batch, and Adagrad."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.linalg.adagrad import adagrad_rows
from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Network, Parameters, RowGradient
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.softmax import Candidates

#: Layers learn at this share of the embeddings' rate: every example moves them.
_LAYER_RATE = 0.1


class CandidateSampler:
    """Draws the items that a batch's softmax is over: all, or the batch's targets and some more.

    counts: int64[V], how often each item is in the histories that are learned from.
    """

    def __init__(self, counts: NDArray[np.int64], config: TowerSettings) -> None:
        self._n_items = len(counts)
        self._n_drawn = config.candidates
        self._exact = config.candidates == 0 or self._n_items <= config.candidates
        self._target_share = counts / counts.sum()
        weights = np.maximum(counts, 1) ** np.float64(config.noise_exponent)
        self._noise = weights / weights.sum()

    def draw(self, batch: Batch, rng: np.random.Generator) -> Candidates:
        """The candidates for a batch.

        An item is included as a draw or as a target of the batch. How often is close to a Poisson variable,
        hence the inclusion probability 1 - exp(-expected).
        """
        if self._exact:
            return Candidates(np.arange(self._n_items), np.zeros(self._n_items, np.float32))
        drawn = rng.choice(self._n_items, self._n_drawn, p=self._noise)
        items = np.unique(np.concatenate((drawn, batch.targets.items)))
        expected = self._n_drawn * self._noise[items] + len(batch.targets.items) * self._target_share[items]
        return Candidates(items, np.log(-np.expm1(-expected)).astype(np.float32))


class Adagrad:
    """Moves a network against its gradient, each number at its own rate: see `e2v.kernels.linalg.adagrad`.

    Items occur as often as they are popular; Adagrad lets the rare ones learn more from each occurrence.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._squares = network.map(_zeros, _zeros)

    def step(self, gradient: Parameters[RowGradient], lr: float) -> None:
        """Take a step at this learning rate."""
        rates = self._network.map(lambda _: lr, lambda _: lr * _LAYER_RATE)
        steps = zip(self._network.all(), self._squares.all(), gradient.all(), rates.all(), strict=True)
        for array, squares, (rows, values), rate in steps:
            adagrad_rows(_as_matrix(array), squares, rows, _as_matrix(values), np.float32(rate))


def _zeros(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.zeros_like(_as_matrix(array))


def _as_matrix(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector as a column, so that there are rows to move."""
    return array.reshape(len(array), -1)
