"""implicit's alternating least squares. Prints the measures, and the CPU seconds it took to learn, as JSON.

A user's vector is the solution of the ridge problem of his history, not a mean of the items', so that the
factors cannot be written as a model that `e2v eval` would score: the script calls what `e2v eval` calls.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

from benchmarks.ranked import report
from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, user_histories

train, test, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
corpus = open_corpus(train)
model = AlternatingLeastSquares(
    factors=settings["dim"],
    regularization=settings["regularization"],
    alpha=settings["alpha"],
    iterations=settings["epochs"],
    num_threads=settings["threads"],
    random_state=settings["seed"],
)


def matrix(histories: Histories) -> csr_matrix:
    """Users by items, a one where the user had the item."""
    once = histories.distinct()
    ones = np.ones(len(once.items), np.float32)
    return csr_matrix((ones, once.items, once.offsets), (len(once), len(corpus.keys)))


class Factors:
    """A recommender, as `evaluate_ranking` asks it for scores."""

    keys = corpus.keys
    popularity = corpus.counts.astype(np.float32)

    def scores(self, histories: Histories, _users: Sequence[str] = (), /) -> np.ndarray:
        """float32[users, items]."""
        users = model.recalculate_user(np.arange(len(histories)), matrix(histories))
        return users @ model.item_factors.T


model.fit(matrix(user_histories(corpus)[1]), show_progress=False)
report(Factors(), train, test, settings["threads"], time.process_time(), version("implicit"))
