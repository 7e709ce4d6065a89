"""Which rows of a model that is updated stay as they are: all that it has.

Old words and old n-grams keep their rows, and new ones follow them. An old word is trained with as the vector
that it is, and not made of n-grams, some of which are new and learn. A new word is made of its own row, of
new n-grams, and of old ones, which stay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from e2v.corpus.text.ngrams import NgramDictionary
from e2v.errors import InputError, SettingError
from e2v.store import Artifact, Keys
from e2v.training.word2vec.settings import Word2VecSettings


class FrozenRows(NamedTuple):
    """The first `words` words, and of the n-grams the first `ngrams`."""

    words: int = 0
    ngrams: int = 0


def frozen_rows(model: Artifact, settings: Word2VecSettings) -> FrozenRows:
    """What stays of a model.

    Raises:
        SettingError: hierarchical softmax, or n-grams of other lengths than the model's.
        InputError: the model has no output vectors.
    """
    if settings.loss == "hierarchical-softmax":
        raise SettingError(
            "{freeze} does not go with {loss} hierarchical-softmax: new words make another tree",
            hint="train with negative-sampling",
        )
    if not model.has("output"):
        raise InputError(
            f"{model.path} has no output vectors that could stay", "hierarchical softmax learns none"
        )
    if not model.has("ngrams"):
        return FrozenRows(len(model.keys))
    lengths = model.made.inner("settings").ngram_lengths()
    if lengths != settings.ngram_lengths:
        raise SettingError("{freeze} keeps n-grams as they are in {}, and {subword} differs", model.path)
    return FrozenRows(len(model.keys), len(model.keys_of("ngrams")))


def frozen_ngrams(
    ngrams: NgramDictionary, model: Artifact, frozen: FrozenRows, most: int | None
) -> NgramDictionary:
    """The n-grams of a model, and after them new ones, of which new words alone are made.

    Of each word those that are trained come first. most: n-grams in all, if the old ones leave room.
    """
    kept = model.keys_of("ngrams") if frozen.ngrams else Keys.from_strings([])
    there = [kept.find(ngram) for ngram in ngrams.keys]
    place = np.array(there, np.int64)
    new = np.flatnonzero(place < 0)
    if most is not None:
        new = new[: max(most - frozen.ngrams, 0)]
    place[new] = frozen.ngrams + np.arange(len(new))
    sizes = np.diff(ngrams.offsets)
    words = np.repeat(np.arange(len(sizes)), sizes)
    rows = place[ngrams.rows]
    made_of = (rows >= 0) & (words >= frozen.words)
    words, rows = words[made_of], rows[made_of]
    order = np.lexsort(
        (-rows, words)
    )  # of a word the new ones, whose numbers are higher, before the old ones
    offsets = np.concatenate(([0], np.cumsum(np.bincount(words, minlength=len(sizes)))))
    return NgramDictionary(kept + ngrams.keys.take(new), offsets, rows[order].astype(np.int32))
