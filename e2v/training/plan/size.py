"""How large a run is: the numbers that its memory, disk and time follow from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TextSize:
    """A text that is encoded first.

    bytes: of it, decompressed. words, lines: in it. types: different words, left out ones too; type_bytes: of
    these.
    """

    bytes: int
    words: int
    lines: int
    types: int
    type_bytes: int


@dataclass(frozen=True, kw_only=True)
class RunSize:
    """What is trained on, and what is trained.

    words: of an epoch. sentences, and words in the longest. keys, key_bytes: the vocabulary, and the bytes of
    all its keys; title_bytes: of their titles, None without. corpus_bytes: of the file. ngrams, ngram_bytes:
    those of which there are rows, with subwords; parts: rows that make up the words, together.
    start_bytes: of a model that is started from. text: None if it is a corpus already.
    """

    words: int
    sentences: int
    longest: int
    keys: int
    key_bytes: int
    corpus_bytes: int
    title_bytes: int | None = None
    ngrams: int = 0
    ngram_bytes: int = 0
    parts: int = 0
    start_bytes: int = 0
    text: TextSize | None = None


@dataclass(frozen=True)
class Outlook:
    """A run that is about to begin: its vocabulary, and bytes of memory at the peak and of the model."""

    keys: int
    dim: int
    memory: int
    model: int
