"""Whether a run fits into this machine, known before anything is allocated."""

from __future__ import annotations

import os

from e2v.corpus.artifact import Corpus
from e2v.errors import Advice, TrainingError
from e2v.kernels.sgd import padded
from e2v.training.word2vec.model import matrix_rows
from e2v.training.word2vec.settings import Word2VecSettings

_FLOAT = 4  # bytes


def matrix_bytes(keys: int, ngrams: int, config: Word2VecSettings) -> int:
    """Of both matrices with their replicas; ngrams: how many have a row."""
    row: int = _FLOAT * padded(config.dim)
    return row * sum(map(sum, matrix_rows(keys, ngrams, config)))


def window_bytes(longest: int, config: Word2VecSettings) -> int:
    """Of the vectors that the threads work on, three of each; longest: items of the largest set."""
    in_reach = 2 * config.window + config.noise_group
    if config.context == "set":
        in_reach = min(longest, config.set_sample + 1) if config.set_sample else longest
    row: int = _FLOAT * padded(config.dim)
    return row * 3 * config.threads * in_reach


def check_memory(corpus: Corpus, ngrams: int, config: Word2VecSettings) -> None:
    """TrainingError where the matrices and the threads' windows alone exceed the machine's memory.

    ngrams: how many have a row of their own.
    """
    longest = int((corpus.offsets[1:] - corpus.offsets[:-1]).max(initial=0))
    needed = matrix_bytes(len(corpus.keys), ngrams, config) + window_bytes(longest, config)
    available = machine_memory()
    if available is not None and needed > available:
        raise TrainingError(
            f"{corpus.name}: {len(corpus.keys):,} keys by {config.dim:,} numbers would take "
            f"{_gigabytes(needed)} of memory, and this machine has {_gigabytes(available)}",
            Advice(
                "use a smaller {dim} or fewer {threads}, or leave out rare keys: {min_count}, {max_vocab}"
            ),
        )


def machine_memory() -> int | None:
    """The machine's memory in bytes, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
