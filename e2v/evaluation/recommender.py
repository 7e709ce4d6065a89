"""What can be asked to rank items for a history; a model can."""

from __future__ import annotations

from typing import Protocol

from e2v.corpus.histories import Histories
from e2v.store import Artifact, Keys
from e2v.vectors.items import Items
from e2v.vectors.matrix import Floats
from e2v.vectors.users import user_vectors


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
        self._items = Items(model)
        self.keys = self._items.keys
        self._model = model

    def scores(self, histories: Histories) -> Floats:
        """See `Recommender.scores`."""
        return self._items.scores(user_vectors(self._model, list(histories)))
