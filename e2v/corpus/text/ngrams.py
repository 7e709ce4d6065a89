"""Character n-grams of words: the parts that words share (Bojanowski et al. 2017, arXiv:1607.04606).

The dictionary is exact. fastText hashes n-grams into buckets, where unrelated ones collide; most
n-grams occur in one word only, though, and teach nothing that the word's own row does not. Keeping
those found in at least two words needs no hashing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.vocabulary import order_rows
from e2v.inputs.values import Column, padded
from e2v.store import Keys

if TYPE_CHECKING:
    from e2v.corpus.text.lexicon import Lexicon

#: An n-gram of one word only is that word's own row under another name.
_LEAST_WORDS = 2
#: Words whose n-grams are counted together.
_WORDS_AT_ONCE = 1 << 14
#: The last code points that take one byte in UTF-8, two, and three.
_LAST_OF_WIDTH = (0x7F, 0x7FF, 0xFFFF)


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

    Ordered by the number of words that have them, then by their bytes; `most` keeps so many of the first.
    """
    from e2v.corpus.text.lexicon import Lexicon  # imports numba

    lexicon, words = Lexicon(), list(words)
    pieces, sizes = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    for first in range(0, len(words), _WORDS_AT_ONCE):
        of_words, numbers = _numbered(words[first : first + _WORDS_AT_ONCE], shortest, longest, lexicon)
        pieces.append(numbers)
        sizes.append(np.bincount(of_words, minlength=len(words[first : first + _WORDS_AT_ONCE])))
    numbers, keys = np.concatenate(pieces), lexicon.keys
    found = np.bincount(numbers, minlength=len(lexicon))
    shared = order_rows(keys, found, np.flatnonzero(found >= _LEAST_WORDS))[:most]
    row_of = np.full(len(lexicon), -1, np.int32)
    row_of[shared] = np.arange(len(shared))
    rows = row_of[numbers]
    before = np.concatenate([[0], np.cumsum(rows >= 0)])
    return NgramDictionary(keys.take(shared), before[np.cumsum(np.concatenate(sizes))], rows[rows >= 0])


def _numbered(
    words: list[str], shortest: int, longest: int, lexicon: Lexicon
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The number of the word and, in the lexicon, of the n-gram: of each different n-gram of each word, word
    by word and in the order of `ngrams`.
    """
    marked = [f"<{word}>" for word in words]
    lengths = np.array([len(word) for word in marked], np.int64)
    text = padded("".join(marked).encode("utf-8", "surrogateescape"))
    bounds = _bounds(marked)
    word_of = np.repeat(np.arange(len(words)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(word_of))  # characters to the word's end
    begins = [np.flatnonzero(left >= n) for n in range(shortest, longest + 1)]
    ends = [begin + n for begin, n in zip(begins, range(shortest, longest + 1), strict=True)]
    begin, end = np.concatenate(begins), np.concatenate(ends)
    numbers = lexicon.number(Column(text, bounds[begin], bounds[end]))
    owner = word_of[begin]
    pairs = owner << 32 | numbers
    _, first = np.unique(pairs, return_index=True)
    first.sort()
    first = first[np.argsort(owner[first], kind="stable")]
    return owner[first], numbers[first]


def _bounds(words: list[str]) -> NDArray[np.int64]:
    """int64[n + 1]: the byte where each of n characters begins, and where the last ends."""
    letters = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    widths = 1 + np.sum([letters > last for last in _LAST_OF_WIDTH], axis=0)
    widths[(letters >= 0xDC80) & (letters <= 0xDCFF)] = 1  # a byte that is no UTF-8
    return np.concatenate([[0], np.cumsum(widths)])
