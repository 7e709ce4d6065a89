"""Evaluations and baselines in the plainest float64 NumPy, straight from the definitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def unit_rows(matrix):
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def csls_analogy(matrix, a, b, c, penalties):
    """The row that answers a : b = c : ?, by 3CosAdd less a penalty for each row."""
    unit = unit_rows(matrix.astype(np.float64))
    asked = unit[b] + unit[c] - unit[a]
    scores = unit @ asked / np.linalg.norm(asked) - penalties
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def analogy(matrix, a, b, c, method):
    """The row that answers a : b = c : ?, by 3CosAdd or 3CosMul."""
    unit = unit_rows(matrix.astype(np.float64))
    scores = {}
    for row, vector in enumerate(unit):
        if row in (a, b, c):
            continue
        to_a, to_b, to_c = (vector @ unit[word] for word in (a, b, c))
        if method == "3cosadd":
            scores[row] = to_b + to_c - to_a
        else:
            scores[row] = (to_b + 1) / 2 * (to_c + 1) / 2 / ((to_a + 1) / 2 + 0.001)
    return max(scores, key=scores.get)


def ranks(values):
    """1 + how many are smaller + half of how many others are equal."""
    return np.array([1 + sum(v < x for v in values) + (sum(v == x for v in values) - 1) / 2 for x in values])


def spearman(x, y):
    return np.corrcoef(ranks(x), ranks(y))[0, 1]


def ranking_metrics(scores, seen: set[int], relevant: set[int], n_relevant: int, k: int):
    """hr, recall, ndcg and mrr at k of one user, from a full sort."""
    order = [item for item in np.argsort(-np.asarray(scores), kind="stable") if item not in seen][:k]
    hits = [item in relevant for item in order]
    gains = [hit / np.log2(place + 2) for place, hit in enumerate(hits)]
    ideal = [1 / np.log2(place + 2) for place in range(min(k, n_relevant))]
    first = next((1 / (place + 1) for place, hit in enumerate(hits) if hit), 0)
    return float(any(hits)), sum(hits) / n_relevant, sum(gains) / sum(ideal), first


def interactions(
    histories: Sequence[Sequence[int]], n_items: int, weights: Sequence[Sequence[float]] | None = None
):
    """Users by items: 1 where a user had an item, or the sum of the weights of the events."""
    matrix = np.zeros((len(histories), n_items))
    for user, items in enumerate(histories):
        if weights is None:
            matrix[user, list(items)] = 1
            continue
        for item, weight in zip(items, weights[user], strict=True):
            matrix[user, item] += weight
    return matrix


def normalised(matrix):
    """D_U^(-1/2) R D_I^(-1/2), with empty rows and columns left empty."""
    users, items = matrix.sum(axis=1), matrix.sum(axis=0)
    return matrix / np.sqrt(np.where(users, users, 1))[:, None] / np.sqrt(np.where(items, items, 1))


def recency(histories: Sequence[Sequence[int]], n_items: int):
    """Users by items: 1 for the item that a user had last, 1 / 2 for the other one before it, 1 / 3 ..."""
    matrix = np.zeros((len(histories), n_items))
    for user, items in enumerate(histories):
        for place, item in enumerate(dict.fromkeys(reversed(list(items)))):
            matrix[user, item] = 1 / (1 + place)
    return matrix


def item_knn(matrix, neighbours: int, asked=None):
    """Scores of all items for all users: each item of a history votes for its nearest neighbours.

    asked: users by items, how much each vote weighs; the matrix itself unless given.
    """
    similar = normalised(matrix).T @ normalised(matrix)
    np.fill_diagonal(similar, 0)
    kept = np.zeros_like(similar)
    for item, row in enumerate(similar):
        nearest = np.argsort(-row, kind="stable")[:neighbours]
        kept[item, nearest] = row[nearest]
    return (matrix if asked is None else asked) @ kept


def low_pass(matrix, rank: int):
    """Shen et al. (2021)'s ideal low-pass filter, items by items: D^(-1/2) V V^T D^(1/2)."""
    v = np.linalg.svd(normalised(matrix))[2][:rank].T
    root = np.sqrt(np.maximum(matrix.sum(axis=0), 1))
    return v @ v.T / root[:, None] * root


def gf_cf(matrix, rank: int, alpha: float, asked=None):
    """Shen et al. (2021): R (X^T X + alpha times the low-pass filter).

    asked: in place of the first R.
    """
    x = normalised(matrix)
    return (matrix if asked is None else asked) @ (x.T @ x + alpha * low_pass(matrix, rank))


def ease(matrix, penalty: float, asked=None):
    """Steck (2019), equation 8: every item from all others by ridge regression, column by column.

    asked: users by items, how much each item of a history weighs; the matrix itself unless given.
    """
    n = matrix.shape[1]
    weights = np.zeros((n, n))
    for item in range(n):
        others = [other for other in range(n) if other != item]
        x = matrix[:, others]
        weights[others, item] = np.linalg.solve(x.T @ x + penalty * np.eye(n - 1), x.T @ matrix[:, item])
    return (matrix if asked is None else asked) @ weights


def gini(times):
    """Half the mean absolute difference of all pairs of different items, over the mean."""
    times = np.asarray(times, float)
    n = len(times)
    differences = sum(abs(a - b) for a in times for b in times) / (n * (n - 1))
    return differences / 2 / times.mean()


def novelty(matrix, items):
    """Zhou et al. (2010): the mean self-information, in bits, of items that are shown."""
    users = (matrix.sum(axis=1) > 0).sum()
    return np.mean([np.log2(users / max(matrix[:, item].sum(), 1)) for item in items])


def list_similarity(matrix, items):
    """Ziegler et al. (2005), as a mean over the pairs of a list; the cosine of two columns."""
    found = []
    for place, a in enumerate(items):
        for b in items[:place]:
            lengths = np.linalg.norm(matrix[:, a]) * np.linalg.norm(matrix[:, b])
            found.append(matrix[:, a] @ matrix[:, b] / lengths if lengths else 0.0)
    return np.mean(found)
