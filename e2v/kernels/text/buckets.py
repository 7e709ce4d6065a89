"""fastText's character n-grams: hashed into buckets, and averaged into the vectors of words.

As Dictionary::computeSubwords, Dictionary::hash and FastText::getWordVector do it (fastText, dictionary.cc
and fasttext.cc), bit for bit.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

_OPEN, _CLOSE = np.uint8(ord("<")), np.uint8(ord(">"))
_FNV_OFFSET, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_CONTINUES = (np.uint8(0xC0), np.uint8(0x80))  # mask and value of bytes within a UTF-8 character


@helper
def _byte(text, start, stop, position):
    """A byte of `<word>`, where the word is text[start:stop]."""
    if position == 0:
        return _OPEN
    if position > stop - start:
        return _CLOSE
    return text[start + position - 1]


@helper
def _continues(text, start, stop, position):
    return _byte(text, start, stop, position) & _CONTINUES[0] == _CONTINUES[1]


@kernel
def ngram_buckets(text, starts, stops, shortest, longest, n_buckets, ends, buckets):
    """Fill `buckets` with those of the n-grams of the words text[starts[i]:stops[i]], word after word.

    ends: int64[n], filled with where each word's buckets end. buckets: int64[...].
    Returns how many words are done: fewer than n if `buckets` is full.
    """
    count = 0
    for word in range(starts.shape[0]):
        start, stop = starts[word], stops[word]
        size = stop - start + 2
        for first in range(size):
            if _continues(text, start, stop, first):
                continue
            value = _FNV_OFFSET
            position, length = first, 1
            while position < size and length <= longest:
                while True:  # one character
                    byte = np.uint32(np.int32(np.int8(_byte(text, start, stop, position))))
                    value = np.uint32((value ^ byte) * _FNV_PRIME)
                    position += 1
                    if position >= size or not _continues(text, start, stop, position):
                        break
                if length >= shortest and not (length == 1 and (first == 0 or position == size)):
                    if count == buckets.shape[0]:
                        return word
                    buckets[count] = value % np.uint32(n_buckets)
                    count += 1
                length += 1
        ends[word] = count
    return starts.shape[0]


@kernel
def add_buckets(rows, table, ends, buckets):
    """Make each of rows: float32[n, d] the mean of itself and of table: float32[B, d] in its buckets."""
    first = 0
    for word in range(rows.shape[0]):
        for k in range(first, ends[word]):
            for i in range(rows.shape[1]):
                rows[word, i] += table[buckets[k], i]
        scale = np.float32(1.0 / (1 + ends[word] - first))
        for i in range(rows.shape[1]):
            rows[word, i] *= scale
        first = ends[word]
