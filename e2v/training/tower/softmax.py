"""The softmax of a user tower over a batch's candidates, and its gradients.

Computed by blocks of candidates, which threads share and which fit in their caches. The blocks are the same
for any number of threads, and so are the results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.threads import Map
from e2v.training.tower.examples import Batch
from e2v.vectors.matrix import Floats, lengths

#: Candidates in a block.
_BLOCK = 1024
#: Below every score, and above minus infinity, from which it can be subtracted.
_LOWEST = np.float32(-1e30)

#: Divergence shows in the loss, not in warnings.
_quiet = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The items that a batch's softmax is over.

    items: int64[C], ascending. log_inclusion: float32[C], the log of each one's inclusion probability; zeros
    where all items are candidates.
    """

    items: NDArray[np.int64]
    log_inclusion: Floats


class ItemLayer(NamedTuple):
    """What user vectors are compared with.

    vectors: float32[V, d]. biases: float32[V]. normalised: whether the vectors are scaled to length 1 first.
    """

    vectors: Floats
    biases: Floats
    normalised: bool


@dataclass(frozen=True, slots=True)
class SoftmaxGradients:
    """The summed loss in nats, and its derivatives.

    d_users: float32[B, d]. d_items: float32[C, d], d_biases: float32[C], of the candidates.
    """

    loss: float
    d_users: Floats
    d_items: Floats
    d_biases: Floats


class _Cells:
    """Some cells of a matrix of examples by candidates, found by blocks of columns."""

    def __init__(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
        order = np.argsort(columns, kind="stable")
        self._rows, self._columns = rows[order], columns[order]

    def within(self, block: slice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the cells in a block, the columns counted from its first."""
        first, last = np.searchsorted(self._columns, (block.start, block.stop))
        return self._rows[first:last], self._columns[first:last] - block.start


def softmax_gradients(
    users: Floats, layer: ItemLayer, batch: Batch, candidates: Candidates, parallel: Map
) -> SoftmaxGradients:
    """The loss of a batch, and its derivatives.

    users: float32[B, d]. layer: of all items. candidates: the batch's targets are among them.

    The loss is -log p(target) summed over targets. p is the softmax over the candidates without those that
    the example keeps, which are never to be recommended; a candidate that is not a target is weighted by the
    inverse of its inclusion probability (the correction of sampled softmax, Bengio and Senécal 2008; for
    batches, Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item recommendations",
    section 3).
    """
    n_items, dim = len(candidates.items), users.shape[1]
    targets = _Cells(batch.targets.rows, np.searchsorted(candidates.items, batch.targets.items))
    columns = np.minimum(np.searchsorted(candidates.items, batch.kept.items), n_items - 1)
    drawn = candidates.items[columns] == batch.kept.items
    kept = _Cells(batch.kept.rows[drawn], columns[drawn])
    all_items = n_items == len(layer.vectors)

    @_quiet
    def score(block: slice) -> _Scored:
        rows = layer.vectors[block] if all_items else layer.vectors[candidates.items[block]]
        row_lengths = lengths(rows)[:, np.newaxis] if layer.normalised else np.ones((1, 1), np.float32)
        items = rows / row_lengths
        logits = users @ items.T
        logits += layer.biases[candidates.items[block]] - candidates.log_inclusion[block]
        at = targets.within(block)
        logits[at] += candidates.log_inclusion[block][at[1]]
        logits[kept.within(block)] = -np.inf
        top = np.maximum(logits.max(axis=1, keepdims=True), _LOWEST)
        of_targets = float(logits[at].sum(dtype=np.float64))
        logits -= top
        np.exp(logits, out=logits)
        return _Scored(block, items, row_lengths, logits, top, logits.sum(axis=1, keepdims=True), of_targets)

    scored: list[_Scored] = list(
        parallel(score, [slice(at, min(at + _BLOCK, n_items)) for at in range(0, n_items, _BLOCK)])
    )
    top = np.max([part.top for part in scored], axis=0)
    partition = sum(part.partition * np.exp(part.top - top) for part in scored)
    n_targets = batch.targets.sizes.astype(np.float32)[:, np.newaxis]
    loss = float((n_targets * (np.log(partition) + top)).sum(dtype=np.float64))
    loss -= sum(part.of_targets for part in scored)

    d_items, d_biases = np.empty((n_items, dim), np.float32), np.empty(n_items, np.float32)

    @_quiet
    def differentiate(part: _Scored) -> Floats:
        errors = part.exponentials
        errors *= np.exp(part.top - top) * n_targets / partition
        errors[targets.within(part.block)] -= 1
        d_biases[part.block] = errors.sum(axis=0)
        d_block = errors.T @ users
        if layer.normalised:
            d_block = normalise_backward(d_block, part.items, part.lengths, 1.0)
        d_items[part.block] = d_block
        return errors @ part.items

    d_users: Floats = np.sum(list(parallel(differentiate, scored)), axis=0)
    return SoftmaxGradients(loss, d_users, d_items, d_biases)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A block with its items' vectors as used, what divided them, and its part of the softmax.

    exponentials: float32[B, c], of the logits less `top`, the highest of each row, float32[B, 1].
    partition: float32[B, 1], their sums. of_targets: sum of the targets' logits.
    """

    block: slice
    items: Floats
    lengths: Floats
    exponentials: Floats
    top: Floats
    partition: Floats
    of_targets: float


def normalise_backward(d_scaled: Floats, scaled: Floats, row_lengths: Floats, temperature: float) -> Floats:
    """The gradient by rows v from that by s = v / (|v| temperature): backward through the normalisation."""
    along = np.einsum("ij,ij->i", d_scaled, scaled)[:, np.newaxis] * np.float32(temperature**2)
    d_vectors: Floats = (d_scaled - scaled * along) / (row_lengths * np.float32(temperature))
    return d_vectors
