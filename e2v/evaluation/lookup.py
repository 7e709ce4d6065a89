"""Finding the words of a test set in a vocabulary, by default without regard to case."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.store import Keys


class Lookup:
    """Rows by word.

    Test sets write Athens where a lower-cased corpus has athens, so case is ignored unless `match_case`
    is set: two words are the same if Unicode folds them alike, and of several such keys the first, which
    is the most frequent, stands for all. (gensim compares upper-cased words to the same effect.)

    Attributes:
        first: int64[n], for each row the row that stands for it; its own where case matters.
    """

    def __init__(self, keys: Keys, *, match_case: bool = False) -> None:
        self._match_case = match_case
        self._rows: dict[str, int] = {}
        self.first: NDArray[np.int64] = np.fromiter(
            (self._rows.setdefault(self.form(key), row) for row, key in enumerate(keys)), np.int64, len(keys)
        )

    def row(self, word: str) -> int:
        """The row of a word, or -1."""
        return self._rows.get(self.form(word), -1)

    def form(self, word: str) -> str:
        """What words that are the same have in common."""
        return word if self._match_case else word.casefold()
