"""Texts to vectors: few texts with NumPy, which starts at once; `blocks` is for many."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice
from e2v.notices import notice
from e2v.store import Artifact
from e2v.texts.lines import texts_as_lines
from e2v.texts.settings import TextVectorSettings
from e2v.texts.weights import common_component, inverse_frequency, word_shares
from e2v.texts.words import UNKNOWN, Cutter, WordRows
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats

#: Words whose vectors are added up at a time: some 30 MB of them.
_WORDS_AT_ONCE = 1 << 16


class TextVectors(NamedTuple):
    """vectors: float32[n, d], of zeros for texts without a known word. known: int64[n], how many words of
    each have a vector."""

    vectors: Floats
    known: NDArray[np.int64]


class TextEmbedder:
    """Makes vectors of texts from those of words.

    artifact: the file of the words' vectors, which says how its text was cut into words. vectors: those of
    it that are used.
    """

    def __init__(self, artifact: Artifact, vectors: KeyedVectors, settings: TextVectorSettings) -> None:
        weights = component = None
        if settings.weights == "sif":
            counts = vectors.counts
            if counts is None:
                notice(
                    Advice(
                        "{} has no counts: its keys are taken to be most frequent first, by Zipf's law; "
                        "where they are not, {weights} mean has all words count the same",
                        artifact.path,
                    )
                )
            shares = word_shares(counts, len(vectors))
            weights = inverse_frequency(shares, settings.smoothing)
            if not settings.keep_common:
                component = common_component(vectors.matrix, weights, shares)
        self.dim = vectors.dim
        self.words = WordRows(vectors, weights)
        self.cutter = Cutter(artifact.made, vectors.keys)
        self._component = component

    def embed(self, texts: Sequence[str]) -> TextVectors:
        """The vectors of texts; what is of several lines is one text."""
        separated = b"".join(self.cutter.separate(block.text) for block in texts_as_lines(texts))
        lines = [line.split() for line in separated.split(b"\n")[:-1]]
        numbers = np.array(self.words.numbers(list(itertools.chain.from_iterable(lines))), np.int64)
        owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        known = numbers != UNKNOWN
        numbers, owners = numbers[known], owners[known]
        sums = np.zeros((len(lines), self.dim), np.float32)
        for first in range(0, len(numbers), _WORDS_AT_ONCE):
            part = owners[first : first + _WORDS_AT_ONCE]
            starts = np.flatnonzero(np.diff(part, prepend=-1))
            rows = self.words.rows[numbers[first : first + _WORDS_AT_ONCE]]
            sums[part[starts]] += np.add.reduceat(rows, starts, axis=0)
        return self.finished(sums, np.bincount(owners, minlength=len(lines)))

    def finished(self, sums: Floats, known: NDArray[np.int64]) -> TextVectors:
        """The vectors of texts, from the sums of their words' weighted vectors, which are overwritten."""
        sums /= np.maximum(known, 1).astype(np.float32)[:, np.newaxis]
        if (common := self._component) is not None:
            sums -= np.outer(sums @ common, common)
        return TextVectors(sums, known)
