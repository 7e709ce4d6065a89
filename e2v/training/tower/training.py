"""Training of a user tower: histories and settings in, a model out that turns histories into user vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories, histories_of, user_histories
from e2v.errors import Advice, InputError, TrainingError
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import UserFeatures, UserTable
from e2v.store import ArtifactWriter
from e2v.threads import Map, parallel_map
from e2v.training.tower.examples import Batch, batches, number_of_examples, withhold
from e2v.training.tower.network import Network, gradients, means
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.start import layers_start, model_start, random_start, spectral_start
from e2v.training.tower.steps import Adagrad, CandidateSampler
from e2v.training.tower.validation import Validation, validate
from e2v.vectors.matrix import Floats

#: Histories that the layers' start is fitted to.
_FITTED = 4096


class TowerTraining:
    """One run: `training.run()`, then `training.save(path, provenance)`.

    Attributes:
        network: what is learned; after `run`, as it was after `best_epoch`.
        best_epoch: how many epochs it took.
        validation: what it reached on what was withheld; of nan if nothing was.
        loss: mean nats per target of the last epoch.
        n_users, n_validation_users: that have examples; of whom some items are withheld.
        n_histories, n_described: all users; those of whom there are features.
        seconds: that `run` took.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: TowerSettings,
        table: UserTable | None = None,
        report: Report = silent,
    ) -> None:
        """Prepare a run.

        table: features of the users, by the names that the corpus has for them. report: see `e2v.progress`.

        Raises:
            InputError: there is nothing to learn from, the table does not fit the corpus, or the model to
                start from does not.
        """
        report(Progress("preparing"))
        self.corpus = corpus
        self._report = report
        self.config = config
        names, histories = user_histories(corpus) if table else ([], histories_of(corpus))
        histories = histories.first_occurrences()
        self.n_users = int((histories.sizes >= 2).sum())
        if not self.n_users:
            raise InputError(f"{corpus.path}: nobody has two different items, so there is nothing to predict")
        self._features = UserFeatures.of(table) if table else None
        self.n_histories, self.n_described = len(histories), 0
        self._of_users = np.zeros((len(histories), 0), np.float32)
        if table and self._features:
            self._of_users, self.n_described = self._features.encode(table, names)
        self._rng = np.random.default_rng(config.seed)
        self._histories, self._withheld = withhold(histories, config, self._rng)
        self.n_validation_users = len(self._withheld.users)
        self.network = self._new_network()
        self._adagrad = Adagrad(self.network)
        self._sampler = CandidateSampler(
            np.bincount(self._histories.items, minlength=len(corpus.keys)), config
        )
        self.best_epoch, self.validation, self._latest = 0, Validation(), Validation()
        self.loss, self.seconds = math.nan, 0.0

    def run(self) -> None:
        """Train until the last epoch, or until the withheld items' loss has not fallen for `patience` epochs.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        started = time.perf_counter()
        total = number_of_examples(self._histories, self.config) * self.config.epochs
        done, best = 0, []
        with parallel_map(self.config.threads) as parallel:
            for epoch in range(1, self.config.epochs + 1):
                self._tell(epoch, done, total)
                for n_examples in self._epoch(epoch, done, total, parallel):
                    done += n_examples
                    self._tell(epoch, done, total)
                withheld = self._withheld
                self._latest = validate(self.network, withheld, self._extra(withheld), self._report)
                if not self._latest.loss >= self.validation.loss:
                    self.best_epoch, self.validation = epoch, self._latest
                    best = [array.copy() for array in self.network.all()]
                elif epoch - self.best_epoch >= self.config.patience:
                    break
        for array, values in zip(self.network.all(), best, strict=True):
            array[...] = values
        self.seconds = time.perf_counter() - started

    def _tell(self, epoch: int, done: int, total: int) -> None:
        """Report how many examples are done, of all epochs; the loss is that of this epoch so far."""
        figures: dict[str, float] = {"loss": self.loss, "epoch": epoch}
        if not math.isnan(self._latest.loss):
            figures |= {"withheld": self._latest.loss, "ndcg": self._latest.ndcg}
        if math.isnan(self.loss):
            del figures["loss"]
        self._report(Progress("training", "examples", done, total, figures))

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model artifact.

        Raises:
            TrainingError: a value is nan or infinite.
        """
        network = self.network
        if not all(np.isfinite(array).all() for array in network.all()):
            raise TrainingError("the model has become nan or infinite", Advice("try a lower {lr}"))
        with ArtifactWriter(path, "model", provenance) as writer:
            self.corpus.add_vocabulary(writer)
            writer.add("input", network.inputs)
            writer.add("output", network.item_vectors())
            writer.add("bias", network.biases)
            for number, layer in enumerate(network.layers):
                weight = layer.weight
                if number == 0 and self.config.age:
                    weight = weight[:-1]  # of the age, which is 0 for whoever is served
                writer.add(f"tower.{number}.weight", weight)
                writer.add(f"tower.{number}.bias", layer.bias)
            if network.temperature:
                writer.add("tower.length", np.array([1 / network.temperature], np.float32))
            if self._features:
                self._features.write(writer)

    def _new_network(self) -> Network:
        config, histories = self.config, self._histories
        size = len(self.corpus.keys), config.dim
        if config.init == "spectral":
            inputs, outputs = spectral_start(histories, *size, config.seed, self._report)
        elif config.init == "random":
            inputs, outputs = random_start(*size, config.seed)
        else:
            inputs, outputs = model_start(Path(config.init), self.corpus.keys, config.dim, config.seed)
        fitted = _whole(histories, np.flatnonzero(histories.sizes)[:_FITTED])
        layers = layers_start(config.hidden, means(inputs, fitted.kept), self._extra(fitted), config.seed)
        return Network(inputs, outputs, np.zeros(size[0], np.float32), layers, config.temperature)

    def _extra(self, batch: Batch) -> Floats:
        """float32[B, f]: what the tower takes beside the history's mean."""
        features = self._of_users[batch.users]
        if not self.config.age:
            return features
        return np.hstack((features, np.log1p(batch.later)[:, np.newaxis].astype(np.float32)))

    def _epoch(self, epoch: int, done: int, total: int, parallel: Map) -> Iterator[int]:
        """Take the steps of an epoch; yields how many examples each had."""
        loss, targets = 0.0, 0
        for batch in batches(self._histories, self.config, self._rng):
            candidates = self._sampler.draw(batch, self._rng)
            batch_loss, gradient = gradients(self.network, batch, self._extra(batch), candidates, parallel)
            self._adagrad.step(gradient, lr=self.config.lr * (1 - done / total))
            loss += batch_loss
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss has become {loss} in epoch {epoch}", Advice("try a lower {lr}")
                )
            targets += len(batch.targets.items)
            done += len(batch.users)
            self.loss = loss / targets
            yield len(batch.users)


def _whole(histories: Histories, users: NDArray[np.int64]) -> Batch:
    """Some users with all that they have, and nothing to predict."""
    nothing = Histories(np.zeros(len(users) + 1, np.int64), np.empty(0, np.int32))
    return Batch(users, histories.take(users), nothing, np.zeros(len(users), np.int64))
