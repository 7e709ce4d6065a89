"""What can be asked to rank items for a history: a model, or one of the baselines to beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from e2v.corpus import Corpus
from e2v.errors import InputError
from e2v.evaluation.histories import Histories, histories_of
from e2v.evaluation.interactions import InteractionMatrix
from e2v.evaluation.svd import truncated_svd
from e2v.store import Artifact, Keys
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best
from e2v.vectors.users import user_vectors

#: Items whose neighbours are sought at once: a block of a dense matrix, as wide as the catalogue.
_ITEMS_AT_ONCE = 128

#: More neighbours do better on sparse data, and take longer.
_NEIGHBOURS = 200

_GF_CF_RANK = 256
_GF_CF_ALPHA = 0.3


class Recommender(Protocol):
    """Scores items for users."""

    keys: Keys  # of the items

    def scores(self, histories: Histories) -> Floats:
        """float32[users, items]: the higher, the better; free to be written to.

        histories: rows of `keys`, in the order of time if the corpus has one; none is empty.
        """


class ModelRecommender:
    """A model: the user's vector against the items' output vectors, plus their biases if it has any.

    Raises:
        InputError: the model has no output vectors.
    """

    def __init__(self, model: Artifact) -> None:
        if not model.has("output"):
            raise InputError(
                f"{model.path} has no output vectors to rank with",
                "e2v train --loss negative-sampling keeps them",
            )
        self.keys = model.keys
        self._model = model
        self._output = model.arrays["output"]
        self._bias = model.arrays["bias"] if model.has("bias") else None

    def scores(self, histories: Histories) -> Floats:
        """See `Recommender.scores`."""
        scores: Floats = user_vectors(self._model, list(histories)) @ self._output.T
        if self._bias is not None:
            scores += self._bias
        return scores


class Popularity:
    """The most frequent items, for everybody."""

    def __init__(self, corpus: Corpus) -> None:
        self.keys = corpus.keys
        self._counts = corpus.counts.astype(np.float32)

    def scores(self, histories: Histories) -> Floats:
        """See `Recommender.scores`."""
        return np.tile(self._counts, (len(histories), 1))


class ItemKnn:
    """The sum of an item's similarities to the history, of which each has its nearest neighbours only.

    Deshpande and Karypis (2004), "Item-based top-N recommendation algorithms", section 4: the cosine of the
    items' columns, where long histories weigh less; here X^T X of `InteractionMatrix`.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.keys = corpus.keys
        n = len(corpus.keys)
        matrix = InteractionMatrix(histories_of(corpus), n)
        found, weights = [], []
        for first in range(0, n, _ITEMS_AT_ONCE):
            items = np.arange(first, min(first + _ITEMS_AT_ONCE, n))
            one_each = Histories(np.arange(len(items) + 1), items.astype(np.int32))
            for item, similarities in enumerate(matrix.two_steps(one_each), first):
                similarities[item] = 0
                nearest = best(similarities, _NEIGHBOURS)
                nearest = nearest[similarities[nearest] > 0]
                found.append(nearest.astype(np.int32))
                weights.append(similarities[nearest])
        self._neighbours = Histories(np.cumsum([0, *map(len, found)]), np.concatenate(found))
        self._weights = np.concatenate(weights)

    def scores(self, histories: Histories) -> Floats:
        """See `Recommender.scores`."""
        histories = histories.distinct()
        n_users, n_items = len(histories), len(self.keys)
        places = self._neighbours.places(histories.items)
        users = np.repeat(histories.rows, self._neighbours.sizes[histories.items])
        cells = users * n_items + self._neighbours.items[places]
        scores = np.bincount(cells, self._weights[places], n_users * n_items)
        return scores.reshape(n_users, n_items).astype(np.float32)


class GfCf:
    """The graph filter of Shen et al. (2021): a linear filter plus an ideal low-pass one.

    h (X^T X + alpha D^(-1/2) V V^T D^(1/2)), with X as in `InteractionMatrix`, V its first right singular
    vectors and D the items' numbers of users; alpha and the number of vectors are the authors'.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.keys = corpus.keys
        self._matrix = InteractionMatrix(histories_of(corpus), len(corpus.keys))
        vectors = truncated_svd(self._matrix, min(_GF_CF_RANK, *self._matrix.shape), seed=1).items
        scale = self._matrix.item_scale[:, np.newaxis]
        self._input, self._output = vectors * scale, _GF_CF_ALPHA * vectors / scale

    def scores(self, histories: Histories) -> Floats:
        """See `Recommender.scores`."""
        histories = histories.distinct()
        users = np.add.reduceat(self._input[histories.items], histories.offsets[:-1])
        scores = self._matrix.two_steps(histories)
        scores += users @ self._output.T
        return scores


#: The baselines by the names that users call them.
BASELINES: Mapping[str, Callable[[Corpus], Recommender]] = {
    "popularity": Popularity,
    "item-knn": ItemKnn,
    "gf-cf": GfCf,
}
