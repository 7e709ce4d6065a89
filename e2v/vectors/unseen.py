"""Vectors for words that a model has never seen, made of character n-grams that it knows."""

from __future__ import annotations

from collections.abc import Callable

from e2v.corpus.text.ngrams import ngrams
from e2v.store import Artifact, Keys
from e2v.vectors.matrix import Floats, Matrix, Stored


class UnseenWords:
    """Makes the vector of a word the mean of its n-grams' vectors, as far as they are known.

    Bojanowski et al. 2017 (arXiv:1607.04606), sections 3.2 and 5.5: a word that was never seen lacks its own
    vector among its parts, and has the others.

    ngrams: G of them. vectors: float32[G, d]. lengths: the shortest and longest, in characters.
    transform: puts input vectors into the space that questions are asked in.
    """

    def __init__(
        self, keys: Keys, vectors: Floats, lengths: tuple[int, int], transform: Callable[[Matrix], Matrix]
    ) -> None:
        self._keys = keys
        self._vectors = vectors
        self._lengths = lengths
        self._transform = transform

    @classmethod
    def of(cls, model: Artifact, transform: Callable[[Matrix], Matrix]) -> UnseenWords | None:
        """Those of a model; None if it has no n-grams, or does not say how long they are.

        Raises:
            DamagedFileError: what it says of their lengths makes no sense.
        """
        lengths = model.made.inner("settings").ngram_lengths()
        if lengths is None or not model.has("ngrams"):
            return None
        return cls(model.keys_of("ngrams"), model.arrays["ngram_vectors"], lengths, transform)

    def vector(self, word: str) -> Floats | None:
        """float32[d]; None if none of the word's n-grams is known."""
        rows = [row for ngram in ngrams(word, *self._lengths) if (row := self._keys.find(ngram)) >= 0]
        if not rows:
            return None
        mean: Floats = self._vectors[rows].mean(axis=0, keepdims=True)
        transformed: Floats = self._transform(Stored(mean)).rows(slice(0, 1))[0]
        return transformed
