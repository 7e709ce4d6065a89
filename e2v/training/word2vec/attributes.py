"""Items whose input vectors are made of attributes, too, as words are made of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.text.ngrams import NgramDictionary
from e2v.store import Keys
from e2v.training.linear.attributes import with_new_items
from e2v.training.word2vec.model import Model

#: An item's own row weighs so many times as much as all of its attributes.
_OWN = 1.0


def attribute_parts(corpus: DescribedCorpus) -> NgramDictionary:
    """The attributes of the items, in the place of n-grams of words."""
    return NgramDictionary(Keys.from_strings(corpus.attributes), corpus.parts.offsets, corpus.parts.columns)


def own_weights(corpus: DescribedCorpus) -> NDArray[np.float64]:
    """float64[V]: of the items' own rows, against 1 for each of their attributes; 0 for new ones."""
    weights: NDArray[np.float64] = _OWN * np.diff(corpus.parts.offsets)
    weights[corpus.new != 0] = 0
    return weights


def fill_outputs(corpus: DescribedCorpus, model: Model) -> None:
    """Give new items the output vectors that a ridge regression makes of their attributes.

    Training has left them zeros, which would score higher than what is predicted to be unlikely.
    """
    outputs = np.ascontiguousarray(model.outputs[:, : model.dim])
    new = np.flatnonzero(corpus.new)
    model.outputs[new, : model.dim] = with_new_items(corpus, outputs)[new]
