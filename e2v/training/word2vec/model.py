"""The matrices of a model: made, checked, and written as an artifact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.text.ngrams import NgramDictionary
from e2v.errors import Advice, TrainingError
from e2v.kernels.sgd import allocate_rows
from e2v.store import Artifact, ArtifactWriter
from e2v.training.engine.checkpoint import saved_array
from e2v.training.word2vec.frozen import FrozenRows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.subwords import Parts, word_parts

#: Bytes of rows that are worked on at a time where all of a matrix are.
BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Model:
    """Input and output rows under training.

    inputs float32[R, stride], outputs float32[O, stride], stride a multiple of 16 and columns from `dim`
    on zero. O is V, or V - 1 inner nodes with hierarchical softmax. R is V, and an input row a word's
    vector, unless words are made of parts: then R is V own rows and a row for each n-gram.
    frozen: rows that are never written.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    dim: int
    parts: Parts | None = None
    frozen: FrozenRows = FrozenRows()


def matrix_rows(vocabulary: int, ngrams: int, config: Word2VecSettings) -> tuple[int, int]:
    """The rows of the inputs and of the outputs; ngrams: how many have a row."""
    return vocabulary + ngrams, vocabulary - (config.loss == "hierarchical-softmax")


def new_model(
    counts: NDArray[np.int64],
    config: Word2VecSettings,
    ngrams: NgramDictionary | None = None,
    frozen: FrozenRows = FrozenRows(),  # noqa: B008 - immutable
    own_weight: NDArray[np.float64] | None = None,
) -> Model:
    """Inputs uniform in ±0.5/dim, outputs zero (word2vec.c, InitNet), from the run's seed.

    own_weight: float64[V], in place of the settings' `word_weight`, one for each.
    """
    weight = config.word_weight if own_weight is None else own_weight
    parts = word_parts(ngrams, weight, counts, frozen) if ngrams else None
    n_inputs, n_outputs = matrix_rows(len(counts), len(ngrams.keys) if ngrams else 0, config)
    inputs = allocate_rows(n_inputs, config.dim)
    rng = np.random.default_rng(config.seed)
    for block in row_blocks(inputs):
        draws = rng.random((len(block), config.dim), dtype=np.float32)
        block[:, : config.dim] = (draws - np.float32(0.5)) / np.float32(config.dim)
    return Model(inputs, allocate_rows(n_outputs, config.dim), config.dim, parts, frozen)


def check_finite(model: Model) -> None:
    """Raise TrainingError if any value is nan or infinite."""
    for name, matrix in (("input", model.inputs), ("output", model.outputs)):
        for block in row_blocks(matrix):
            if not np.isfinite(np.abs(block).max()):
                raise TrainingError(
                    f"the {name} vectors have become nan or infinite", Advice("try a lower {lr}")
                )


def write_model(
    path: Path, corpus: Corpus, ngrams: NgramDictionary | None, model: Model, provenance: dict[str, Any]
) -> None:
    """Write a model artifact at `path`, replacing what is there only once it is complete."""
    check_finite(model)
    vocabulary = len(corpus.keys)
    with ArtifactWriter(path, "model", provenance) as writer:
        corpus.add_vocabulary(writer)
        _write_rows(writer, "input", model.dim, _word_blocks(model, vocabulary))
        outputs = (block[:, : model.dim] for block in row_blocks(model.outputs))
        _write_rows(writer, "output" if len(model.outputs) == vocabulary else "nodes", model.dim, outputs)
        if ngrams is not None:
            writer.add_keys("ngrams", ngrams.keys)
            rows = (block[:, : model.dim] for block in row_blocks(model.inputs[vocabulary:]))
            _write_rows(writer, "ngram_vectors", model.dim, rows)


def write_rows(writer: ArtifactWriter, model: Model) -> None:
    """Add the rows under training to a checkpoint; TrainingError if any value is nan or infinite."""
    check_finite(model)
    for name, matrix in _under_training(model):
        _write_rows(writer, name, model.dim, (block[:, : model.dim] for block in row_blocks(matrix)))


def read_rows(saved: Artifact, model: Model) -> None:
    """Take them from a checkpoint; InputError if there are others."""
    for name, matrix in _under_training(model):
        matrix[:, : model.dim] = saved_array(saved, name, (len(matrix), model.dim))


def _under_training(model: Model) -> tuple[tuple[str, NDArray[np.float32]], ...]:
    return ("rows", model.inputs), ("output", model.outputs)


def _write_rows(writer: ArtifactWriter, name: str, dim: int, blocks: Iterable[NDArray[np.float32]]) -> None:
    stream = writer.stream(name, np.float32, (dim,))
    for block in blocks:
        stream.write(block)


def _word_blocks(model: Model, vocabulary: int) -> Iterator[NDArray[np.float32]]:
    """The words' input vectors, block by block."""
    if model.parts is None:
        yield from (block[:, : model.dim] for block in row_blocks(model.inputs[:vocabulary]))
        return
    # A word's parts are some 20 rows, which are gathered: as many words at a time as make a block of them.
    rows = max(1, BLOCK_BYTES // (4 * model.inputs.shape[1]))
    step = max(1, rows * vocabulary // len(model.parts.rows))
    for first in range(0, vocabulary, step):
        last = min(first + step, vocabulary)
        yield model.parts.compose(model.inputs, first, last)[:, : model.dim]


def row_blocks(matrix: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The matrix in views of some 16 MB, so that what is made of a block stays small."""
    step = max(1, BLOCK_BYTES // max(1, matrix.shape[1] * 4))
    for start in range(0, len(matrix), step):
        yield matrix[start : start + step]
