"""A run tried out on a part of its corpus: how long it takes to prepare, and to train a word."""

from __future__ import annotations

import math
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.kernels.compiling import seconds_compiling
from e2v.store import Keys
from e2v.training.engine.runner import UnitRunner
from e2v.training.engine.schedule import Schedule, Unit, unit_tokens
from e2v.training.word2vec.memory import matrix_bytes
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training

#: Bytes of the matrices of a trial, at most: no cache holds a good part of so much, so that a row more is as
#: far away as one of these.
_MOST_BYTES = 1 << 30
#: Words of a trial with n-grams, at most: finding those of more takes longer than trying them out.
_MOST_COMPOSED = 150_000
#: Words that the exact softmax is tried on: each is worth many products with all output vectors.
_SOFTMAX_WORDS = 3_000
#: Words that are composed, to see how long that takes.
_COMPOSED = 2000
#: Bytes that loading compiled kernels takes, for where the compiler's own cannot be told from them.
_LOADED_KERNELS = 25_000_000


class Part(Corpus):
    """A part of a corpus, in memory: what training asks a corpus for."""

    def __init__(
        self,
        name: str,
        keys: Keys,
        counts: NDArray[np.int64],
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
    ) -> None:
        self.path, self.name = Path(name), name
        self.keys, self.counts, self.tokens, self.offsets = keys, counts, tokens, offsets
        self.names = self.titles = self.ordered = None
        self.provenance, self.digest = {}, ""

    def weights(self) -> None:
        """None: how long a word takes does not depend on how much its event counts."""


@dataclass(frozen=True)
class Trial:
    """What trying it out told.

    preparing: seconds for each key. training: seconds for each word of an epoch. composing: seconds for each
    part of a word that is written. ngrams, ngram_bytes, parts: of the keys that were tried, of which there
    are `keys`.
    """

    keys: int
    preparing: float
    training: float
    composing: float = 0.0
    ngrams: int = 0
    ngram_bytes: int = 0
    parts: int = 0


def load_kernels(config: Word2VecSettings) -> int:
    """Have the kernels of these settings compiled, or loaded.

    Returns the memory in bytes that the process has then, or would have if it had found them compiled.
    """
    before = most_resident()
    keys = Keys.from_strings(["ab", "abc"])
    tiny = Part("", keys, np.array([1, 1]), np.array([0, 1], np.int32), np.array([0, 2]))
    with seconds_compiling() as compiled:
        Training(tiny, replace(config, dim=1, threads=1, epochs=1, time_budget=None, half_life=None))
    return before + _LOADED_KERNELS if compiled else most_resident()


def most_keys(keys: int, config: Word2VecSettings, most_bytes: int | None) -> int:
    """How many of so many keys a trial has; most_bytes: of memory that there is."""
    most = _MOST_BYTES if most_bytes is None else min(_MOST_BYTES, most_bytes // 3)
    if config.subword is not None:
        keys = min(keys, _MOST_COMPOSED)
    return max(2, min(keys, keys * most // max(1, matrix_bytes(keys, 0, config))))


def try_out(part: Corpus, config: Word2VecSettings, words: int, seconds: float) -> Trial:
    """Train on a part for some seconds, in units as large as those of a run over so many words.

    Raises:
        InputError, TrainingError: as `Training`.
    """
    began = time.perf_counter()
    training = _TriedTraining(part, replace(config, half_life=None))  # a part has no times
    prepared = time.perf_counter() - began
    training.begin(words)
    began = time.perf_counter()
    with closing(training.runner.run()) as steps:
        for _ in steps:
            if time.perf_counter() - began > seconds:
                break
    runner, ngrams, model, parts = training.runner, training.ngrams, training.model, training.model.parts
    composing = 0.0
    if parts is not None and model.ngrams is not None:
        words = min(_COMPOSED, len(part.keys))
        for _ in range(2):  # the second time there is memory for it
            began = time.perf_counter()
            parts.compose(model.inputs, model.ngrams, 0, words)
            composing = (time.perf_counter() - began) / (words + int(parts.offsets[words]))
    return Trial(
        keys=len(part.keys),
        preparing=prepared / len(part.keys),
        training=runner.seconds / max(1, runner.tokens),
        composing=composing,
        ngrams=len(ngrams.keys) if ngrams else 0,
        ngram_bytes=len(ngrams.keys.blob) if ngrams else 0,
        parts=len(part.keys) + len(parts.ngrams) if parts else 0,
    )


def part_of(corpus: Corpus, keys: int, config: Word2VecSettings) -> Corpus:
    """A corpus with the first so many of its keys, the others' words being counted among those; all of it, if
    it has no more. For the exact softmax its beginning only.
    """
    tokens, offsets = corpus.tokens, corpus.offsets
    if config.loss == "softmax":
        offsets = offsets[: max(2, int(np.searchsorted(offsets, _SOFTMAX_WORDS)) + 1)]
    if config.loss != "softmax" and keys >= len(corpus.keys):
        return corpus
    tokens = tokens[: offsets[-1]]
    if keys < len(corpus.keys):
        tokens = np.where(tokens < keys, tokens, tokens % keys).astype(np.int32)
    return Part(corpus.name, corpus.keys[:keys], corpus.counts[:keys], tokens, offsets)


class _TriedTraining(Training):
    """A training whose units come from all over the corpus."""

    def begin(self, words: int) -> None:
        """Begin with units as large as those of a run over so many words."""
        config = self.config
        epochs = config.epochs if config.time_budget is None else 1
        here = int(self.corpus.offsets[-1])
        if config.loss != "softmax":
            epochs = max(epochs, math.ceil(64 * unit_tokens(words, epochs) / max(1, here)))
        schedule = _Spread(self.corpus.offsets, epochs, config.lr, config.seed)
        self.runner = UnitRunner(schedule, self.backend)


class _Spread(Schedule):
    """The units of a schedule, those of an epoch in an order of chance."""

    def unit(self, number: int) -> Unit | None:
        epoch, k = divmod(number, self.per_epoch)
        order = np.random.default_rng(epoch).permutation(self.per_epoch)
        return super().unit(epoch * self.per_epoch + int(order[k]))


def most_resident() -> int:
    """Most bytes of memory that this process has had, where the system says it."""
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
