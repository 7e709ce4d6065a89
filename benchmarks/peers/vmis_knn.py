"""VMIS-kNN, by SciPy's sparse products. Prints the measures, and the CPU seconds it took to learn, as JSON.

Kersbergen et al. (2022), "Serenade: low-latency session-based recommendation in e-commerce at scale", 2: the
histories that share most with the one that is asked for, whose items weigh by their place in it, vote for
their items, by that likeness, by how late the last shared item came, and by the items' rarity. Histories have
no times here, so that all of them are looked at rather than the most recent; sets have no places.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.ranked import report
from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, user_histories

train, test, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
corpus = open_corpus(train)
n_items = len(corpus.keys)


def matrix(histories: Histories, weights: np.ndarray | None = None) -> csr_matrix:
    """Users by items."""
    values = np.ones(len(histories.items), np.float32) if weights is None else weights
    return csr_matrix((values, histories.items, histories.offsets), (len(histories), n_items))


had = matrix(user_histories(corpus)[1].distinct())
users_of = had.T.tocsr()
rarity = np.log(had.shape[0] / np.maximum(np.asarray(had.sum(axis=0)), 1)).astype(np.float32)


class Neighbours:
    """A recommender, as `evaluate_ranking` asks it for scores."""

    keys = corpus.keys
    popularity = corpus.counts.astype(np.float32)

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> np.ndarray:
        """float32[users, items]."""
        once = histories.last_occurrences() if corpus.ordered else histories.distinct()
        places = np.arange(len(once.items)) - np.repeat(once.offsets[:-1], once.sizes) + 1
        if corpus.ordered:
            lengths = np.repeat(once.sizes, once.sizes)
            decay = (places / lengths).astype(np.float32)
            match = np.maximum(1 - 0.1 * (lengths - places), 0.1).astype(np.float32)
        else:
            decay = match = np.ones(len(once.items), np.float32)
        alike = (matrix(once, decay) @ users_of).tocsr()
        latest = self._latest(matrix(once, match), alike)
        for row in range(len(once)):
            part = slice(alike.indptr[row], alike.indptr[row + 1])
            values = alike.data[part]
            if len(values) > settings["neighbours"]:
                values[values < np.partition(values, -settings["neighbours"])[-settings["neighbours"]]] = 0
        alike.data *= latest
        return (alike @ had).toarray() * rarity

    def _latest(self, match: csr_matrix, alike: csr_matrix) -> np.ndarray:
        """Of each pair of `alike`, the largest match of an item that both have."""
        found = np.zeros(len(alike.data), np.float32)
        best = np.zeros(had.shape[0], np.float32)
        for row in range(alike.shape[0]):
            part = slice(alike.indptr[row], alike.indptr[row + 1])
            for entry in range(match.indptr[row], match.indptr[row + 1]):
                item = match.indices[entry]
                users = users_of.indices[users_of.indptr[item] : users_of.indptr[item + 1]]
                best[users] = np.maximum(best[users], match.data[entry])
            found[part] = best[alike.indices[part]]
            best[alike.indices[part]] = 0
        return found


report(Neighbours(), train, test, settings["threads"], time.process_time(), f"by SciPy {version('scipy')}")
