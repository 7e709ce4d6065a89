"""RP3beta, by SciPy's sparse products. Prints the measures, and the CPU seconds it took to learn, as JSON.

Paudel et al. (2017), "Updatable, accurate, diverse, and scalable recommendations for interactive
applications", 3.2: a random walk of three steps from the user, whose probabilities have the exponent alpha,
divided by the item's number of users to the power of beta. Each item has its nearest neighbours only, as in
item-kNN.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack

from benchmarks.ranked import report
from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, user_histories

train, test, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
corpus = open_corpus(train)
n_items = len(corpus.keys)


def matrix(histories: Histories) -> csr_matrix:
    """Users by items, a one where the user had the item."""
    once = histories.distinct()
    ones = np.ones(len(once.items), np.float32)
    return csr_matrix((ones, once.items, once.offsets), (len(once), n_items))


def steps(had: csr_matrix) -> csr_matrix:
    """The probabilities of a step along the rows, to the power of alpha."""
    lengths = np.repeat(np.maximum(np.diff(had.indptr), 1), np.diff(had.indptr))
    return csr_matrix((had.data / lengths ** settings["alpha"], had.indices, had.indptr), had.shape)


def nearest(rows: csr_matrix, first: int) -> csr_matrix:
    """The neighbours of the items from `first` on: not themselves, and the best."""
    dense = rows.toarray() / frequency
    dense[np.arange(len(dense)), first + np.arange(len(dense))] = 0
    below = np.partition(dense, -settings["neighbours"], axis=1)[:, [-settings["neighbours"]]]
    dense[dense < below] = 0
    return csr_matrix(dense)


had = matrix(user_histories(corpus)[1])
frequency = (np.maximum(np.asarray(had.sum(axis=0)), 1) ** settings["beta"]).astype(np.float32)
from_items, from_users = steps(had.T.tocsr()), steps(had)
weights = vstack(
    [nearest(from_items[first : first + 256] @ from_users, first) for first in range(0, n_items, 256)]
).tocsr()


class Walk:
    """A recommender, as `evaluate_ranking` asks it for scores."""

    keys = corpus.keys
    popularity = corpus.counts.astype(np.float32)

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> np.ndarray:
        """float32[users, items]."""
        return (steps(matrix(histories)) @ weights).toarray()


report(Walk(), train, test, settings["threads"], time.process_time(), f"by SciPy {version('scipy')}")
