"""The hashed n-grams of fastText models: word vectors made of a word's row and those of its n-grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from e2v.vectors.matrix import Floats

_NGRAMS = 64  # of a word, for a start: most have fewer

#: Characters of an n-gram and bytes of a word, at most: their product is what a word takes, in numbers.
_LONGEST_NGRAM, _LONGEST_WORD = 100, 1 << 16


@dataclass(frozen=True)
class Buckets:
    """Rows of n-grams: table float32[b, d], of `n` buckets that n-grams of so many characters fall into."""

    table: Floats
    n: int
    shortest: int
    longest: int

    @classmethod
    def checked(
        cls, table: Floats, n: int, shortest: int, longest: int, words: list[bytes], dim: int
    ) -> Buckets:
        """Those of some words, whose vectors have `dim` numbers.

        Raises:
            ValueError: sizes do not go together, or are beyond all that words have.
        """
        if longest > 0 and n != len(table):
            raise ValueError(f"{n:,} buckets of n-grams, but {len(table):,} rows of them")
        if not 0 <= shortest <= longest + 1 or longest > _LONGEST_NGRAM:
            raise ValueError(f"n-grams of {shortest:,} to {longest:,} characters")
        if table.shape[1] != dim:
            raise ValueError(f"{table.shape[1]:,} numbers for n-grams, but {dim:,} for words")
        if longest > 0 and (size := max(map(len, words), default=0)) > _LONGEST_WORD:
            raise ValueError(f"a word of {size:,} bytes, too long for n-grams")
        return cls(table, max(n, 0), shortest, longest)

    def add_to(self, rows: Floats, words: list[bytes], without: bytes | None = None) -> None:
        """Make each row, float32[m, d], the mean of itself and the rows of the n-grams of its word.

        without: a word that has no n-grams.
        """
        from e2v.kernels.text.buckets import add_buckets, ngram_buckets

        if not self.n or self.longest < 1:
            return
        stops = np.cumsum([len(word) for word in words])
        starts = np.concatenate((np.zeros(1, np.int64), stops[:-1]))
        for i, word in enumerate(words):
            if word == without:
                stops[i] = starts[i] - 2  # not even what marks its ends
        text = np.frombuffer(b"".join(words), np.uint8)
        ends = np.empty(len(words), np.int64)
        found = np.empty(len(words) * _NGRAMS, np.int64)
        done = 0
        while done < len(words):
            part = slice(done, len(words))
            n = ngram_buckets(
                text, starts[part], stops[part], self.shortest, self.longest, self.n, ends, found
            )
            if n == 0:
                found = np.empty(2 * len(found), np.int64)
                continue
            add_buckets(rows[done : done + n], self.table, ends, found)
            done += n
