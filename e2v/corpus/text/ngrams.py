"""Character n-grams of words: the parts that words share (Bojanowski et al. 2017, arXiv:1607.04606).

The dictionary is exact. fastText hashes n-grams into buckets, where unrelated ones collide; most
n-grams occur in one word only, though, and teach nothing that the word's own row does not. Keeping
those found in at least two words needs no hashing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.store import Keys

#: An n-gram of one word only is that word's own row under another name.
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class NgramDictionary:
    """The n-grams of a vocabulary: `keys`, and each word's n-grams as rows of `keys`.

    offsets int64[V + 1], rows int32[...]: word w has the n-grams rows[offsets[w]:offsets[w + 1]].
    """

    keys: Keys
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]


def ngrams(word: str, shortest: int, longest: int) -> list[str]:
    """The different n-grams of `<word>`, in order of first appearance, shorter ones first.

    Characters are Unicode code points; the brackets mark where the word begins and ends.
    """
    marked = f"<{word}>"
    return list(
        dict.fromkeys(
            marked[start : start + n]
            for n in range(shortest, longest + 1)
            for start in range(len(marked) - n + 1)
        )
    )


def build_ngrams(
    words: Iterable[str], shortest: int, longest: int, most: int | None = None
) -> NgramDictionary:
    """The n-grams of shortest..longest characters found in at least two words.

    Ordered by the number of words that have them, then as strings; `most` keeps so many of the first.
    """
    words = list(words)
    found = Counter[str]()
    for word in words:
        found.update(ngrams(word, shortest, longest))
    shared = [gram for gram, count in found.items() if count >= _LEAST_WORDS]
    shared.sort(key=lambda gram: (-found[gram], gram))
    shared = shared[:most]
    row_of = {gram: row for row, gram in enumerate(shared)}
    rows: list[int] = []
    offsets = [0]
    for word in words:
        rows.extend(row_of[gram] for gram in ngrams(word, shortest, longest) if gram in row_of)
        offsets.append(len(rows))
    return NgramDictionary(Keys.from_strings(shared), np.array(offsets), np.array(rows, np.int32))
