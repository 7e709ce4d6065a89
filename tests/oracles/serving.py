"""Recommendations, slowly: score every item for a user in float64, leave out what was seen, sort."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np


def user_vector(history: Sequence[int], inputs: np.ndarray) -> np.ndarray:
    """Of a plain model: the mean of the input vectors, zeros for an empty history."""
    if not history:
        return np.zeros(inputs.shape[1])
    return np.mean([inputs[item].astype(float) for item in history], axis=0)


def recommend(
    vector: np.ndarray, outputs: np.ndarray, bias: np.ndarray | None, seen: Collection[int], n: int
) -> list[tuple[int, float]]:
    """The n best items that were not seen, and their scores; of equal scores the first item comes first."""
    scored = []
    for item, output in enumerate(outputs.astype(float)):
        score = float(np.dot(output, vector.astype(float)))
        if bias is not None:
            score += float(bias[item])
        if item not in seen:
            scored.append((-score, item))
    return [(item, -score) for score, item in sorted(scored)[:n]]
