"""The exact softmax over the whole vocabulary: matrix work, so NumPy and BLAS.

It is the objective that negative sampling and hierarchical softmax approximate (Mikolov et al. 2013b,
arXiv:1310.4546, equation 2), and the yardstick for small vocabularies: a step costs O(V d).

An example is a group of context words and the centre that their mean is to predict. CBOW has one
example per centre; skip-gram has one per pair, whose group is a single word.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e2v.training.config import TrainConfig
from e2v.training.model import Model
from e2v.training.schedule import Unit
from e2v.training.trainer import UnitLoss

#: Examples whose gradients are taken at the same parameters and summed: large enough for BLAS, small
#: enough to stay close to one step per example.
_BATCH = 64
#: Centres whose contexts are laid out at a time.
_CENTRES = 1024

Ids = NDArray[np.int64]


class SoftmaxWorker:
    """Trains one unit at a time on the shared matrices.

    tokens int32[N], offsets int64[S + 1], keep float32[V]: probability that an occurrence is kept.
    """

    def __init__(
        self,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        keep: NDArray[np.float32],
        model: Model,
        config: TrainConfig,
    ) -> None:
        self._tokens = tokens
        self._offsets = offsets
        self._keep = keep
        self._inputs = model.inputs[:, : model.dim]
        self._outputs = model.outputs[:, : model.dim]
        self._config = config

    def __call__(self, unit: Unit) -> UnitLoss:
        """Train the unit's sentences once."""
        rng = np.random.default_rng(unit.seed)
        ids, position, begin, end = self._subsampled(unit, rng)
        rates = unit.lr_start + (unit.lr_end - unit.lr_start) * position / max(1, unit.tokens)
        total, examples = 0.0, 0
        for centres in _chunks(np.arange(len(ids)), _CENTRES):
            centre, context = self._pairs(centres, begin[centres], end[centres], rng)
            if self._config.arch == "skipgram":
                starts = np.arange(len(centre))
            else:
                starts = np.flatnonzero(np.diff(centre, prepend=-1))
            targets, words, ends = centre[starts], ids[context], np.append(starts[1:], len(context))
            for batch in _chunks(np.arange(len(starts)), _BATCH):
                group = slice(starts[batch[0]], ends[batch[-1]])
                total += self._step(
                    words[group], starts[batch] - group.start, ids[targets[batch]], rates[targets[batch[0]]]
                )
            examples += len(starts)
        return UnitLoss(total, examples)

    def _subsampled(self, unit: Unit, rng: np.random.Generator) -> tuple[Ids, Ids, Ids, Ids]:
        """The kept tokens' ids, their places in the unit, and each one's sentence as begin and end."""
        offsets = self._offsets[unit.first : unit.last + 1]
        tokens = self._tokens[offsets[0] : offsets[-1]]
        position = np.flatnonzero(self._keep[tokens] > rng.random(len(tokens), np.float32))
        bounds = np.searchsorted(position, offsets - offsets[0])
        lengths = np.diff(bounds)
        ids = tokens[position].astype(np.int64)
        return ids, position, np.repeat(bounds[:-1], lengths), np.repeat(bounds[1:], lengths)

    def _pairs(self, centres: Ids, begin: Ids, end: Ids, rng: np.random.Generator) -> tuple[Ids, Ids]:
        """All (centre, context) pairs as places among the kept tokens, each centre's side by side."""
        config = self._config
        if config.context == "window":
            fixed = config.window_mode == "fixed"
            reach = (
                np.full(len(centres), config.window)
                if fixed
                else rng.integers(1, config.window + 1, len(centres))
            )
            begin, end = np.maximum(begin, centres - reach), np.minimum(end, centres + reach + 1)
        sizes = end - begin
        centre = np.repeat(centres, sizes)
        within = np.arange(len(centre)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        context = np.repeat(begin, sizes) + within
        chosen = context != centre
        return centre[chosen], context[chosen]

    def _step(self, contexts: Ids, starts: Ids, targets: Ids, lr: float) -> float:
        """One gradient step on a batch of examples; returns the sum of their losses before it.

        contexts int64[...]: input rows, group g beginning at starts[g]; targets int64[B].
        """
        sizes = np.diff(starts, append=len(contexts))
        hidden = np.add.reduceat(self._inputs[contexts], starts) / sizes[:, None].astype(np.float32)
        logits = hidden @ self._outputs.T
        logits -= logits.max(axis=1, keepdims=True)
        error = np.exp(logits)
        sums = error.sum(axis=1)
        each = np.arange(len(targets))
        loss = float((np.log(sums) - logits[each, targets]).sum(dtype=np.float64))
        error /= sums[:, None]
        error[each, targets] -= 1
        gradient = error @ self._outputs
        if self._config.cbow_gradient == "divided":
            gradient /= sizes[:, None].astype(np.float32)
        self._outputs -= np.float32(lr) * (error.T @ hidden)
        np.subtract.at(self._inputs, contexts, np.float32(lr) * np.repeat(gradient, sizes, axis=0))
        return loss


def _chunks(values: Ids, size: int) -> Iterator[Ids]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
