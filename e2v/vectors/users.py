"""A user as a vector, made of the items of the user's history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.store import Artifact
from e2v.vectors.matrix import Floats


def user_vectors(model: Artifact, histories: Sequence[NDArray[np.integer[Any]]]) -> Floats:
    """float32[n, d]: a vector for each history, to be multiplied with the items' output vectors.

    The mean of the input vectors of a history's items; zeros for an empty one. histories: rows of the
    model's keys, in the order of time.
    """
    items = model.arrays["input"]
    vectors = np.zeros((len(histories), items.shape[1]), np.float32)
    for vector, history in zip(vectors, histories, strict=True):
        if len(history):
            vector[:] = items[history].mean(axis=0)
    return vectors
