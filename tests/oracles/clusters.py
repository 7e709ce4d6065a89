"""Slow, readable twin of the steps of spherical k-means, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assigned(rows: NDArray[np.float64], centres: NDArray[np.float64]) -> list[int]:
    """The centre of highest cosine of each row, the first of several."""
    labels = []
    for row in rows:
        cosines = [float(row @ centre / np.linalg.norm(row) / np.linalg.norm(centre)) for centre in centres]
        labels.append(cosines.index(max(cosines)))
    return labels


def updated(rows: NDArray[np.float64], labels: list[int], k: int) -> NDArray[np.float64]:
    """The mean of each cluster's unit rows, scaled to length 1."""
    centres = []
    for number in range(k):
        mean = sum(
            (row / np.linalg.norm(row) for row, label in zip(rows, labels, strict=True) if label == number),
            np.zeros(rows.shape[1]),
        )
        centres.append(mean / np.linalg.norm(mean))
    return np.array(centres)
