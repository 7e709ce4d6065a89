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
from e2v.kernels.sgd import MAX_NODE_REPLICAS, allocate_rows, copy_rows, replica_rows
from e2v.store import ArtifactWriter
from e2v.training.word2vec.frozen import FrozenRows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.subwords import Parts, word_parts

_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Model:
    """Input and output rows under training.

    inputs float32[R, stride], outputs float32[O, stride], stride a multiple of 16 and columns from `dim`
    on zero. O is V, or V - 1 inner nodes with hierarchical softmax. R is V, and an input row a word's
    vector, unless words are made of parts: then R is V own rows and a row for each n-gram.
    all_inputs, all_outputs: these, and after them the rows that the kernels need for replicas.
    frozen: rows that are never written.
    """

    all_inputs: NDArray[np.float32]
    n_inputs: int
    all_outputs: NDArray[np.float32]
    n_outputs: int
    dim: int
    parts: Parts | None = None
    frozen: FrozenRows = FrozenRows()

    @property
    def inputs(self) -> NDArray[np.float32]:
        """The input rows, without the replicas."""
        return self.all_inputs[: self.n_inputs]

    @property
    def outputs(self) -> NDArray[np.float32]:
        """The output rows, without the replicas."""
        return self.all_outputs[: self.n_outputs]


def new_model(
    counts: NDArray[np.int64],
    config: Word2VecSettings,
    ngrams: NgramDictionary | None = None,
    frozen: FrozenRows = FrozenRows(),  # noqa: B008 - immutable
) -> Model:
    """Inputs uniform in ±0.5/dim, outputs zero (word2vec.c, InitNet), from the run's seed."""
    vocabulary = len(counts)
    parts = word_parts(ngrams, config.word_weight, counts, frozen) if ngrams else None
    n_inputs = vocabulary + (len(ngrams.keys) if ngrams else 0)
    replicas = replica_rows(len(parts.replicated), config.threads) if parts else 0
    inputs = allocate_rows(n_inputs + replicas, config.dim)
    rng = np.random.default_rng(config.seed)
    for block in row_blocks(inputs[:n_inputs]):
        draws = rng.random((len(block), config.dim), dtype=np.float32)
        block[:, : config.dim] = (draws - np.float32(0.5)) / np.float32(config.dim)
    if config.loss == "hierarchical-softmax":
        n_outputs = vocabulary - 1
        replicas = replica_rows(min(MAX_NODE_REPLICAS, n_outputs), config.threads)
    else:
        n_outputs = vocabulary
        replicas = copy_rows(config.negative + config.noise_group, config.threads) if frozen.words else 0
    outputs = allocate_rows(n_outputs + replicas, config.dim)
    return Model(inputs, n_inputs, outputs, n_outputs, config.dim, parts, frozen)


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


def _write_rows(writer: ArtifactWriter, name: str, dim: int, blocks: Iterable[NDArray[np.float32]]) -> None:
    stream = writer.stream(name, np.float32, (dim,))
    for block in blocks:
        stream.write(block)


def _word_blocks(model: Model, vocabulary: int) -> Iterator[NDArray[np.float32]]:
    """The words' input vectors, block by block."""
    first = 0
    for block in row_blocks(model.inputs[:vocabulary]):
        last = first + len(block)
        rows = block if model.parts is None else model.parts.compose(model.inputs, first, last)
        yield rows[:, : model.dim]
        first = last


def row_blocks(matrix: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The matrix in views of some 16 MB, so that what is made of a block stays small."""
    step = max(1, _BLOCK_BYTES // max(1, matrix.shape[1] * 4))
    for start in range(0, len(matrix), step):
        yield matrix[start : start + step]
