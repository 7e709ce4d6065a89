"""Whether a run fits into this machine, known before anything is allocated."""

from __future__ import annotations

from e2v.corpus.artifact import Corpus
from e2v.errors import Advice, TrainingError
from e2v.kernels.sgd import MAX_NODE_REPLICAS, MAX_PART_REPLICAS, padded, words_in_row
from e2v.training.memory import machine_memory, shown_bytes
from e2v.training.word2vec.model import matrix_rows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.softmax import BATCH

_FLOAT = 4  # bytes


def matrix_bytes(keys: int, ngrams: int, config: Word2VecSettings) -> int:
    """Of both matrices; ngrams: how many have a row."""
    row: int = _FLOAT * padded(config.dim)
    return row * sum(matrix_rows(keys, 0, config)) + _ngram_row(config) * ngrams


def _ngram_row(config: Word2VecSettings) -> int:
    row: int = _FLOAT * words_in_row(config.dim)
    return row


def thread_bytes(keys: int, ngrams: int, longest: int, config: Word2VecSettings) -> int:
    """Of what the threads work on: three vectors of each word in reach, two of each replica, two sentences;
    of the exact softmax a batch's logits, their exponentials and the step, and the change of the outputs.

    ngrams: how many have a row; longest: words of the longest sentence, or items of the largest set.
    """
    if config.loss == "softmax":
        return config.threads * _FLOAT * keys * (3 * BATCH + config.dim)
    in_reach = 2 * config.window + config.noise_group
    if config.context == "set":
        in_reach = min(longest, config.set_sample + 1) if config.set_sample else longest
    _, outputs = matrix_rows(keys, ngrams, config)
    nodes = min(MAX_NODE_REPLICAS, outputs) if config.loss == "hierarchical-softmax" else 0
    row: int = _FLOAT * padded(config.dim)
    replicas = 2 * (row * nodes + _ngram_row(config) * min(MAX_PART_REPLICAS, ngrams))
    return config.threads * (row * 3 * in_reach + replicas + 2 * _FLOAT * longest)


def check_memory(corpus: Corpus, ngrams: int, config: Word2VecSettings) -> None:
    """TrainingError where the matrices and what the threads work on alone exceed the machine's memory.

    ngrams: how many have a row of their own.
    """
    keys = len(corpus.keys)
    needed = matrix_bytes(keys, ngrams, config) + thread_bytes(keys, ngrams, corpus.longest, config)
    available = machine_memory()
    if available is not None and needed > available:
        raise TrainingError(
            f"{corpus.name}: {keys:,} keys by {config.dim:,} numbers would take "
            f"{shown_bytes(needed)} of memory, and this machine has {shown_bytes(available)}",
            Advice(
                "use a smaller {dim} or fewer {threads}, or leave out rare keys: {min_count}, {max_vocab}"
            ),
        )
