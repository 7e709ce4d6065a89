"""The exact softmax over the whole vocabulary: matrix work, so NumPy and BLAS.

It is the objective that negative sampling and hierarchical softmax approximate (Mikolov et al. 2013b,
arXiv:1310.4546, equation 2), and the yardstick for small vocabularies: a step costs O(V d).

An example is a group of context words and the centre that their mean is to predict. CBOW has one
example per centre; skip-gram has one per pair, whose group is a single word.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.sgd import UnitResult
from e2v.training.engine.schedule import Unit
from e2v.training.word2vec.model import Model
from e2v.training.word2vec.settings import Word2VecSettings

#: Examples whose gradients are taken at the same parameters and summed: large enough for BLAS, small
#: enough to stay close to one step per example.
BATCH = 64
#: Centres whose contexts are laid out at a time.
_CENTRES = 1024

Ids = NDArray[np.int64]


class SoftmaxTrainer:
    """Trains one unit at a time on the shared matrices.

    tokens int32[N], offsets int64[S + 1], keep float32[V]: probability that an occurrence is kept.
    """

    def __init__(
        self,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        keep: NDArray[np.float32],
        model: Model,
        config: Word2VecSettings,
    ) -> None:
        self._tokens = tokens
        self._offsets = offsets
        self._keep = keep
        self._inputs = model.inputs[:, : model.dim]
        self._outputs = model.outputs[:, : model.dim]
        self._frozen = model.frozen.words
        self._config = config

    @np.errstate(over="ignore", invalid="ignore")  # a run that diverges shows in its loss
    def __call__(self, unit: Unit, _thread: int) -> UnitResult:
        """Train the unit's sentences once."""
        rng = np.random.default_rng(unit.seed)
        ids, begin, end, rates = self._subsampled(unit, rng)
        total, examples = 0.0, 0
        for centres in _chunks(np.arange(len(ids)), _CENTRES):
            centre, context = self._pairs(ids, centres, begin[centres], end[centres], rng)
            if self._config.arch == "skipgram":
                starts = np.arange(len(centre))
            else:
                starts = np.flatnonzero(np.diff(centre, prepend=-1))
            targets, words, ends = centre[starts], ids[context], np.append(starts[1:], len(context))
            for batch in _chunks(np.arange(len(starts)), BATCH):
                group = slice(starts[batch[0]], ends[batch[-1]])
                at = targets[batch]
                total += self._step(words[group], starts[batch] - group.start, ids[at], rates[at])
            examples += len(starts)
        return UnitResult(total, examples, unit.tokens, examples)

    def _subsampled(self, unit: Unit, rng: np.random.Generator) -> tuple[Ids, Ids, Ids, NDArray[np.float32]]:
        """The kept tokens' ids; the begin and end of each one's sentence, or of its group in a large set; its
        learning rate.
        """
        offsets = self._offsets[unit.first : unit.last + 1]
        tokens = self._tokens[offsets[0] : offsets[-1]]
        position = np.flatnonzero(self._keep[tokens] > rng.random(len(tokens), np.float32))
        ids = tokens[position].astype(np.int64)
        rates = unit.lr_start + (unit.lr_end - unit.lr_start) * position / unit.tokens
        bounds = np.searchsorted(position, offsets - offsets[0])
        weights = np.ones(len(bounds) - 1)
        if self._config.set_sample:
            bounds, weights = split_sets(ids, bounds, self._config.set_sample, rng)
        lengths = np.diff(bounds)
        rates *= np.repeat(weights, lengths)
        begin, end = np.repeat(bounds[:-1], lengths), np.repeat(bounds[1:], lengths)
        return ids, begin, end, rates.astype(np.float32)

    def _pairs(
        self, ids: Ids, centres: Ids, begin: Ids, end: Ids, rng: np.random.Generator
    ) -> tuple[Ids, Ids]:
        """All (centre, context) pairs as places among the kept tokens, each centre's side by side.

        An item that a set repeats is no context of itself.
        """
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
        chosen = context != centre if config.context == "window" else ids[context] != ids[centre]
        return centre[chosen], context[chosen]

    def _step(self, contexts: Ids, starts: Ids, targets: Ids, rates: NDArray[np.float32]) -> float:
        """One gradient step on a batch of examples; returns the sum of their losses before it.

        contexts int64[...]: input rows, group g beginning at starts[g]; targets int64[B]; rates float32[B].
        """
        sizes = np.diff(starts, append=len(contexts))
        share = (1 / sizes[:, None]).astype(np.float32)
        hidden = np.add.reduceat(self._inputs[contexts], starts) * share
        logits = hidden @ self._outputs.T
        logits -= logits.max(axis=1, keepdims=True)
        step = np.exp(logits)
        sums = step.sum(axis=1)
        each = np.arange(len(targets))
        loss = float((np.log(sums) - logits[each, targets]).sum(dtype=np.float64))
        step *= (rates / sums)[:, None]
        step[each, targets] -= rates
        change = step @ self._outputs
        if self._config.cbow_gradient == "divided":
            change *= share
        self._outputs[self._frozen :] -= step.T[self._frozen :] @ hidden
        change = np.repeat(change, sizes, axis=0)
        if self._frozen:
            trained = contexts >= self._frozen
            contexts, change = contexts[trained], change[trained]
        np.subtract.at(self._inputs, contexts, change)
        return loss


def split_sets(
    ids: Ids, bounds: Ids, set_sample: int, rng: np.random.Generator
) -> tuple[Ids, NDArray[np.float64]]:
    """Split each set with more than `set_sample` partners for an item into groups with at most so many.

    Set s is ids[bounds[s]:bounds[s + 1]], shuffled in place if it is split. Returns the groups' bounds and
    weights: an item's partners in a group count as `set_sample`, as in `e2v.kernels.sgd.sentences`.
    """
    starts: list[int] = []
    weights: list[float] = []
    for begin, end in itertools.pairwise(bounds.tolist()):
        count = -(-(end - begin) // (set_sample + 1))
        if count > 1:
            rng.shuffle(ids[begin:end])
        for g in range(max(1, count)):
            first, last = (begin + (end - begin) * k // max(1, count) for k in (g, g + 1))
            starts.append(first)
            weights.append(set_sample / (last - first - 1) if count > 1 and last - first > 1 else 1.0)
    return np.array([*starts, bounds[-1]]), np.array(weights)


def _chunks(values: Ids, size: int) -> Iterator[Ids]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
