"""Words made of parts: a row of their own, and the rows of their n-grams, which they share with others.

A word is own * its row + shared * the sum of its n-grams' rows. N-grams are most of what such a training
reads and writes, and memory is what it waits for: their rows are of bfloat16 (`bfloat16`), rounded at random
when they are changed. Of what is less than half of the last bit rounding to the nearest would learn nothing,
and random rounding learns all of it in the mean (Gupta et al., "Deep learning with limited numerical
precision", 2015).
"""

from typing import NamedTuple

import numpy as np

from e2v.kernels.sgd.memory import LINE, allocate_lines
from e2v.kernels.sgd.tables import check_ids, check_offsets, matrix, table

#: Rows of n-grams that are replicated, at most: those that are used most.
MAX_PART_REPLICAS = 1023

# Each word has a record of half a cache line, so that one look-up finds all that is to be known of it. Of its
# RECORD numbers of 4 bytes the first two are an int64, where its n-grams are listed, then come, as int32, how
# many of them are REPLICATED and how many are TRAINED, and as float32 the weights of its own row and of each
# n-gram's, and by how much these rows are moved where the word is to be moved by 1.
RECORD = 8
REPLICATED, TRAINED, OWN, SHARED, MOVE_OWN, MOVE_SHARED = range(2, RECORD)


class Subwords(NamedTuple):
    """Word w is own[w] * inputs[w] + shared[w] * the sum of its n-grams' rows.

    Its n-grams are ngrams[offsets[w] : offsets[w + 1]]. The first K of all have rows that stay as they are.
    """

    offsets: np.ndarray  #          i64[V + 1]
    ngrams: np.ndarray  #           i32[Q]
    own: np.ndarray  #              f32[V]
    shared: np.ndarray  #           f32[V]
    kept: np.ndarray  #             f32[K, stride]: the rows of the first K n-grams
    trained: np.ndarray  #          u32[N - K, words]: those of the others, of `allocate_bfloat16`
    replicated: np.ndarray = ()  #  i64[]: n-grams, used most, of whose rows threads have replicas


class Parts(NamedTuple):
    """What kernels are told of it. Of a word n-grams with replicas come first, and kept ones last."""

    starts: np.ndarray  #      i64[4 * (V + 1)]: the records, as which
    sizes: np.ndarray  #       i32[8 * (V + 1)]: and
    weights: np.ndarray  #     f32[8 * (V + 1)]: are the same memory
    rows: np.ndarray  #        i32[Q]: replicas, rows of `trained`, rows of `kept`
    trained: np.ndarray  #     u32[N - K, words]
    kept: np.ndarray  #        f32[K, stride]
    replicated: np.ndarray  #  i64[replicas]: the rows of `trained` whose replicas they are
    replicas: int
    words: int  #              in a row of `trained`


def new_parts(subwords, vocabulary, stride, frozen):
    """`Parts` for words with rows of so many floats; ValueError where the arguments disagree.

    frozen: so many words, the first, whose own rows stay.
    """
    offsets, ngrams, own, shared, kept, trained, replicated = subwords
    if len(offsets) != vocabulary + 1 or len(own) != vocabulary or len(shared) != vocabulary:
        raise ValueError(f"parts are for {len(offsets) - 1} words, keep for {vocabulary}")
    offsets, replicated = np.asarray(offsets, np.int64), np.asarray(replicated, np.int64)
    check_offsets(offsets, len(ngrams), "parts")
    if 2 * matrix(trained, np.uint32).shape[1] < stride or kept.shape[1] != stride:
        raise ValueError("rows of n-grams are as long as those of words")
    n_kept, n_ngrams = len(kept), len(kept) + len(trained)
    check_ids(ngrams, n_ngrams, "n-grams of the words")
    check_ids(replicated, n_ngrams, "replicated n-grams", n_kept)
    row = np.arange(n_ngrams, dtype=np.int32)
    row[n_kept:] -= n_kept
    replicated_row = row[replicated]
    row[replicated] = np.arange(len(replicated))
    kind = np.full(n_ngrams, 1, np.int8)
    kind[:n_kept], kind[replicated] = 2, 0
    ngrams = ngrams[offsets[0] : offsets[-1]]
    words, kinds = np.repeat(np.arange(vocabulary), np.diff(offsets)), kind[ngrams]
    order = np.argsort(3 * words + kinds, kind="stable")
    n_replicated, n_trained = (np.bincount(words[kinds < k], minlength=vocabulary) for k in (1, 2))
    records = allocate_lines(1 + vocabulary // 2, LINE, np.int32)
    starts, sizes, weights = (records.reshape(-1).view(dtype) for dtype in (np.int64, np.int32, np.float32))
    starts[:: RECORD // 2][: vocabulary + 1] = offsets - offsets[0]
    for place, values in ((REPLICATED, n_replicated), (TRAINED, n_trained)):
        sizes[place::RECORD][:vocabulary] = values
    # The least change of the rows that moves their weighted sum by 1; for the mean of n rows each moves by 1.
    squares = [np.square(weight, dtype=np.float64) for weight in (own, shared)]
    if not (squares[0] + np.diff(offsets) * squares[1]).min() > 0:
        raise ValueError("the weights of a word's parts must not all be zero")
    squares[0][:frozen] = 0
    total = squares[0] + n_trained * squares[1]
    inverse = 1 / np.where(total > 0, total, np.inf)
    for place, values in (
        (OWN, own),
        (SHARED, shared),
        (MOVE_OWN, own * inverse),
        (MOVE_SHARED, shared * inverse),
    ):
        weights[place::RECORD][:vocabulary] = values
    return Parts(
        starts=table(starts, np.int64),
        sizes=table(sizes, np.int32),
        weights=table(weights, np.float32),
        rows=table(row[ngrams[order]], np.int32),
        trained=trained,
        kept=table(kept, np.float32),
        replicated=table(replicated_row, np.int64),
        replicas=len(replicated),
        words=trained.shape[1],
    )
