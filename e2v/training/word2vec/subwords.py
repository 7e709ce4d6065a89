"""Input vectors made of parts: a word's own row and those of its character n-grams, or an item's attributes.

Bojanowski et al. 2017 (arXiv:1607.04606), section 3.2, sum the parts; here they are averaged, as fastText's
code does, so that a long word does not start with a longer vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.text.ngrams import NgramDictionary
from e2v.kernels.sgd import MAX_PART_REPLICAS
from e2v.training.word2vec.frozen import FrozenRows


@dataclass(frozen=True, slots=True)
class Parts:
    """Word w is the sum of weights[k] * row[rows[k]] for k in offsets[w]:offsets[w + 1].

    offsets int64[V + 1], rows int32[Q], weights float32[Q], each word's weights summing to 1. Rows below
    V are the words' own, row V + g is that of n-gram g.
    replicated int64[K]: the rows that are used most, of which threads have replicas.
    trained int64[V]: so many of a word's parts are trained, the first of them.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    replicated: NDArray[np.int64]
    trained: NDArray[np.int64]

    def compose(self, matrix: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
        """Vectors float32[last - first, d] of words first..last from the rows of matrix float32[R, d]."""
        k = slice(self.offsets[first], self.offsets[last])
        weighted = matrix[self.rows[k]] * self.weights[k, None]
        return np.add.reduceat(weighted, self.offsets[first:last] - k.start)

    def decompose(
        self, matrix: NDArray[np.float32], words: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> None:
        """Set the own rows in matrix float32[R, d] so that `words` compose to `vectors` float32[n, d].

        A word whose own weight is 0 is what its n-grams make it, and stays so.
        """
        alone = np.diff(self.offsets)[words] == 1
        matrix[words[alone]] = vectors[alone]
        words, vectors = words[~alone], vectors[~alone]
        own = self.offsets[words]
        for word, k, vector in zip(words, own, vectors, strict=True):
            if self.weights[k] > 0:
                composed = self.compose(matrix, word, word + 1)[0]
                matrix[word] += (vector - composed) / self.weights[k]


def word_parts(
    ngrams: NgramDictionary,
    word_weight: float | NDArray[np.float64],
    counts: NDArray[np.int64],
    frozen: FrozenRows = FrozenRows(),  # noqa: B008 - immutable
) -> Parts:
    """Each word's own row with weight `word_weight`, of all or of each, against 1 for each of its n-grams.

    A word without n-grams is its own row, whatever the weight. counts int64[V]: of the words. frozen: rows
    that stay, where the n-grams are those of `frozen_ngrams`.
    """
    words = len(ngrams.offsets) - 1
    sizes = np.diff(ngrams.offsets)
    offsets = ngrams.offsets + np.arange(words + 1)
    rows = np.empty(offsets[-1], np.int32)
    own = offsets[:-1]
    rows[own] = np.arange(words)
    others = np.ones(len(rows), bool)
    others[own] = False
    rows[others] = words + ngrams.rows
    own_weights = np.where(sizes > 0, word_weight, 1)
    weights = np.repeat(1 / (own_weights + sizes), sizes + 1)
    weights[own] *= own_weights
    # Roughly how often a row is trained: with subsampling a word counts with about the root of its count.
    uses = np.bincount(rows, np.repeat(np.sqrt(counts), sizes + 1))
    stays = np.zeros(words + len(ngrams.keys), bool)
    stays[: frozen.words] = stays[words : words + frozen.ngrams] = True
    used = np.argsort(-uses, kind="stable")
    replicated = used[~stays[used]][:MAX_PART_REPLICAS]
    trained = np.add.reduceat(~stays[rows], own, dtype=np.int64)
    return Parts(offsets, rows, weights.astype(np.float32), replicated, trained)
