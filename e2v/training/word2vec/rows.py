"""The matrices of a model under training, as workers of a cluster exchange them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from e2v.training.engine.cluster.replica import Rows
from e2v.training.word2vec.model import Model
from e2v.training.word2vec.ngram_rows import NgramRows

#: Rows of a matrix that are exchanged more often than the others: those that are trained most.
_HOTTEST = 1024


class WordRows:
    """Inputs or outputs, float32[n, stride]. See `e2v.training.engine.cluster.replica.Rows`."""

    def __init__(self, matrix: NDArray[np.float32], dim: int, hottest: NDArray[np.int64]) -> None:
        self._matrix = matrix
        self.dim = dim
        self.hottest = hottest

    def __len__(self) -> int:
        return len(self._matrix)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of them, float32[n, stride]."""
        return self._matrix.take(rows, 0)

    def put(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set some of them to float32[n, stride]."""
        self._matrix[rows] = vectors

    def copy(self) -> WordRows:
        """The same in memory of its own."""
        return WordRows(self._matrix.copy(), self.dim, self.hottest)


class PartRows:
    """Rows of n-grams, likewise."""

    def __init__(self, rows: NgramRows, hottest: NDArray[np.int64]) -> None:
        self._rows = rows
        self.dim = rows.dim
        self.hottest = hottest

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of them, float32[n, dim]."""
        return self._rows.take(rows)

    def put(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set some of them to float32[n, dim]."""
        self._rows.put(rows, vectors)

    def copy(self) -> PartRows:
        """The same in memory of its own."""
        rows = self._rows
        return PartRows(replace(rows, kept=rows.kept.copy(), trained=rows.trained.copy()), self.hottest)


def trained_rows(model: Model) -> list[Rows]:
    """The inputs, the outputs, and the rows of n-grams, where there are any.

    Words are in the order of their counts, and a Huffman tree's root is its last node.
    """
    words, outputs = len(model.inputs), len(model.outputs)
    hottest = np.arange(outputs)[:_HOTTEST] if outputs == words else np.arange(outputs)[::-1][:_HOTTEST]
    rows: list[Rows] = [
        WordRows(model.inputs, model.dim, np.arange(words)[:_HOTTEST]),
        WordRows(model.outputs, model.dim, hottest),
    ]
    if model.parts is not None and model.ngrams is not None:
        rows.append(PartRows(model.ngrams, model.parts.replicated))
    return rows
