"""What baselines learn from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories, histories_of
from e2v.corpus.weights import event_weights
from e2v.vectors.matrix import Floats


class Learned(NamedTuple):
    """histories: of the users, with weights if events have some.

    popularity: float32[n], how often each item occurs, an event of weight w being w.
    """

    histories: Histories
    popularity: Floats


def learned_from(corpus: Corpus, half_life: float | None = None) -> Learned:
    """What there is to learn from in a corpus.

    Raises:
        SettingError: see `event_weights`.
    """
    weights = event_weights(corpus, half_life)
    popularity: Floats = corpus.counts.astype(np.float32)
    if weights is not None:
        popularity = np.bincount(corpus.tokens, weights, len(corpus.keys)).astype(np.float32)
    return Learned(histories_of(corpus, weights), popularity)
