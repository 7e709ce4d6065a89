"""A user as a vector, made of the items of the user's history."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.store import Artifact
from e2v.store.content import value_problems
from e2v.store.schema import Problem
from e2v.vectors.matrix import Floats, unit

#: Numbers of items' vectors that are laid side by side at a time: 1 MB of float32.
_AT_ONCE = 1 << 18


def user_vectors(model: Artifact, histories: Histories, features: Floats | None = None) -> Floats:
    """float32[n, d]: a vector for each history, to be multiplied with the items' output vectors.

    histories: rows of the model's keys, in the order of time. features: float32[n, F], as
    `UserFeatures.encode` gives them; without, every user is like the average one.

    For a plain model the mean of the input vectors of a history's items; zeros for an empty one. A model with
    a user tower takes the mean over different items, weighted by recency if it has learned how much the later
    ones count, and passes it through its layers: docs/formats.md, "model", is the definition. Its scores are
    the products plus the items' `bias`.

    Raises:
        DamagedFileError: the vectors of items, layers or what else makes them are not finite.
    """
    with np.errstate(all="ignore"):  # which is told below
        vectors = _vectors(model, histories, features)
    if not np.isfinite(vectors).all():
        model.refuse(value_problems(model.arrays))
        model.refuse(
            [Problem("file", "its numbers are too large: users would have vectors that are not finite")]
        )
    return vectors


def _vectors(model: Artifact, histories: Histories, features: Floats | None) -> Floats:
    items = model.arrays["input"]
    if model.has("tower.recency"):
        exponent = float(model.arrays["tower.recency"][0])
        vectors = _means(items, histories.last_occurrences(), exponent)
    else:
        vectors = _means(items, histories.distinct() if model.has("bias") else histories)
    if model.has("features.scale"):
        width = len(model.arrays["features.scale"])
        beside = np.zeros((len(histories), width), np.float32) if features is None else features
        vectors = np.hstack((vectors, beside))
    vectors = _through_layers(model, vectors)
    if model.has("tower.length"):
        vectors = unit(vectors) * model.arrays["tower.length"]
    return vectors


def _means(items: Floats, histories: Histories, exponent: float | None = None) -> Floats:
    """float32[n, d]: the mean of the items of each history, zeros for an empty one.

    exponent: weight them by recency. Those of one length at a time, which are an array without gaps.
    """
    means = np.zeros((len(histories), items.shape[1]), np.float32)
    sizes = histories.sizes
    for size in np.unique(sizes[sizes > 0]).tolist():
        of_size = np.flatnonzero(sizes == size)
        step = max(1, _AT_ONCE // (size * items.shape[1]))
        for first in range(0, len(of_size), step):
            rows = of_size[first : first + step]
            places = histories.offsets[rows, np.newaxis] + np.arange(size)
            vectors = items[histories.items[places]]
            if exponent is None:
                means[rows] = vectors.mean(axis=1)
            else:
                means[rows] = (vectors * _recency_weights(size, exponent)[:, np.newaxis]).sum(axis=1)
    return means


def _recency_weights(size: int, exponent: float) -> Floats:
    """float32[size]: the softmax of -exponent ln(1 + p); p is size - 1 for the first item, 0 for the last."""
    logits = -exponent * np.log(np.arange(size, 0, -1))
    powers = np.exp(logits - logits.max())
    weights: Floats = (powers / powers.sum()).astype(np.float32)
    return weights


def something_known(vectors: Floats, sizes: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """bool[n]: whether a model has something to go by; who it does not know at all gets what is popular.

    vectors: float32[n, d], of users. sizes: int[n], how many items of their histories the model knows. A
    vector of zeros says as little as an empty history: all items would score the same.
    """
    known: NDArray[np.bool_] = (sizes > 0) & vectors.any(axis=1)
    return known


def _through_layers(model: Artifact, x: Floats) -> Floats:
    """float32[n, d]: of float32[n, w]; every digit of a row is the same whatever rows are beside it.

    In a product of all rows at once it would not be: so each is one of its own, which takes little more.
    """
    x = x[:, np.newaxis]
    number = 0
    while model.has(f"tower.{number}.weight"):
        if number > 0:
            np.maximum(x, 0, out=x)
        x = x @ model.arrays[f"tower.{number}.weight"] + model.arrays[f"tower.{number}.bias"]
        number += 1
    return x[:, 0]
