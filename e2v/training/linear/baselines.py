"""Baseline recommenders, computed without training; see `e2v.evaluation.recommender` for what they score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories
from e2v.progress import Progress, Report, silent
from e2v.training.linear.ease import Ease
from e2v.training.linear.interactions import InteractionMatrix
from e2v.training.linear.learned import learned_from
from e2v.training.linear.recency import weighted
from e2v.training.linear.svd import truncated_svd
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

#: Items whose neighbours are found at once: a block of a dense matrix, as wide as the catalogue.
_BLOCK_ITEMS = 128

#: More neighbours do better on sparse data, and take longer.
_NEIGHBOURS = 200

_GF_CF_RANK = 256
_GF_CF_ALPHA = 0.3


class Popularity:
    """The most frequent items, for everybody."""

    def __init__(
        self,
        corpus: Corpus,
        _report: Report = silent,
        _threads: int | None = None,
        half_life: float | None = None,
    ) -> None:
        self.keys = corpus.keys
        self.popularity = learned_from(corpus, half_life).popularity

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> Floats:
        """float32[users, items] for histories in rows of `keys`."""
        return np.tile(self.popularity, (len(histories), 1))


class ItemKnn:
    """The sum of an item's similarities to the history, of which each has its nearest neighbours only.

    Deshpande and Karypis (2004), "Item-based top-N recommendation algorithms", section 4: the cosine of the
    items' columns, where long histories weigh less; here X^T X of `InteractionMatrix`.

    Where the corpus' histories are in order, the last items of one count most: see `weighted`.
    """

    def __init__(
        self,
        corpus: Corpus,
        report: Report = silent,
        threads: int | None = None,
        half_life: float | None = None,
    ) -> None:
        self.keys = corpus.keys
        histories, self.popularity = learned_from(corpus, half_life)
        n = len(corpus.keys)
        matrix = InteractionMatrix(histories, n, threads)
        neighbours, weights = [], []
        for first in range(0, n, _BLOCK_ITEMS):
            report(Progress("comparing items", "items", first, n))
            items = np.arange(first, min(first + _BLOCK_ITEMS, n))
            one_each = Histories(np.arange(len(items) + 1), items.astype(np.int32))
            for item, similarities in enumerate(matrix.times_gram(one_each), first):
                similarities[item] = 0
                linked = np.flatnonzero(similarities)
                nearest = linked[best(similarities[linked], _NEIGHBOURS)]
                neighbours.append(nearest.astype(np.int32))
                weights.append(similarities[nearest])
        self._neighbours = Histories(np.cumsum([0, *map(len, neighbours)]), np.concatenate(neighbours))
        self._weights = np.concatenate(weights)
        self._in_order = corpus.ordered is True

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> Floats:
        """float32[users, items] for histories in rows of `keys`; the last item of each is its latest."""
        asked = weighted(histories, in_order=self._in_order)
        n_users, n_items = len(histories), len(self.keys)
        places = self._neighbours.places(asked.columns)
        sizes = self._neighbours.sizes[asked.columns]
        users = np.repeat(np.arange(n_users), np.diff(asked.offsets))
        cells = np.repeat(users, sizes) * n_items + self._neighbours.items[places]
        weights = self._weights[places] * np.repeat(asked.weights, sizes)
        scores = np.bincount(cells, weights, n_users * n_items)
        return scores.reshape(n_users, n_items).astype(np.float32)


class GfCf:
    """The graph filter of Shen et al. (2021): a linear filter plus an ideal low-pass one.

    h (X^T X + alpha D^(-1/2) V V^T D^(1/2)), with X as in `InteractionMatrix`, V its first right singular
    vectors and D the items' numbers of users; alpha and the number of vectors are the authors'.
    """

    def __init__(
        self,
        corpus: Corpus,
        report: Report = silent,
        threads: int | None = None,
        half_life: float | None = None,
    ) -> None:
        self.keys = corpus.keys
        histories, self.popularity = learned_from(corpus, half_life)
        self._matrix = InteractionMatrix(histories, len(corpus.keys), threads)
        rank = min(_GF_CF_RANK, *self._matrix.shape)
        vectors = truncated_svd(self._matrix, rank, seed=1, report=report).items
        scale = self._matrix.item_scale[:, np.newaxis]
        self._input, self._output = vectors * scale, _GF_CF_ALPHA * vectors / scale

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> Floats:
        """float32[users, items] for histories in rows of `keys`."""
        histories = histories.distinct()
        users = np.add.reduceat(self._input[histories.items], histories.offsets[:-1])
        scores = self._matrix.times_gram(histories)
        scores += users @ self._output.T
        return scores


#: The baselines by the names that users call them; threads: that compute, None for all CPUs; half_life: see
#: `event_weights`.
BASELINES: Mapping[str, type[Popularity | ItemKnn | Ease | GfCf]] = {
    "popularity": Popularity,
    "item-knn": ItemKnn,
    "ease": Ease,
    "gf-cf": GfCf,
}
