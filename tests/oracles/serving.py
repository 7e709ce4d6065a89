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


def with_places(
    ranked: Sequence[tuple[int, float]], categories: dict[int, set[str]], places: int, n: int
) -> list[int]:
    """The first n of a ranking, of which `places` at most share a category."""
    chosen: list[int] = []
    for item, _ in ranked:
        mine = categories.get(item, set())
        if all(sum(one in categories.get(other, set()) for other in chosen) < places for one in mine):
            chosen.append(item)
    return chosen[:n]


def mmr(
    ranked: Sequence[tuple[int, float]], vectors: np.ndarray, diversity: float, n: int
) -> list[tuple[int, float]]:
    """Maximal marginal relevance among all of a ranking, whose scores are put between 0 and 1."""
    lowest, highest = ranked[-1][1], ranked[0][1]
    relevance = {item: (score - lowest) / (highest - lowest) for item, score in ranked}

    def cosine(one: int, other: int) -> float:
        a, b = vectors[one].astype(float), vectors[other].astype(float)
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))

    chosen: list[int] = []
    while len(chosen) < min(n, len(ranked)):
        chosen.append(
            max(
                relevance.keys() - set(chosen),
                key=lambda item: (
                    (1 - diversity) * relevance[item]
                    - diversity * max((cosine(item, other) for other in chosen), default=0.0)
                ),
            )
        )
    scores = dict(ranked)
    return [(item, scores[item]) for item in chosen]
