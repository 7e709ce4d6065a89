"""Training of the word2vec family: a corpus and settings in, two matrices out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.text.ngrams import build_ngrams
from e2v.errors import InputError
from e2v.kernels.sgd import Job, alias_table, make_job, train_unit
from e2v.store import Artifact
from e2v.training.engine.runner import UnitLoss, UnitRunner, Worker
from e2v.training.engine.schedule import Schedule, TimedSchedule, Unit
from e2v.training.word2vec.huffman import huffman_tree
from e2v.training.word2vec.initial import start_from
from e2v.training.word2vec.memory import check_memory
from e2v.training.word2vec.model import new_model, write_model
from e2v.training.word2vec.pairs import check_pairs, never_drawn
from e2v.training.word2vec.settings import TrainConfig
from e2v.training.word2vec.softmax import SoftmaxWorker


class Training:
    """One run: `for progress in training.runner.run(): ...`, then `training.save(path, provenance)`.

    Attributes:
        model: the matrices, as far as they have come.
        runner: trains the rest of the schedule; knows how many units are done.

    Raises:
        InputError: the corpus is too small to learn anything from.
        TrainingError: no line of it has a pair of words.
    """

    def __init__(self, corpus: Corpus, config: TrainConfig) -> None:
        if len(corpus.keys) < 2:
            raise InputError(
                f"{corpus.name}: a vocabulary of {len(corpus.keys)} has nothing to tell apart",
                "lower --min-count or add text",
            )
        check_pairs(corpus, config)
        self.corpus = corpus
        self.config = config
        lengths = config.ngram_lengths
        self.ngrams = build_ngrams(corpus.keys, *lengths, config.buckets or None) if lengths else None
        check_memory(corpus, len(self.ngrams.keys) if self.ngrams else 0, config)
        self.model = new_model(corpus.counts, config, self.ngrams)
        self._work = self._worker()
        self.start_at(0, 0.0)

    def start_at(self, units: int, seconds: float) -> None:
        """Make the next unit to train the one after the first `units`, which took `seconds`."""
        config, offsets = self.config, self.corpus.offsets
        schedule = (
            Schedule(offsets, config.epochs, config.lr, config.seed)
            if config.time_budget is None
            else TimedSchedule(offsets, config.time_budget, config.lr, config.seed, spent=seconds)
        )
        self.runner = UnitRunner(schedule, self._work, config.threads, units, seconds)
        self._learned = units > 0 and bool(self.model.outputs.any())  # they begin as zeros

    def start_from(self, artifact: Artifact) -> int:
        """Take over the vectors of a model or vectors; returns of how many keys. See `initial`."""
        return start_from(artifact, self.corpus.keys, self.ngrams, self.model)

    def check_learned(self) -> None:
        """TrainingError if the run is over and has not met one pair."""
        if not self._learned and self.runner.pairs == 0:
            raise never_drawn(self.corpus, self.config, self.runner.units)

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model artifact; TrainingError, and no file, if it holds a nan or infinity."""
        write_model(path, self.corpus, self.ngrams, self.model, provenance)

    def _worker(self) -> Worker:
        keep = keep_probability(self.corpus.counts, self.config.sample)
        if self.config.loss == "softmax":
            return SoftmaxWorker(self.corpus.tokens, self.corpus.offsets, keep, self.model, self.config)
        return self._kernel_worker(keep)

    def _kernel_worker(self, keep: NDArray[np.float32]) -> Worker:
        config, counts, parts = self.config, self.corpus.counts, self.model.parts
        negative = config.loss == "negative-sampling"
        job = make_job(
            tokens=self.corpus.tokens,
            offsets=self.corpus.offsets,
            keep=keep,
            inputs=self.model.inputs_and_copies,
            outputs=self.model.outputs_and_copies,
            noise=alias_table(noise_weights(counts, config.noise_exponent)) if negative else None,
            paths=None if negative else _paths(counts),
            parts=(parts.offsets, parts.rows, parts.weights) if parts else None,
            part_copies=parts.copied if parts else (),
            cbow=config.arch == "cbow",
            cbow_divide=config.cbow_gradient == "divided",
            context_set=config.context == "set",
            set_sample=config.set_sample,
            window=config.window,
            dynamic=config.window_mode == "dynamic",
            negative=config.negative,
            units=config.threads,
        )

        _compile(job)

        def work(unit: Unit) -> UnitLoss:
            result = train_unit(job, unit.first, unit.last, unit.seed, unit.lr_start, unit.lr_end)
            return UnitLoss(result.loss, result.loss_pairs)

        return work


def keep_probability(counts: NDArray[np.int64], sample: float) -> NDArray[np.float32]:
    """Probability float32[V] that an occurrence of each word survives subsampling; 1 and more: always.

    sqrt(t / f) + t / f with f the word's share of all tokens and t = `sample`: word2vec.c's form, a
    little gentler than the paper's sqrt(t / f) (Mikolov et al. 2013b, section 2.3).
    """
    if sample == 0:
        return np.ones(len(counts), np.float32)
    ratio: NDArray[np.float64] = sample * counts.sum() / np.maximum(counts, 1)
    return (np.sqrt(ratio) + ratio).astype(np.float32)


def noise_weights(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """Noise distribution, not normalised: count ** exponent, 0 for a word that never occurs.

    The exponent 0.75 is Mikolov et al.'s (2013b, section 2.2); item data often want less, even below
    zero (Caselles-Dupré et al. 2018, arXiv:1804.04212).
    """
    weights = np.zeros(len(counts))
    seen = counts > 0
    weights[seen] = (counts[seen] / counts.max()) ** exponent
    return weights


def _compile(job: Job) -> None:
    """Have the kernel compiled, or loaded from the cache, before the clock runs: by a step at rate 0."""
    tokens, offsets = np.array([0, 1], np.int32), np.array([0, 2])
    tokens.flags.writeable = offsets.flags.writeable = False  # as the job's are: the type is compiled for
    train_unit(replace(job, tokens=tokens, offsets=offsets), 0, 1, 1, 0.0, 0.0)


def _paths(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    tree = huffman_tree(counts)
    return tree.offsets, tree.nodes, 1 - tree.codes
