"""What can be asked to rank items for a history; a model can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from e2v.corpus.histories import Histories
from e2v.recommend.items import Items
from e2v.recommend.settings import NewItems
from e2v.recommend.user_vectors import something_known, user_vectors
from e2v.store import Artifact, Keys
from e2v.vectors.matrix import Floats


class Recommender(Protocol):
    """Scores items for users."""

    @property
    def keys(self) -> Keys:
        """The items."""

    @property
    def popularity(self) -> Floats:
        """float32[n]: the scores of the items for whoever has none of them; -inf of what nobody is shown."""

    def scores(self, histories: Histories, users: Sequence[str], /) -> Floats:
        """float32[q, n]: the higher, the better; free to be written to.

        histories: rows of `keys`, in the order of time if the corpus has one; none is empty.
        users: their ids.
        """


class ModelRecommender:
    """A model: the user's vector against the items' output vectors, plus their biases if it has any.

    users, features: the ids of some users, and float32[n, F], their features as `UserFeatures` encodes them;
    whoever is not among them is like the average user. new_items: see `Items`.

    Raises:
        InputError: the model has no output vectors.
    """

    def __init__(
        self,
        model: Artifact,
        users: Sequence[str] = (),
        features: Floats | None = None,
        new_items: NewItems | None = None,
    ) -> None:
        self._items = Items(model, threads=1, new_items=new_items)  # blocks of users are shared out
        self.keys = self._items.keys
        self.popularity = self._shown(model.arrays["counts"].astype(np.float32))
        self._model = model
        self._row_of = {user: row for row, user in enumerate(users)}
        self._features = features

    def scores(self, histories: Histories, users: Sequence[str], /) -> Floats:
        """See `Recommender.scores`; whoever the model knows nothing of is served what is popular."""
        features = None
        if self._features is not None:
            features = np.zeros((len(histories), self._features.shape[1]), np.float32)
            for numbers, user in zip(features, users, strict=True):
                if (row := self._row_of.get(user)) is not None:
                    numbers[:] = self._features[row]
        vectors = user_vectors(self._model, histories, features)
        scores = self._items.scores(vectors)
        scores[~something_known(vectors, histories.sizes)] = self.popularity
        return self._shown(scores)

    def _shown(self, scores: Floats) -> Floats:
        """The scores, [..., n], changed so that hidden items are not found."""
        if self._items.hidden is not None:
            scores[..., self._items.hidden] = -np.inf
        return scores
