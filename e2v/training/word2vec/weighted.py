"""Sets whose events have weights: each is in its set as often as it weighs, on average.

A weight of 2.3 is two events, or, three times in ten, three; every epoch draws anew, as subsampling does. So
a heavy event takes more steps, not longer ones, which would diverge.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.weights import event_weights
from e2v.notices import notice
from e2v.training.engine.schedule import Unit, stream_seed
from e2v.training.word2vec.settings import Word2VecSettings

Tokens = NDArray[np.int32]
Offsets = NDArray[np.int64]


class WeightedSets:
    """The sets of a corpus.

    weights: float32[N], of its tokens, 1 on average.
    """

    def __init__(self, corpus: Corpus, weights: NDArray[np.float32]) -> None:
        self._corpus, self._weights = corpus, weights

    @property
    def counts(self) -> NDArray[np.float64]:
        """float64[V]: how often each key occurs, on average."""
        corpus = self._corpus
        more = np.bincount(corpus.tokens, self._weights - np.float32(1), len(corpus.keys))
        return np.maximum(corpus.counts + more, 0.0)

    def largest(self) -> tuple[Tokens, Offsets]:
        """Tokens and offsets of sets that none that is drawn is larger than."""
        offsets = self._corpus.offsets
        return self._repeated(0, len(offsets) - 1, np.ceil(self._weights))

    def drawn(self, unit: Unit) -> tuple[Tokens, Offsets, Unit]:
        """Tokens and offsets of the sets of a unit, and the unit that is all of them."""
        first, last = (int(self._corpus.offsets[at]) for at in (unit.first, unit.last))
        rng = np.random.default_rng(stream_seed(unit.seed, 1))
        times = np.floor(self._weights[first:last] + rng.random(last - first, np.float32))
        tokens, offsets = self._repeated(unit.first, unit.last, times)
        return tokens, offsets, replace(unit, first=0, last=unit.last - unit.first, tokens=len(tokens))

    def _repeated(self, first: int, last: int, times: NDArray[np.float32]) -> tuple[Tokens, Offsets]:
        """Sets first..last (exclusive), each of their tokens so many times."""
        bounds = self._corpus.offsets[first : last + 1]
        copies = times.astype(np.int64)
        tokens = np.repeat(self._corpus.tokens[bounds[0] : bounds[-1]], copies)
        offsets = np.append(0, np.cumsum(copies))[bounds - bounds[0]]
        tokens.flags.writeable = offsets.flags.writeable = False  # as those of a corpus, see `_compile`
        return tokens, offsets


def weighted_sets(corpus: Corpus, config: Word2VecSettings) -> WeightedSets | None:
    """The sets with their weights; None where all events count alike, or there are no sets.

    Raises:
        SettingError: see `event_weights`.
    """
    if config.context != "set":
        if corpus.weights() is not None:
            notice(f"{corpus.name}: events have weights, which do not count with windows")
        return None
    weights = event_weights(corpus, config.half_life)
    return None if weights is None else WeightedSets(corpus, weights)
