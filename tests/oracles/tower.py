"""A user tower's loss, slowly and in float64, straight from the definition.

Covington, Adams and Sargin (2016), section 3: the user vector is what the last layer gives, and a softmax
over items compares it with theirs. Cosines and the correction for sampled candidates: Yi et al. (2019),
"Sampling-bias-corrected neural modeling for large corpus item recommendations", section 3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Example = tuple[list[int], list[int], list[float]]  # items kept, targets, further inputs


def user_vector(
    parameters: list[np.ndarray], kept: list[int], extra: list[float], temperature: float
) -> np.ndarray:
    """parameters: inputs, outputs, biases, weight and bias of each layer, and the exponent, if there is one.

    By recency an item that p others come after weighs (1 + p)^-exponent.
    """
    by_recency = len(parameters) % 2 == 0
    exponent = float(parameters[-1][0]) if by_recency else 0.0
    inputs, layers = parameters[0], parameters[3 : -1 if by_recency else None]
    weights = [(len(kept) - place) ** -exponent for place in range(len(kept))]
    x = np.concatenate((np.average([inputs[item] for item in kept], axis=0, weights=weights), extra))
    for place in range(0, len(layers), 2):
        x = x @ layers[place] + layers[place + 1]
        if place + 2 < len(layers):
            x = np.where(x > 0, x, 0)
    return x / np.linalg.norm(x) / temperature if temperature else x


def loss(
    parameters: list[np.ndarray],
    examples: list[Example],
    odds: dict[int, float],
    temperature: float,
    counts: list[list[float]] | None = None,
) -> float:
    """Summed over targets, in nats. odds: each candidate's probability of being one.

    counts: how much each target counts.
    """
    outputs, biases = parameters[1], parameters[2]
    total = 0.0
    for number, (kept, targets, extra) in enumerate(examples):
        user = user_vector(parameters, kept, extra, temperature)
        scores, weights = {}, {}
        for item, chance in odds.items():
            vector = outputs[item] / np.linalg.norm(outputs[item]) if temperature else outputs[item]
            scores[item] = float(user @ vector + biases[item])
            weights[item] = 0.0 if item in kept else 1.0 if item in targets else 1 / chance
        partition = sum(weights[item] * np.exp(scores[item]) for item in odds)
        of_targets = [1.0] * len(targets) if counts is None else counts[number]
        for item, count in zip(targets, of_targets, strict=True):
            total -= count * np.log(np.exp(scores[item]) / partition)
    return float(total)


def gradients(parameters: list[np.ndarray], of: Callable[[list[np.ndarray]], float]) -> list[np.ndarray]:
    """The derivatives of `of(parameters)` by central differences."""
    found = [np.zeros_like(array) for array in parameters]
    for array, gradient in zip(parameters, found, strict=True):
        for place in np.ndindex(array.shape):
            value, sides = array[place], []
            for step in (1e-6, -1e-6):
                array[place] = value + step
                sides.append(of(parameters))
            array[place] = value
            gradient[place] = (sides[0] - sides[1]) / 2e-6
    return found


def tile(
    logits: np.ndarray,
    shifts: np.ndarray,
    correction: np.ndarray,
    targets: list[list[int]],
    kept: list[list[int]],
    counts: list[list[float]],
) -> tuple[np.ndarray, float]:
    """What a softmax is over, float64[r, c], and the sum of the targets' logits, each as often as it counts.

    A target is not shifted by `correction`, and what is kept does not compete.
    """
    found = logits.astype(float) + shifts
    of_targets = 0.0
    for row, wanted, seen, of_wanted in zip(found, targets, kept, counts, strict=True):
        for column, count in zip(wanted, of_wanted, strict=True):
            row[column] += correction[column]
            of_targets += count * row[column]
        for column in seen:
            row[column] = -np.inf
    return found, of_targets


def withheld(
    scores: np.ndarray, kept: list[list[int]], targets: list[list[int]]
) -> tuple[list[float], list[int]]:
    """-log p of each target among all items but those kept, and how many of these come before it."""
    losses, ranks = [], []
    for row, seen, wanted in zip(scores.astype(float), kept, targets, strict=True):
        competing = [item for item in range(len(row)) if item not in seen]
        order = sorted(competing, key=lambda item: -row[item])  # stable: of equal ones the first
        partition = np.log(np.exp(row[competing]).sum())
        losses += [float(partition - row[item]) for item in wanted]
        ranks += [order.index(item) for item in wanted]
    return losses, ranks


def composed(
    own: np.ndarray, attributes: np.ndarray, having: list[list[int]], left_out: set[int]
) -> np.ndarray:
    """float64[V, ...]: rows of items, of their own and 1 / sqrt(n) of each of the n attributes they have.

    having: the attributes of each item. left_out: items that are made of these alone.
    """
    rows = np.zeros_like(own)
    for item, row in enumerate(own):
        rows[item] += 0 if item in left_out else row
        for attribute in having[item]:
            rows[item] += attributes[attribute] / np.sqrt(len(having[item]))
    return rows
