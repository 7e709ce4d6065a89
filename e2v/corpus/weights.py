"""How much events count: as their log says, and by their age.

An event of weight w counts as w events wherever something is learned, so that only the ratios of weights
matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.times import Times
from e2v.durations import Duration
from e2v.errors import SettingError

#: An event that is older than so many half-lives counts as one of that age: no weight is 0.
_MOST_HALVINGS = 40.0


def event_weights(corpus: Corpus, half_life: float | None = None) -> NDArray[np.float32] | None:
    """float32[N]: the weight of each token, 1 on average; None where all count alike.

    half_life: an event so much older than the newest one counts half of what it would: a
        `Duration`, or a plain number of the kind that the log has for times.

    Raises:
        SettingError: there is a half-life, and the corpus does not say when its events were; or it is a plain
            number, and the log has dates.
        DamagedFileError: as `Corpus.times` and `Corpus.weights`.
    """
    weights: NDArray[np.floating[Any]] | None = corpus.weights()
    if half_life is not None:
        times = corpus.times()
        if times is None:
            raise SettingError(
                "{half_life} needs times, and {} does not say when its events were",
                corpus.name,
                hint="e2v events --time COLUMN keeps the times of a log",
            )
        if times.unit != "numbers" and not isinstance(half_life, Duration):
            raise SettingError(
                "{half_life} {}: of what? {} has dates",
                f"{half_life:g}",
                corpus.name,
                hint=f"give its unit, such as {half_life if half_life in range(1, 10_000) else 30:g}d",
            )
        aged = _by_age(times, half_life)
        weights = aged if weights is None else aged * weights
    if weights is None or not len(weights):
        return None
    scaled: NDArray[np.float32] = (weights / weights.mean(dtype=np.float64)).astype(np.float32)
    return scaled


def _by_age(times: Times, half_life: float) -> NDArray[np.float64]:
    values = times.values.astype(np.float64)
    if times.unit == "microseconds":
        values /= 1e6
    with np.errstate(over="ignore"):  # of a half-life far below what times differ by
        halvings = np.minimum((values.max(initial=-np.inf) - values) / half_life, _MOST_HALVINGS)
    weights: NDArray[np.float64] = np.exp2(-halvings)
    return weights
