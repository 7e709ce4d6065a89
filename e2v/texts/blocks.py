"""Many texts to vectors: lines in blocks, on threads, with the corpus' encoder and a kernel."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from e2v.corpus.text.lexicon import LINE_END, Lexicon
from e2v.kernels.linalg.sparse import WeightedCsr, sum_rows
from e2v.texts.embedder import TextEmbedder, TextVectors
from e2v.texts.lines import TextLines
from e2v.texts.words import UNKNOWN
from e2v.threads import in_order


class EmbeddedLines(NamedTuple):
    """Lines, and the vectors of their texts."""

    lines: TextLines
    made: TextVectors


def embed_blocks(
    blocks: Iterable[TextLines], embedder: TextEmbedder, threads: int
) -> Iterator[EmbeddedLines]:
    """The vectors of lines, block by block, in order."""
    free = deque(_Encoder(embedder) for _ in range(threads))

    def embed(lines: TextLines) -> EmbeddedLines:
        encoder = free.pop()
        try:
            return EmbeddedLines(lines, encoder.embed(lines.text))
        finally:
            free.append(encoder)

    return in_order(embed, blocks, threads)


class _Encoder:
    """What a thread encodes with: words are told apart by a lexicon of its own, and have rows in common."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._lexicon = Lexicon()
        self._numbers = np.empty(0, np.int32)  # of the rows of the lexicon's words

    def embed(self, text: bytes) -> TextVectors:
        """The vectors of lines, each of which ends."""
        embedder, lexicon = self._embedder, self._lexicon
        ids = lexicon.encode(embedder.cutter.separate(text))
        if new := list(lexicon.keys[len(self._numbers) :].all_bytes()):
            numbered = np.array(embedder.words.numbers(new), np.int32)
            self._numbers = np.concatenate((self._numbers, numbered))
        is_end = ids == LINE_END
        numbers = np.where(is_end, UNKNOWN, self._numbers[ids]) if len(self._numbers) else ids * 0
        known = numbers != UNKNOWN
        offsets = np.concatenate(([0], np.cumsum(known)[is_end]))
        sums = np.empty((len(offsets) - 1, embedder.dim), np.float32)
        once = WeightedCsr(offsets, numbers[known], np.ones(offsets[-1], np.float32))
        sum_rows(once, embedder.words.rows, sums, 0, len(sums))
        return embedder.finished(sums, np.diff(offsets))
