"""From lines of text to words with vectors, by the rules that the text of the model was read by."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from e2v.corpus.text.settings import joined_phrases, text_settings
from e2v.corpus.text.tokenizers import TOKENIZERS
from e2v.store import Keys
from e2v.store.provenance import Record
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats

#: The row of words that have no vector.
UNKNOWN = 0

_FIRST_ROWS = 1 << 12


class Cutter:
    """Cuts lines into words as the text was that a model is of: by its tokenizer, with its phrases joined.

    made: the provenance of the model. keys: its vocabulary.
    """

    def __init__(self, made: Record, keys: Keys) -> None:
        how = text_settings(made)
        self._tokenizer = TOKENIZERS[how.get("tokenizer", "whitespace")]()
        self._lowercase = bool(how.get("lowercase"))
        self._joiner, self._passes = joined_phrases(made)
        self._phrases = frozenset(key for key in keys if self._joiner in key) if self._passes else frozenset()

    def separate(self, block: bytes) -> bytes:
        """The words of lines with blanks between them, and the line feeds."""
        separated = self._tokenizer.separate(block)
        if not self._phrases:
            return separated
        text = separated.decode("utf-8", "surrogateescape")
        lines = (text.lower() if self._lowercase else text).split("\n")
        return "\n".join(map(self._with_phrases, lines)).encode("utf-8", "surrogateescape")

    def _with_phrases(self, line: str) -> str:
        """The line with neighbours joined that are a key together: from the left, once in each pass."""
        words = line.split(" ")
        for _ in range(self._passes):
            joined: list[str] = []
            follows = False
            for word, after in zip(words, [*words[1:], ""], strict=True):
                if follows:
                    follows = False
                    continue
                both = f"{word}{self._joiner}{after}"
                follows = both in self._phrases
                joined.append(both if follows else word)
            words = joined
        return " ".join(words)


class WordRows:
    """The weighted vectors of the words that have been met, each looked up once; threads may share them.

    rows: float32[at least as many as there are, d], of which the first is zeros: that of words without a
    vector. It is replaced when it grows, and what is in it stays as it is.

    weights: float32[n], of the keys; None: 1 for all. Words that are no keys have the weight 1, as words of
    no share have.
    """

    def __init__(self, vectors: KeyedVectors, weights: Floats | None) -> None:
        self._vectors = vectors
        self._weights = weights
        self._numbers: dict[bytes, int] = {}
        self._size = 1
        self._lock = threading.Lock()
        self.rows: Floats = np.zeros((_FIRST_ROWS, vectors.dim), np.float32)

    def numbers(self, words: Sequence[bytes]) -> list[int]:
        """The number of each word's row, `UNKNOWN` where it has no vector."""
        with self._lock:
            known = self._numbers
            if new := [word for word in dict.fromkeys(words) if word not in known]:
                self._add(new)
            return [known[word] for word in words]

    def _add(self, words: list[bytes]) -> None:
        """Look up words that have not been met."""
        found = [self._vectors.word(word.decode("utf-8", "surrogateescape")) for word in words]
        resolved = [key for key in found if key is not None]
        last = self._size + len(resolved)
        if last > len(self.rows):
            larger = np.zeros((max(last, 2 * len(self.rows)), self._vectors.dim), np.float32)
            larger[: self._size] = self.rows[: self._size]
            self.rows = larger
        if resolved:
            made = self._vectors.vectors_of(resolved)
            if self._weights is not None:
                numbers = np.array([key.row for key in resolved])
                made = made * np.where(numbers < 0, np.float32(1), self._weights[numbers])[:, np.newaxis]
            self.rows[self._size : last] = made
        numbered = iter(range(self._size, last))
        self._size = last
        self._numbers.update(
            (word, UNKNOWN if key is None else next(numbered)) for word, key in zip(words, found, strict=True)
        )
