"""Training of the word2vec family: a corpus and settings in, two matrices out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.text.encoder import find
from e2v.corpus.text.ngrams import build_ngrams
from e2v.corpus.vocabulary import Vocabulary
from e2v.errors import Advice, InputError
from e2v.kernels.sgd import (
    Context,
    HierarchicalSoftmax,
    Matrices,
    NegativeSampling,
    Sentences,
    Subwords,
    Trainer,
    UnitResult,
    alias_table,
    make_trainer,
    train_unit,
    train_units_in_turn,
)
from e2v.notices import counted
from e2v.store import Artifact, ArtifactWriter, Keys
from e2v.training.engine.backend import Backend, Threads, TrainUnit
from e2v.training.engine.runner import UnitRunner
from e2v.training.engine.schedule import Unit, schedule_of, unit_tokens
from e2v.training.word2vec.attributes import attribute_parts, fill_outputs, own_weights
from e2v.training.word2vec.chance import noise_chance, tree_chance
from e2v.training.word2vec.frozen import FrozenRows, frozen_ngrams, frozen_rows
from e2v.training.word2vec.huffman import huffman_tree
from e2v.training.word2vec.initial import load_vectors
from e2v.training.word2vec.memory import check_memory
from e2v.training.word2vec.model import new_model, read_rows, write_model, write_rows
from e2v.training.word2vec.pairs import check_pairs, no_pairs_drawn_error
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.softmax import SoftmaxTrainer
from e2v.training.word2vec.weighted import weighted_sets

#: Of the keys; where events have weights, sums of these.
Counts: TypeAlias = NDArray[np.int64] | NDArray[np.float64]

#: Pairs of a unit, about, at most: some .3 s of a core at 100 dimensions, 2 s at 300 with 15 noise words.
_MOST_PAIRS = 2_000_000
#: The same for the exact softmax, times the numbers of all outputs: some .4 s of a core.
_MOST_PRODUCTS = 2_000_000_000


class Training:
    """One run: `for progress in training.runner.run(): ...`, then `training.save(path, provenance)`.

    kept: a model that is updated, whose keys are the first of the corpus, and whose rows stay as they are
        once they are loaded.

    Attributes:
        model: the matrices, as far as they have come.
        runner: trains the rest of the schedule; knows how many units are done.
        train_unit: trains one unit.

    Raises:
        InputError: the corpus is too small to learn anything from.
        TrainingError: no line of it has a pair of words.
        E2VError: the rows of `kept` cannot stay; see `frozen_rows`.
    """

    def __init__(self, corpus: Corpus, config: Word2VecSettings, kept: Artifact | None = None) -> None:
        if len(corpus.keys) < 2:
            raise InputError(
                f"{corpus.name}: a vocabulary of {len(corpus.keys)} has nothing to tell apart",
                Advice("lower {min_count} or add text"),
            )
        check_pairs(corpus, config)
        frozen = FrozenRows() if kept is None else frozen_rows(kept, config)
        self.corpus = corpus
        self.config = config
        self.counted: Literal["words", "examples"] = "words"
        lengths = config.ngram_lengths
        most = config.buckets or None
        self.ngrams = build_ngrams(corpus.keys, *lengths, None if kept else most) if lengths else None
        self._described = corpus if isinstance(corpus, DescribedCorpus) else None
        if self._described:
            self.ngrams = attribute_parts(self._described)
        elif self.ngrams and kept:
            self.ngrams = frozen_ngrams(self.ngrams, kept, frozen, most)
        check_memory(corpus, len(self.ngrams.keys) if self.ngrams else 0, config)
        weights = own_weights(self._described) if self._described else None
        self.model = new_model(corpus.counts, config, self.ngrams, frozen, weights)
        self._weighted = weighted_sets(corpus, config)
        self.train_unit = self._new_train_unit()
        self._backend: Backend = Threads(self.train_unit, config.threads)
        self.resume_at(0, 0.0)

    @property
    def backend(self) -> Backend:
        """Where units are trained; set, the run begins anew."""
        return self._backend

    @backend.setter
    def backend(self, backend: Backend) -> None:
        self._backend = backend
        self.resume_at(0, 0.0)

    def resume_at(self, units: int, seconds: float) -> None:
        """Make the next unit to train the one after the first `units`, which took `seconds`."""
        config, offsets = self.config, self.corpus.offsets
        size = min(unit_size(offsets, config, len(self.corpus.keys)), self._backend.unit_tokens or math.inf)
        schedule = schedule_of(offsets, config, seconds, int(size))
        self.runner = UnitRunner(schedule, self._backend, units, seconds, chance=self._chance)
        self._learned = units > 0 and bool(self.model.outputs.any())  # they begin as zeros

    def load_vectors(self, artifact: Artifact) -> int:
        """Start from the vectors of a model or vectors; returns of how many keys. See `initial`."""
        return load_vectors(artifact, self.corpus.keys, self.ngrams, self.model)

    def left_of(self, model: Artifact) -> Iterator[str]:
        """What a model has that is updated, and that this run does not go on with: a sentence each."""
        by_word = len(self.model.outputs) == len(self.corpus.keys)
        if model.has("nodes"):
            yield "the vectors of its inner nodes start anew, as new counts make another tree"
        elif not by_word:
            yield "its output vectors are not gone on with, as a tree has inner nodes"
        if model.has("ngrams"):
            old = model.keys_of("ngrams")
            new = Keys.from_strings([]) if self.ngrams is None else self.ngrams.keys
            left = int(np.count_nonzero(find(old, Vocabulary(new, np.empty(0, np.int64))) < 0))
            if left:
                yield f"of {counted(len(old), 'n-gram')} {left:,} are not gone on with, by the settings"

    def figures(self) -> dict[str, float]:
        """See `e2v.training.engine.session.Run`."""
        return self._backend.figures()

    @property
    def nothing_learns(self) -> bool:
        """Whether all words are those of a model whose rows stay."""
        return self.model.frozen.words == len(self.corpus.keys)

    def conclude(self) -> None:
        """TrainingError if the run is over and has not met one pair that could teach something."""
        if not self.nothing_learns and not self._learned and self.runner.pairs == 0:
            raise no_pairs_drawn_error(self.corpus, self.config, self.runner.units)

    def write_state(self, writer: ArtifactWriter) -> None:
        """See `e2v.training.engine.checkpoint.State`."""
        write_rows(writer, self.model)

    def read_state(self, saved: Artifact) -> None:
        """See `e2v.training.engine.checkpoint.State`."""
        read_rows(saved, self.model)

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model artifact; TrainingError, and no file, if it holds a nan or infinity."""
        if self._described is None:
            write_model(path, self.corpus, self.ngrams, self.model, provenance)
            return
        if len(self.model.outputs) == len(self.corpus.keys):
            fill_outputs(self._described, self.model)
        write_model(path, self.corpus, None, self.model, provenance)

    def train_in_turn(self, units: Sequence[Unit]) -> list[UnitResult]:
        """Train units, one for each thread of the settings at most, in one thread: a step of each in turn.

        What as many threads do that are equally fast, reproducibly; not for the exact softmax.
        """
        given = [(range(unit.first, unit.last), unit.seed, (unit.lr_start, unit.lr_end)) for unit in units]
        results: list[UnitResult] = train_units_in_turn(self._trainer, given)
        return results

    def _new_train_unit(self) -> TrainUnit:
        corpus, weighted = self.corpus, self._weighted
        counts = weighted.counts if weighted else corpus.counts
        keep = keep_probability(counts, self.config.sample)
        if self.config.loss != "softmax":
            return self._kernel_train_unit(keep, counts)
        self._chance = math.log(len(self.corpus.keys))
        if weighted is None:
            return SoftmaxTrainer(corpus.tokens, corpus.offsets, keep, self.model, self.config)

        def train(unit: Unit, thread: int) -> UnitResult:
            tokens, offsets, drawn = weighted.drawn(unit)
            return SoftmaxTrainer(tokens, offsets, keep, self.model, self.config)(drawn, thread)

        return train

    def _kernel_train_unit(self, keep: NDArray[np.float32], counts: Counts) -> TrainUnit:
        config, model, weighted = self.config, self.model, self._weighted
        parts, rows = model.parts, model.ngrams
        subwords = None
        if parts is not None and rows is not None:
            weights = parts.own, parts.shared
            subwords = Subwords(
                parts.offsets, parts.ngrams, *weights, rows.kept, rows.trained, parts.replicated
            )
        loss: NegativeSampling | HierarchicalSoftmax
        if config.loss == "negative-sampling":
            noise = alias_table(noise_weights(counts, config.noise_exponent))
            loss = NegativeSampling(noise, config.negative, config.noise_group)
            self._chance = noise_chance(config)
        else:
            tree = huffman_tree(self.corpus.counts)
            loss = HierarchicalSoftmax(tree.offsets, tree.nodes, 1 - tree.codes)
            self._chance = tree_chance(tree, self.corpus.counts, keep)
        context = Context(
            window=config.window,
            dynamic=config.window_mode == "dynamic",
            sets=config.context == "set",
            set_sample=config.set_sample,
            cbow=config.arch == "cbow",
            cbow_divide=config.cbow_gradient == "divided",
        )
        corpus = self.corpus
        tokens, offsets = weighted.largest() if weighted else (corpus.tokens, corpus.offsets)
        trainer = make_trainer(
            Sentences(tokens, offsets, keep),
            Matrices(model.inputs, model.outputs, subwords, model.frozen.words),
            loss,
            context,
            config.threads,
            config.lr,
        )
        self._trainer = trainer
        _compile(trainer)

        def train(unit: Unit, thread: int) -> UnitResult:
            rates, of_unit = (unit.lr_start, unit.lr_end), trainer
            if weighted:
                tokens, offsets, unit = weighted.drawn(unit)
                of_unit = replace(trainer, tokens=tokens, offsets=offsets)
            result: UnitResult = train_unit(of_unit, range(unit.first, unit.last), unit.seed, rates, thread)
            return result

        return train


def unit_size(offsets: NDArray[np.int64], config: Word2VecSettings, keys: int) -> int:
    """Tokens of a unit, about: fewer than elsewhere where each costs much, for Ctrl-C to be heeded soon.

    offsets: int64[S + 1], of sentences; the mean length of these stands for that of each. keys: how many.
    """
    total, mean = int(offsets[-1]), int(offsets[-1]) / max(1, len(offsets) - 1)
    if config.context == "set":
        most = config.set_sample or math.inf
    else:
        most = config.window + 1 if config.window_mode == "dynamic" else 2 * config.window
    pairs = max(1.0, min(mean - 1, most))
    affordable = _MOST_PAIRS / pairs
    if config.loss == "softmax":
        examples = pairs if config.arch == "skipgram" else 1
        affordable = min(affordable, _MOST_PRODUCTS / (examples * keys * config.dim))
    epochs = config.epochs if config.time_budget is None else 1
    return min(unit_tokens(total, epochs), max(1, int(affordable)))


def keep_probability(counts: Counts, sample: float) -> NDArray[np.float32]:
    """Probability float32[V] that an occurrence of each word survives subsampling; 1 and more: always.

    sqrt(t / f) + t / f with f the word's share of all tokens and t = `sample`: word2vec.c's form, a
    little gentler than the paper's sqrt(t / f) (Mikolov et al. 2013b, section 2.3).
    """
    if sample == 0:
        return np.ones(len(counts), np.float32)
    ratio: NDArray[np.float64] = sample * counts.sum() / np.maximum(counts, 1)
    return (np.sqrt(ratio) + ratio).astype(np.float32)


def noise_weights(counts: Counts, exponent: float) -> NDArray[np.float64]:
    """Noise distribution, not normalised: count ** exponent, 0 for a word that never occurs.

    The exponent 0.75 is Mikolov et al.'s (2013b, section 2.2); item data often want less, even below
    zero (Caselles-Dupré et al. 2018, arXiv:1804.04212).
    """
    weights = np.zeros(len(counts))
    seen = counts > 0
    weights[seen] = (counts[seen] / counts.max()) ** exponent
    return weights


def _compile(trainer: Trainer) -> None:
    """Have the kernel compiled, or loaded from the cache, before the clock runs: by a step at rate 0."""
    tokens, offsets = np.array([0, 1], np.int32), np.array([0, 2])
    tokens.flags.writeable = offsets.flags.writeable = False  # the type that the trainer's have
    train_unit(replace(trainer, tokens=tokens, offsets=offsets), range(1), 1, (0.0, 0.0))
