"""Purity: do the neighbours of an item share its categories?"""

from __future__ import annotations

import numpy as np

from e2v.errors import Advice, InputError, UsageError
from e2v.evaluation.measurement import Measurement
from e2v.vectors import KeyedVectors
from e2v.vectors.categories import Categories
from e2v.vectors.matrix import Stored, directed, unit
from e2v.vectors.nearest import Scorer, best_of_each


def evaluate_categories(
    vectors: KeyedVectors, categories: Categories, k: int, threads: int | None = None
) -> Measurement:
    """The share of an item's k nearest neighbours that have a category in common with it, on average.

    Neighbours are the items of highest cosine among those that have categories at all; items without are
    left out, as are those whose vector is all zeros. Barkan and Koenigstein (2016), "Item2vec", section 4.2,
    measure genre consistency in this way.

    Raises:
        UsageError: questions and answers are of two spaces.
        InputError: fewer than two of the keys with categories are in the vocabulary.
    """
    if vectors.targets is not None:
        raise UsageError("purity needs vectors of one space", Advice("use {vectors} input"))
    there = np.array([row for row, key in enumerate(vectors.keys) if key in categories], np.int64)
    found = vectors.matrix.rows(there)
    usable = directed(found)
    if (n := int(usable.sum())) < 2:
        raise InputError(
            f"{n} of the {len(categories)} keys with categories are in the vocabulary",
            "are these its keys?",
        )
    candidates = unit(found[usable])
    row_categories = [categories[vectors.keys[row]] for row in there[usable].tolist()]
    scorer = Scorer(Stored(candidates), n, threads=threads)
    k = min(k, n - 1)
    shared = 0
    for first in range(0, n, scorer.batch_size):
        scores = scorer.scores(candidates[first : first + scorer.batch_size])
        each = np.arange(len(scores))
        scores[each, first + each] = -np.inf
        for item, neighbours in enumerate(best_of_each(scores, k, threads).tolist(), first):
            shared += sum(
                not row_categories[item].isdisjoint(row_categories[neighbour])
                for neighbour in neighbours
                if neighbour >= 0
            )
    return Measurement("purity", f"purity@{k}", shared / (k * n), n, len(categories))
