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
from e2v.training.word2vec.ngram_rows import NgramRows


@dataclass(frozen=True, slots=True)
class Parts:
    """Word w is own[w] * its row + shared[w] * the sum of the rows of ngrams[offsets[w] : offsets[w + 1]].

    offsets int64[V + 1], ngrams int32[Q], own and shared float32[V]; a word's weights sum to 1.
    replicated int64[K]: the n-grams that are used most, of whose rows threads have replicas.
    """

    offsets: NDArray[np.int64]
    ngrams: NDArray[np.int32]
    own: NDArray[np.float32]
    shared: NDArray[np.float32]
    replicated: NDArray[np.int64]

    def compose(
        self, own_rows: NDArray[np.float32], ngram_rows: NgramRows, first: int, last: int
    ) -> NDArray[np.float32]:
        """Vectors float32[last - first, d] of words first..last; own_rows float32[V, d or more]."""
        begins = self.offsets[first:last] - self.offsets[first]
        taken = ngram_rows.take(self.ngrams[self.offsets[first] : self.offsets[last]])
        vectors = own_rows[first:last, : ngram_rows.dim] * self.own[first:last, None]
        some = np.diff(self.offsets[first : last + 1]) > 0
        if some.any():
            sums = np.add.reduceat(taken, begins[some])
            vectors[some] += sums * self.shared[first:last, None][some]
        return vectors

    def decompose(
        self,
        own_rows: NDArray[np.float32],
        ngram_rows: NgramRows,
        words: NDArray[np.int64],
        vectors: NDArray[np.float32],
    ) -> None:
        """Set own rows so that `words` compose to `vectors` float32[n, d].

        A word whose own weight is 0 is what its n-grams make it, and stays so.
        """
        dim = ngram_rows.dim
        alone = np.diff(self.offsets)[words] == 0
        own_rows[words[alone], :dim] = vectors[alone]
        for word, vector in zip(words[~alone], vectors[~alone], strict=True):
            if self.own[word] > 0:
                composed = self.compose(own_rows, ngram_rows, word, word + 1)[0]
                own_rows[word, :dim] += (vector - composed) / self.own[word]


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
    sizes = np.diff(ngrams.offsets)
    own = np.where(sizes > 0, word_weight, 1)
    shared = 1 / (own + sizes)
    # Roughly how often a row is trained: with subsampling a word counts with about the root of its count.
    uses = np.bincount(ngrams.rows, np.repeat(np.sqrt(counts), sizes), len(ngrams.keys))
    used = np.argsort(-uses, kind="stable")
    replicated = used[used >= frozen.ngrams][:MAX_PART_REPLICAS]
    weights = (own * shared).astype(np.float32), shared.astype(np.float32)
    return Parts(ngrams.offsets, ngrams.rows, *weights, replicated)
