"""Questions answered slowly, in float64, one row after the other; imports nothing of e2v."""

from __future__ import annotations

import math
from functools import cache

import numpy as np


def unit(vector: np.ndarray) -> np.ndarray:
    vector = np.asarray(vector, np.float64)
    length = math.sqrt(sum(x * x for x in vector))
    return vector / length if length else vector


def combined(input_: np.ndarray, output: np.ndarray, name: str, weight: float, center: bool) -> np.ndarray:
    """The matrix that --vectors name:weight [--center] stands for."""
    first, second = input_.astype(np.float64), output.astype(np.float64)
    if name == "input":
        rows = list(first)
    elif name == "output":
        rows = list(second)
    elif name == "sum":
        rows = [a + weight * b for a, b in zip(first, second, strict=True)]
    else:
        rows = [np.concatenate((unit(a), weight * unit(b))) for a, b in zip(first, second, strict=True)]
    if center:
        rows = [unit(row) for row in rows]
        mean = sum(rows) / len(rows)
        rows = [row - mean for row in rows]
    return np.array(rows)


def scores(matrix: np.ndarray, plus: list[int], minus: list[int], method: str) -> list[float]:
    """A score for every row, by the formulas of the papers."""
    rows = [unit(row) for row in matrix]
    if method == "3cosadd":
        target = unit(sum(rows[i] for i in plus) - sum((rows[i] for i in minus), np.zeros(matrix.shape[1])))
        return [float(row @ target) for row in rows]
    similarity = [[(float(row @ rows[i]) + 1) / 2 for i in (*plus, *minus)] for row in rows]
    return [math.prod(s[: len(plus)]) / (math.prod(s[len(plus) :]) + 0.001) for s in similarity]


def mean_cosines(matrix: np.ndarray, k: int) -> list[float]:
    """Of each row, to the k others that are nearest; infinite for a row of zeros, 0 for a row alone."""
    rows = [unit(row) for row in matrix]
    there = [i for i, row in enumerate(rows) if row.any()]
    means = [math.inf] * len(rows)
    for i in there:
        nearest = sorted((float(rows[i] @ rows[j]) for j in there if j != i), reverse=True)[:k]
        means[i] = sum(nearest) / max(len(nearest), 1)
    return means


def dot_products(queries: np.ndarray, targets: np.ndarray, plus: list[int], minus: list[int]) -> list[float]:
    """What the mean of the terms' vectors predicts."""
    signed = [queries[i].astype(np.float64) for i in plus] + [-queries[i].astype(np.float64) for i in minus]
    mean = sum(signed) / len(signed)
    return [float(target @ mean) for target in targets.astype(np.float64)]


def ranked(values: list[float], excluded: list[int], n: int, restrict: int | None) -> list[int]:
    """The n best rows, equal ones in their order."""
    allowed = [i for i in range(len(values))[:restrict] if i not in excluded]
    return sorted(allowed, key=lambda i: (-values[i], i))[:n]


def odd(matrix: np.ndarray) -> tuple[int, float]:
    """The row least like the mean of the unit rows, and its cosine to it."""
    rows = [unit(row) for row in matrix]
    mean = unit(sum(rows))
    cosines = [float(row @ mean) for row in rows]
    return min(enumerate(cosines), key=lambda pair: pair[1])


def edits(a: str, b: str) -> int:
    """The optimal string alignment distance, by its recurrence."""

    @cache
    def distance(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        choices = [distance(i - 1, j) + 1, distance(i, j - 1) + 1]
        choices.append(distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            choices.append(distance(i - 2, j - 2) + 1)
        return min(choices)

    return distance(len(a), len(b))
