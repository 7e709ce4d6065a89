"""The matrices of a model: made, checked, and written as an artifact."""

from __future__ import annotations

import itertools
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
from e2v.threads import parallel_map
from e2v.training.engine.checkpoint import saved_array
from e2v.training.word2vec.frozen import FrozenRows
from e2v.training.word2vec.ngram_rows import NgramRows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.subwords import Parts, word_parts

#: Bytes of rows that are worked on at a time where all of a matrix are.
BLOCK_BYTES = 1 << 24
#: Numbers that are drawn at a time.
_DRAWN = 1 << 20


@dataclass(frozen=True, slots=True)
class Model:
    """Input and output rows under training.

    inputs float32[V, stride], outputs float32[O, stride], stride a multiple of 16 and columns from `dim`
    on zero. O is V, or V - 1 inner nodes with hierarchical softmax. An input row is a word's vector, unless
    words are made of parts: then it is the word's own row, beside those of the n-grams.
    frozen: rows that are never written.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    dim: int
    parts: Parts | None = None
    ngrams: NgramRows | None = None
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
    words, dim = len(counts), config.dim
    weight = config.word_weight if own_weight is None else own_weight
    parts = word_parts(ngrams, weight, counts, frozen) if ngrams else None
    n_ngrams = len(ngrams.keys) if ngrams else 0
    n_inputs, n_outputs = matrix_rows(words, n_ngrams, config)
    with parallel_map(config.threads) as parallel:
        inputs, outputs = (allocate_rows(n, dim, parallel) for n in (words, n_outputs))
        rows = NgramRows.zeros(frozen.ngrams, n_ngrams - frozen.ngrams, dim, parallel) if ngrams else None

        def draw(first: int, last: int) -> None:
            drawn = _initial_rows(first, last, dim, config.seed)
            if first < words:
                inputs[first:last, :dim] = drawn
            elif rows is not None:
                rows.put(np.arange(first - words, last - words), drawn)

        step = max(1, _DRAWN // dim)
        bounds = [*range(0, words, step), *range(words, n_inputs, step), n_inputs]
        for _ in parallel(lambda pair: draw(*pair), itertools.pairwise(bounds)):
            pass
    return Model(inputs, outputs, dim, parts, rows, frozen)


def _initial_rows(first: int, last: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Rows first..last, float32[last - first, dim], of what is one sequence of draws, wherever it is cut."""
    bits = np.random.PCG64(seed)
    bits.advance(first * dim // 2)  # which has 64 bits a draw, of which a float32 takes half
    rng = np.random.Generator(bits)
    if first * dim % 2:
        rng.random(dtype=np.float32)
    rows = rng.random((last - first, dim), dtype=np.float32)
    rows -= np.float32(0.5)
    rows /= np.float32(dim)
    return rows


def check_finite(model: Model) -> None:
    """Raise TrainingError if any value is nan or infinite."""
    inputs = itertools.chain(row_blocks(model.inputs), _ngram_blocks(model))
    for name, blocks in (("input", inputs), ("output", row_blocks(model.outputs))):
        for block in blocks:
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
        outputs = _numbers(model, row_blocks(model.outputs))
        _write_rows(writer, "output" if len(model.outputs) == vocabulary else "nodes", model.dim, outputs)
        if ngrams is not None:
            writer.add_keys("ngrams", ngrams.keys)
            _write_rows(writer, "ngram_vectors", model.dim, _ngram_blocks(model))


def write_rows(writer: ArtifactWriter, model: Model) -> None:
    """Add the rows under training to a checkpoint; TrainingError if any value is nan or infinite."""
    check_finite(model)
    inputs, outputs = (_numbers(model, row_blocks(matrix)) for matrix in (model.inputs, model.outputs))
    _write_rows(writer, "rows", model.dim, itertools.chain(inputs, _ngram_blocks(model)))
    _write_rows(writer, "output", model.dim, outputs)


def read_rows(saved: Artifact, model: Model) -> None:
    """Take them from a checkpoint; InputError if there are others."""
    words, ngrams = len(model.inputs), 0 if model.ngrams is None else len(model.ngrams)
    rows = saved_array(saved, "rows", (words + ngrams, model.dim))
    model.inputs[:, : model.dim] = rows[:words]
    if model.ngrams is not None:
        step = _block_rows(model.dim)
        for first in range(0, ngrams, step):
            last = min(first + step, ngrams)
            model.ngrams.put(np.arange(first, last), rows[words + first : words + last])
    model.outputs[:, : model.dim] = saved_array(saved, "output", (len(model.outputs), model.dim))


def _write_rows(writer: ArtifactWriter, name: str, dim: int, blocks: Iterable[NDArray[np.float32]]) -> None:
    stream = writer.stream(name, np.float32, (dim,))
    for block in blocks:
        stream.write(block)


def _word_blocks(model: Model, vocabulary: int) -> Iterator[NDArray[np.float32]]:
    """The words' input vectors, block by block."""
    if model.parts is None or model.ngrams is None:
        yield from _numbers(model, row_blocks(model.inputs))
        return
    # A word's parts are some 20 rows, which are gathered: as many words at a time as make a block of them.
    step = max(1, _block_rows(model.inputs.shape[1]) * vocabulary // (vocabulary + len(model.parts.ngrams)))
    for first in range(0, vocabulary, step):
        yield model.parts.compose(model.inputs, model.ngrams, first, min(first + step, vocabulary))


def _ngram_blocks(model: Model) -> Iterator[NDArray[np.float32]]:
    """The rows of the n-grams, block by block."""
    return iter(()) if model.ngrams is None else model.ngrams.blocks(_block_rows(model.dim))


def _numbers(model: Model, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Blocks of rows without their padding."""
    return (block[:, : model.dim] for block in blocks)


def row_blocks(matrix: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The matrix in views of some 16 MB, so that what is made of a block stays small."""
    step = _block_rows(matrix.shape[1])
    for start in range(0, len(matrix), step):
        yield matrix[start : start + step]


def _block_rows(length: int) -> int:
    """How many rows of so many numbers are a block."""
    return max(1, BLOCK_BYTES // (4 * length))
