"""Slow, readable twins of what compares two versions of vectors, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rotation(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[d, d]: the orthogonal R for which the unit rows of new R are nearest to those of old.

    Schönemann (1966): U V^T, of the singular value decomposition U S V^T of new^T old.
    """
    products = sum(
        np.outer(after / np.linalg.norm(after), before / np.linalg.norm(before))
        for before, after in zip(old, new, strict=True)
    )
    left, _, right = np.linalg.svd(products)
    return left @ right


def residual(old: NDArray[np.float64], new: NDArray[np.float64]) -> float:
    """How far the rows of new are from those of old, as a share of the size of old."""
    apart = sum(float((after - before) @ (after - before)) for before, after in zip(old, new, strict=True))
    size = sum(float(row @ row) for row in old)
    return (apart / size) ** 0.5


def overlap(old: NDArray[np.float64], new: NDArray[np.float64], k: int) -> list[float]:
    """Of each row the Jaccard index of its k nearest rows, by cosine, in the one and the other."""
    found = []
    for number in range(len(old)):
        one, other = (set(_nearest(rows, number, k)) for rows in (old, new))
        found.append(len(one & other) / len(one | other))
    return found


def _nearest(rows: NDArray[np.float64], number: int, k: int) -> list[int]:
    cosines = [float(row @ rows[number] / np.linalg.norm(row) / np.linalg.norm(rows[number])) for row in rows]
    others = [each for each in range(len(rows)) if each != number]
    return sorted(others, key=lambda each: -cosines[each])[:k]


def merged(
    models: list[dict[str, NDArray[np.float64]]],
    counts: list[dict[str, int]] | None,
    rotations: list[NDArray[np.float64]],
) -> dict[str, NDArray[np.float64]]:
    """The mean vector of each key over the models that know it, each rotated, and weighted by its counts."""
    found = {}
    for key in {key for model in models for key in model}:
        sum_, total = np.zeros(len(rotations[0])), 0.0
        for number, model in enumerate(models):
            if key in model:
                weight = counts[number][key] if counts else 1
                sum_ = sum_ + weight * (model[key] @ rotations[number])
                total += weight
        found[key] = sum_ / total
    return found
