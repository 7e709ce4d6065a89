"""Training of a user tower: histories and settings in, a model out that turns histories into user vectors."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.features.table import FeatureTable
from e2v.corpus.histories import Histories, histories_of, user_histories
from e2v.corpus.weights import event_weights
from e2v.errors import Advice, InputError, TrainingError
from e2v.kernels.sgd import UnitResult
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import UserFeatures
from e2v.store import Artifact, ArtifactWriter
from e2v.threads import parallel_map
from e2v.training.engine.backend import Threads
from e2v.training.engine.checkpoint import saved_array
from e2v.training.engine.runner import UnitRunner
from e2v.training.engine.schedule import Unit, schedule_of
from e2v.training.linear.attributes import rows_of
from e2v.training.tower.attributes import Composer, attributes_start
from e2v.training.tower.examples import Batch, withhold
from e2v.training.tower.network import Network, Parameters, Step, gradients
from e2v.training.tower.pooling import pooled
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.softmax import Scratch
from e2v.training.tower.start import layers_start, model_start, random_start, spectral_start
from e2v.training.tower.steps import Adagrad, Preparation
from e2v.training.tower.validation import Validation, validate
from e2v.vectors.matrix import Floats

#: Histories that the layers' start is fitted to.
_FITTED = 4096
#: The exponent that the weights by recency start with.
_RECENCY = 0.5
#: A loss or NDCG in a checkpoint that there is none of yet: those that there are cannot be negative.
_UNKNOWN = -1.0


class TowerTraining:
    """One run: `for progress in training.runner.run(): ...`, then `training.conclude()`, and
    `training.save(path, provenance)`. A unit of work is a batch, for which all threads work together.

    Attributes:
        runner: trains the rest of the schedule; its tokens are examples, its loss is in nats per target.
        network: what is learned; once concluded, as it was after `best_epoch`.
        best_epoch: how many epochs it took, where its time ends the run a part of the last one counting as
        one. validation: what it reached on what was withheld; of nan if nothing was. n_users,
        n_validation_users: that have examples; of whom some items are withheld. n_histories, n_described: all
        users; those of whom there are features.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: TowerSettings,
        table: FeatureTable | None = None,
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
        self.counted: Literal["words", "examples"] = "examples"
        weights = event_weights(corpus, config.half_life)
        names, histories = user_histories(corpus, weights) if table else ([], histories_of(corpus, weights))
        histories = histories.last_occurrences() if config.recency else histories.first_occurrences()
        self.n_users = int((histories.sizes >= 2).sum())
        if not self.n_users:
            raise InputError(f"{corpus.path}: nobody has two different items, so there is nothing to predict")
        self._features = UserFeatures.of(table) if table else None
        self.n_histories, self.n_described = len(histories), 0
        self._of_users = np.zeros((len(histories), 0), np.float32)
        if table and self._features:
            self._of_users, self.n_described = self._features.encode(table, names)
        rng = np.random.default_rng(config.seed)
        self._histories, self._withheld = withhold(histories, config, rng)
        self.n_validation_users = len(self._withheld.users)
        self._threads = ExitStack()
        self._parallel = self._threads.enter_context(parallel_map(config.threads))
        described = corpus if isinstance(corpus, DescribedCorpus) else None
        self._described = described
        self._n_items = described.n_known if described else len(corpus.keys)
        self.network = self._new_network()
        self._adagrad = Adagrad(self.network)
        composer = Composer(described.parts, len(described.attributes)) if described else None
        self._preparation = Preparation(self._histories, self._n_items, config, self._extra, composer)
        self._ahead: tuple[int, Future[Step]] | None = None
        self._scratch = Scratch()
        self._preparing = self._threads.enter_context(ThreadPoolExecutor(1))
        self._best: Floats | None = None
        self.best_epoch, self.validation, self._latest = 0, Validation(), Validation()
        self.resume_at(0, 0.0)

    def resume_at(self, units: int, seconds: float) -> None:
        """Make the next unit to train the one after the first `units`, which took `seconds`."""
        examples, size = self._preparation.examples.number, self.config.batch
        offsets = np.minimum(np.arange(0, examples + size, size), examples)
        self._schedule = schedule_of(offsets, self.config, seconds, size)
        self.runner = UnitRunner(self._schedule, Threads(self._train_unit, 1), units, seconds)
        if self._is_enough(units // self._schedule.per_epoch):
            self.runner.end()

    def close(self) -> None:
        """End the threads."""
        self._threads.close()

    def figures(self) -> dict[str, float]:
        """The epoch, and the loss and NDCG of what is withheld; see `e2v.training.engine.session.Run`."""
        figures: dict[str, float] = {"epoch": math.ceil(self.runner.epochs)}
        if not math.isnan(self._latest.loss):
            figures |= {"withheld": self._latest.loss, "ndcg": self._latest.ndcg}
        return figures

    def _train_unit(self, unit: Unit, _thread: int) -> UnitResult:
        """Take the step of a batch, while the next one is prepared; validate after the last of an epoch."""
        ahead, self._ahead = self._ahead, None
        step = ahead[1].result() if ahead and ahead[0] == unit.number else self._prepared(unit)
        following = self._schedule.unit(unit.number + 1)
        if following and self.config.threads > 1:
            self._ahead = following.number, self._preparing.submit(self._prepared, following)
        loss, gradient = gradients(self.network, step, self._parallel, self._scratch)
        self._adagrad.step(gradient, unit.lr_start, self._parallel)
        if (unit.number + 1) % self._schedule.per_epoch == 0:
            self._validate(unit.epoch + 1)
        n_targets = len(step.candidates.targets.columns)
        return UnitResult(loss, n_targets, 0, n_targets)

    def _prepared(self, unit: Unit) -> Step:
        size = self.config.batch
        return self._preparation.step(unit.epoch, unit.first * size, unit.last * size, unit.seed)

    def _validate(self, epoch: int) -> None:
        """See how good the network is after so many epochs, and keep it if it is the best so far."""
        withheld = self._withheld
        self._latest = validate(self.network, withheld, self._extra(withheld), self._report, self._parallel)
        if not self._latest.loss >= self.validation.loss:
            self.best_epoch, self.validation = epoch, self._latest
            self._best = _flat(self.network)
        elif self._is_enough(epoch):
            self.runner.end()

    def _is_enough(self, epochs: int) -> bool:
        """Whether the withheld items' loss has not fallen for `patience` epochs; a time is always used up."""
        patient = self.config.time_budget is not None or epochs - self.best_epoch < self.config.patience
        return self._best is not None and not patient

    def conclude(self) -> None:
        """Go back to the best epoch; see `e2v.training.engine.session.Run`."""
        epochs, rest = divmod(self.runner.units, self._schedule.per_epoch)
        if rest:
            self._validate(epochs + 1)
        if self._best is None:
            raise TrainingError("the time was over before training began", Advice("give more {time_budget}"))
        _fill(self.network, self._best)

    def write_state(self, writer: ArtifactWriter) -> None:
        """See `e2v.training.engine.checkpoint.State`."""
        self._check_finite()
        writer.add("parameters", _flat(self.network))
        writer.add("squares", _flat(self._adagrad.squares))
        figures = np.array([self.best_epoch, *self.validation, *self._latest], np.float64)
        writer.add("figures", np.nan_to_num(figures, nan=_UNKNOWN))
        if self._best is not None:
            writer.add("best", self._best)

    def read_state(self, saved: Artifact) -> None:
        """See `e2v.training.engine.checkpoint.State`."""
        shape = _flat(self.network).shape
        _fill(self.network, saved_array(saved, "parameters", shape))
        _fill(self._adagrad.squares, saved_array(saved, "squares", shape))
        figures = saved_array(saved, "figures", (5,))
        best_epoch, *reached = np.where(figures == _UNKNOWN, np.nan, figures).tolist()
        self.best_epoch = int(best_epoch)
        self.validation, self._latest = Validation(*reached[:2]), Validation(*reached[2:])
        self._best = np.array(saved_array(saved, "best", shape)) if saved.has("best") else None

    def _check_finite(self) -> None:
        if not all(np.isfinite(array).all() for array in self.network.all()):
            raise TrainingError("the model has become nan or infinite", Advice("try a lower {lr}"))

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model artifact.

        Raises:
            TrainingError: a value is nan or infinite.
        """
        network = self.network
        self._check_finite()
        if self._described:  # all of it, with what nobody has had
            network = replace(network, parts=self._described.parts)
        with ArtifactWriter(path, "model", provenance) as writer:
            self.corpus.add_vocabulary(writer)
            writer.add("input", network.item_inputs())
            writer.add("output", network.item_vectors())
            writer.add("bias", network.item_biases())
            if network.recency is not None:
                writer.add("tower.recency", network.recency)
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
        size = self._n_items, config.dim
        if config.init == "spectral":
            inputs, outputs = spectral_start(histories, *size, config.seed, self._report, config.threads)
        elif config.init == "random":
            inputs, outputs = random_start(*size, config.seed)
        else:
            keys = self.corpus.keys[: self._n_items]
            inputs, outputs = model_start(Path(config.init), keys, config.dim, config.seed)
        fitted = _whole(histories, np.flatnonzero(histories.sizes)[:_FITTED])
        recency = np.array([_RECENCY], np.float32) if config.recency else None
        of_inputs = pooled(inputs, fitted.kept, recency)
        layers = layers_start(config.hidden, of_inputs, self._extra(fitted), config.seed)
        fixed = config.recency and len(layers) == 1
        biases = np.zeros(size[0], np.float32)
        attributes = parts = None
        if self._described:
            parts = rows_of(self._described.parts, np.arange(self._n_items))
            seen = np.bincount(histories.items, minlength=self._n_items) > 0
            n_attributes = len(self._described.attributes)
            attributes = attributes_start(inputs, outputs, parts, n_attributes, seen, self._parallel)
        return Network(
            inputs,
            outputs,
            biases,
            layers,
            config.temperature,
            recency=recency,
            fixed=fixed,
            attributes=attributes,
            parts=parts,
        )

    def _extra(self, batch: Batch) -> Floats:
        """float32[B, f]: what the tower takes beside the history's items."""
        features = self._of_users[batch.users]
        if not self.config.age:
            return features
        return np.hstack((features, np.log1p(batch.later)[:, np.newaxis].astype(np.float32)))


def _whole(histories: Histories, users: NDArray[np.int64]) -> Batch:
    """Some users with all that they have, and nothing to predict."""
    nothing = Histories(np.zeros(len(users) + 1, np.int64), np.empty(0, np.int32))
    return Batch(users, histories.take(users), nothing, np.zeros(len(users), np.int64))


def _flat(parameters: Parameters[Floats]) -> Floats:
    """float32[P]: all of them, one after the other."""
    return np.concatenate([array.ravel() for array in parameters.all()])


def _fill(parameters: Parameters[Floats], values: Floats) -> None:
    """The inverse of `_flat`."""
    arrays = parameters.all()
    parts = np.split(values, np.cumsum([array.size for array in arrays])[:-1])
    for array, part in zip(arrays, parts, strict=True):
        array[...] = part.reshape(array.shape)
