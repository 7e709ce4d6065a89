"""Training of a user tower: histories and settings in, a model out that turns histories into user vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2v.corpus import Corpus
from e2v.errors import InputError, TrainingError
from e2v.corpus.histories import Histories, histories_of
from e2v.kernels.scatter import adagrad_rows
from e2v.store import ArtifactWriter
from e2v.training.tower_config import TowerConfig
from e2v.training.tower_examples import Batch, batches, first_occurrences, number_of_examples, withhold
from e2v.training.tower_network import Candidates, Gradients, Network, forward, gradients, means
from e2v.training.tower_start import layers_start, model_start, random_start, spectral_start
from e2v.vectors.matrix import Floats, unit
from e2v.vectors.nearest import best

#: Layers learn at this share of the embeddings' rate: every example moves them.
_LAYER_LR = 0.1
#: Histories that the layers' start is fitted to.
_FITTED = 4096
#: The validation's cut-off.
_TOP = 20
_DISCOUNTS = 1 / np.log2(np.arange(2, _TOP + 2))


@dataclass(frozen=True, slots=True)
class TowerProgress:
    """How far a run has come.

    epoch: counted from 0, the present one. examples, total: done, of all epochs. loss: mean nats per target
    since the epoch's beginning. ndcg: NDCG@20 of the latest validation; nan before it.
    """

    epoch: int
    examples: int
    total: int
    loss: float
    ndcg: float


class TowerTraining:
    """One run: `for progress in training.run(): ...`, then `training.save(path, provenance)`.

    Attributes:
        network: what is learned; after `run` as it was at its best.
        best_epoch: how many epochs that took.
        best_ndcg: what it reached on the validation's users; nan without any.
        seconds: spent in training.
    """

    def __init__(self, corpus: Corpus, config: TowerConfig, features: Floats | None = None) -> None:
        """Prepare a run.

        features: float32[n, f], of the users of `histories_of(corpus)`.

        Raises:
            InputError: there is nothing to learn from, or the model to start from does not fit.
        """
        self.corpus = corpus
        self.config = config
        self.seconds = 0.0
        self.best_epoch = 0
        self.best_ndcg = math.nan
        histories = first_occurrences(histories_of(corpus))
        if not (histories.sizes >= 2).any():
            raise InputError(f"{corpus.path}: nobody has two different items, so there is nothing to predict")
        self._rng = np.random.default_rng(config.seed)
        self._histories, self._validation = withhold(histories, config, self._rng)
        self._features = np.zeros((len(histories), 0), np.float32) if features is None else features
        self.network = self._new_network()
        self._squares = [np.zeros_like(array) for array in self.network.parameters()]
        counts = np.bincount(self._histories.items, minlength=len(corpus.keys)).astype(np.float64)
        self._target_share = counts / counts.sum()
        weights = np.where(counts > 0, counts, 1) ** config.noise_exponent
        self._noise = weights / weights.sum()

    def run(self) -> Iterator[TowerProgress]:
        """Train until the last epoch, or until validation has not improved for `patience` of them.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        started = time.perf_counter()
        config = self.config
        per_epoch = number_of_examples(self._histories, config)
        total, done, ndcg = per_epoch * config.epochs, 0, math.nan
        best = [array.copy() for array in self.network.parameters()]
        for epoch in range(config.epochs):
            loss, targets = 0.0, 0
            for batch in batches(self._histories, config, self._rng):
                lr = config.lr * (1 - done / total)
                loss += self._step(batch, lr)
                targets += len(batch.targets.items)
                done += len(batch.users)
                if not math.isfinite(loss):
                    raise TrainingError(
                        f"the loss has become {loss} in epoch {epoch + 1}", "try a lower --lr"
                    )
                yield TowerProgress(epoch, done, total, loss / targets, ndcg)
            if len(self._validation.users):
                ndcg = self._validate()
                if not ndcg <= self.best_ndcg:
                    self.best_epoch, self.best_ndcg = epoch + 1, ndcg
                    for kept, array in zip(best, self.network.parameters(), strict=True):
                        kept[...] = array
                elif epoch + 1 - self.best_epoch >= config.patience:
                    break
            else:
                self.best_epoch = epoch + 1
        if len(self._validation.users):
            for kept, array in zip(best, self.network.parameters(), strict=True):
                array[...] = kept
        self.seconds = time.perf_counter() - started

    def _new_network(self) -> Network:
        config, histories = self.config, self._histories
        size = len(self.corpus.keys), config.dim
        if config.init == "spectral":
            inputs, outputs = spectral_start(histories, *size, config.seed)
        elif config.init == "random":
            inputs, outputs = random_start(*size, config.seed)
        else:
            inputs, outputs = model_start(Path(config.init), self.corpus.keys, config.dim, config.seed)
        users = np.flatnonzero(histories.sizes)[:_FITTED]
        extra = self._extra(users, np.zeros(len(users), np.int64))
        layers = layers_start(config.hidden, means(inputs, histories.take(users)), extra, config.seed)
        return Network(inputs, outputs, np.zeros(size[0], np.float32), layers, config.temperature)

    def _extra(self, users: np.ndarray, later: np.ndarray) -> Floats:
        features = self._features[users]
        if not self.config.age:
            return features
        return np.hstack((features, np.log1p(later)[:, np.newaxis].astype(np.float32)))

    def _step(self, batch: Batch, lr: float) -> float:
        candidates = self._candidates(batch)
        found = gradients(self.network, batch, self._extra(batch.users, batch.later), candidates)
        self._apply(found, candidates, lr)
        return found.loss

    def _candidates(self, batch: Batch) -> Candidates:
        n_items = len(self.corpus.keys)
        if self.config.candidates == 0 or n_items <= self.config.candidates:
            return Candidates(np.arange(n_items), np.zeros(n_items, np.float32))
        drawn = self._rng.choice(n_items, self.config.candidates, p=self._noise)
        items = np.unique(np.concatenate((drawn, batch.targets.items)))
        expected = (
            self.config.candidates * self._noise[items] + len(batch.targets.items) * self._target_share[items]
        )
        return Candidates(items, np.log(-np.expm1(-expected)).astype(np.float32))

    def _apply(self, found: Gradients, candidates: Candidates, lr: float) -> None:
        network = self.network
        column = (slice(None), np.newaxis)
        moves = [
            (network.inputs, found.items, found.d_inputs, lr),
            (network.outputs, candidates.items, found.d_outputs, lr),
            (network.biases[column], candidates.items, found.d_biases[column], lr),
        ]
        for layer, d_layer in zip(network.layers, found.d_layers, strict=True):
            for array, gradient in (
                (layer.weight, d_layer.weight),
                (layer.bias[column], d_layer.bias[column]),
            ):
                moves.append((array, np.arange(len(array)), gradient, lr * _LAYER_LR))
        for (array, rows, gradient, rate), squares in zip(moves, self._squares, strict=True):
            adagrad_rows(array, squares.reshape(array.shape), rows, gradient, np.float32(rate), 0, len(rows))

    def _validate(self) -> float:
        """NDCG@20 of the withheld items, all items of the catalogue ranked but those that the user has."""
        total = 0.0
        held = self._validation
        biases = self.network.biases
        items = unit(self.network.outputs) if self.config.temperature else self.network.outputs
        for first in range(0, len(held.users), self.config.batch):
            part = np.arange(first, min(first + self.config.batch, len(held.users)))
            kept, targets = held.kept.take(part), held.targets.take(part)
            extra = self._extra(held.users[part], held.later[part])
            users = self._user_vectors(kept, extra)
            scores = users @ items.T + biases
            scores[kept.rows, kept.items] = -np.inf
            for row, wanted in zip(scores, targets, strict=True):
                hits = np.isin(best(row, _TOP), wanted)
                total += float(_DISCOUNTS[: len(hits)] @ hits / _DISCOUNTS[: len(wanted)].sum())
        return total / len(held.users)

    def _user_vectors(self, histories: Histories, extra: Floats) -> Floats:
        network = self.network
        users = forward(network.layers, np.hstack((means(network.inputs, histories), extra)))[-1]
        return unit(users) / np.float32(network.temperature) if network.temperature else users

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model artifact.

        Raises:
            TrainingError: a value is nan or infinite.
        """
        network = self.network
        if not all(np.isfinite(array).all() for array in network.parameters()):
            raise TrainingError("the model has become nan or infinite", "try a lower --lr")
        with ArtifactWriter(path, "model", provenance) as writer:
            writer.add_keys("keys", self.corpus.keys)
            writer.add("counts", self.corpus.counts)
            writer.add("input", network.inputs)
            writer.add("output", unit(network.outputs) if network.temperature else network.outputs)
            writer.add("bias", network.biases)
            for number, layer in enumerate(network.layers):
                weight = layer.weight
                if number == 0 and self.config.age:
                    weight = weight[:-1]  # whoever is served has age 0, which this row multiplies
                writer.add(f"tower.{number}.weight", weight)
                writer.add(f"tower.{number}.bias", layer.bias)
            if network.temperature:
                writer.add("tower.length", np.array([1 / network.temperature], np.float32))
