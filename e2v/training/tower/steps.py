"""The steps of a user tower's training: what each is computed from, and Adagrad."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.adagrad import adagrad_rows
from e2v.kernels.sgd import alias_table
from e2v.kernels.tower.draws import Noise, draw_candidates
from e2v.kernels.tower.softmax import Cells
from e2v.threads import Map
from e2v.training.tower.attributes import Composer
from e2v.training.tower.examples import Batch, Examples, RandomState
from e2v.training.tower.network import Network, Parameters, RowGradient, Step
from e2v.training.tower.pooling import reads
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.softmax import Candidates
from e2v.vectors.matrix import Floats

#: Layers learn at this share of the embeddings' rate: every example moves them.
_LAYER_RATE = 0.1
#: And attributes, which each step's items have in common.
_ATTRIBUTE_RATE = 0.1
#: Rows that one thread moves at a time.
_BLOCK_ROWS = 512


class Preparation:
    """Makes steps, each of which follows from the seed and its place alone.

    histories: of n_items items. extra: what the tower takes beside the inputs of a batch; see `Step`.
    composer: says what items are made of, where something is known of them.
    """

    def __init__(
        self,
        histories: Histories,
        n_items: int,
        config: TowerSettings,
        extra: Callable[[Batch], Floats],
        composer: Composer | None = None,
    ) -> None:
        self.examples = Examples(histories, config)
        counts = np.bincount(histories.items, minlength=n_items)
        self._sampler = CandidateSampler(counts, config, only_seen=composer is not None)
        self._composer = composer
        self._extra = extra
        self._places = np.full(n_items, -1)
        self._by_recency = config.recency

    def step(self, epoch: int, first: int, last: int, seed: int) -> Step:
        """Of examples first..last (exclusive) of an epoch, whose random draws begin with a seed."""
        state = np.array([seed], np.uint64)
        batch = self.examples.batch(epoch, first, last, state)
        candidates = self._sampler.draw(batch, state)
        of_kept = reads(batch.kept, self._places, by_recency=self._by_recency)
        extra = self._extra(batch)
        if self._composer is None:
            return Step(batch.users, of_kept, extra, candidates)
        read = of_kept.of_places(self._places)
        of_reads, compared = (self._composer.of(items, seed) for items in (read.items, candidates.items))
        return Step(batch.users, read, extra, candidates, of_reads, compared)


class CandidateSampler:
    """Draws the items that a batch's softmax is over: all, or the batch's targets and some more.

    counts: int64[V], how often each item is in the histories that are learned from. only_seen: the items that
    are in none are no candidates; what they are made of should not learn that nobody wants it.
    """

    def __init__(self, counts: NDArray[np.int64], config: TowerSettings, *, only_seen: bool = False) -> None:
        self._n_items = len(counts)
        self._every = np.flatnonzero(counts) if only_seen else np.arange(self._n_items)
        self._exact = config.candidates == 0 or len(self._every) <= config.candidates
        self._target_share = counts / counts.sum()
        weights = np.maximum(counts, 1) ** np.float64(config.noise_exponent)
        if only_seen:
            weights[counts == 0] = 0
        self._expected_draws = config.candidates * weights / weights.sum()
        drawn = 0 if self._exact else config.candidates
        self._noise = Noise(alias_table(weights), np.empty(drawn, np.uint64))
        self._places = np.full(self._n_items, -1)
        if self._exact:
            self._places[self._every] = np.arange(len(self._every))

    def draw(self, batch: Batch, state: RandomState) -> Candidates:
        """The candidates for a batch.

        An item is included as a draw or as a target of the batch. How often is close to a Poisson variable,
        hence the inclusion probability 1 - exp(-expected).
        """
        targets, kept, places = batch.targets, batch.kept, self._places
        if self._exact:
            zeros = np.zeros(len(self._every), np.float32)
            of_targets, of_kept = _cells(targets, places), _cells(kept, places)
            return Candidates(self._every, zeros, of_targets, of_kept, targets.weights)
        items = np.empty(min(self._n_items, len(targets.items) + len(self._noise.ids)), np.int64)
        items = items[: draw_candidates(self._noise, state, targets.items, places, items)]
        of_targets, of_kept = _cells(targets, places), _cells(kept, places)
        places[items] = -1
        expected = self._expected_draws[items] + len(targets.items) * self._target_share[items]
        log_inclusion = np.log(-np.expm1(-expected)).astype(np.float32)
        return Candidates(items, log_inclusion, of_targets, of_kept, targets.weights)


def _cells(histories: Histories, places: NDArray[np.int64]) -> Cells:
    return Cells(histories.offsets, places[histories.items])


class Adagrad:
    """Moves a network against its gradient, each number at its own rate: see `e2v.kernels.linalg.adagrad`.

    Items occur as often as they are popular; Adagrad lets the rare ones learn more from each occurrence.

    Attributes:
        squares: of each parameter, the sums of its squared gradients.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.squares = network.map(_zeros, _zeros, _zeros)

    def step(self, gradient: Parameters[RowGradient], lr: float, parallel: Map = map) -> None:
        """Take a step at this learning rate."""
        for _ in parallel(lambda part: adagrad_rows(*part), list(self._parts(gradient, lr))):
            pass

    def _parts(self, gradient: Parameters[RowGradient], lr: float) -> Iterator[tuple[Any, ...]]:
        """What the kernel is called with, for some rows of each parameter."""
        rates = self._network.map(lambda _: lr, lambda _: lr * _LAYER_RATE, lambda _: lr * _ATTRIBUTE_RATE)
        steps = zip(self._network.all(), self.squares.all(), gradient.all(), rates.all(), strict=True)
        for array, squares, (rows, values), rate in steps:
            whole = _as_matrix(array), squares, rows, _as_matrix(values), np.float32(rate)
            for first in range(0, len(rows), _BLOCK_ROWS):
                yield (*whole, first, min(first + _BLOCK_ROWS, len(rows)))


def _zeros(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.zeros_like(_as_matrix(array))


def _as_matrix(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector as a column, so that there are rows to move."""
    return array.reshape(len(array), -1)
