"""The softmax of a user tower over a batch's candidates, and its gradients.

Computed by tiles of examples by candidates, which threads share and which fit in their caches. The tiles are
the same for any number of threads, and so are the results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.tower.softmax import Cells, errors, exponentials, scaled_rows, unscaled_gradients
from e2v.threads import Map
from e2v.vectors.matrix import Floats

#: Candidates of a tile: matrix products of fewer are slower.
_BLOCK = 256
#: Examples of a tile, at most; half of a batch where there are so few blocks that some threads would have
#: nothing.
_TILE_ROWS = 256
_FEW_BLOCKS = 12

#: Divergence shows in the loss, not in warnings.
quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The items that a batch's softmax is over.

    items: int64[C], different ones. log_inclusion: float32[C], the log of each one's inclusion probability;
    zeros where all items are candidates. targets, kept: of each example, as places among the candidates.
    weights: float32[m], how much each target counts; None: all alike.
    """

    items: NDArray[np.int64]
    log_inclusion: Floats
    targets: Cells
    kept: Cells
    weights: Floats | None = None


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


class Scratch:
    """Arrays that each step writes anew: new memory would cost more than what is done with it."""

    def __init__(self) -> None:
        self._memory: dict[str, Floats] = {}

    def array(self, name: str, *shape: int) -> Floats:
        """float32 of this shape, with anything in it; the next of this name takes its place."""
        size = math.prod(shape)
        if name not in self._memory or len(self._memory[name]) < size:
            self._memory[name] = np.empty(size, np.float32)
        return self._memory[name][:size].reshape(shape)


class _Tile(NamedTuple):
    """Some examples by some candidates; row, column: the number of these rows and of these columns."""

    rows: slice
    columns: slice
    row: int
    column: int

    @property
    def place(self) -> tuple[int, int]:
        """Its first example and its first candidate."""
        return self.rows.start, self.columns.start


def softmax_gradients(
    users: Floats, layer: ItemLayer, candidates: Candidates, parallel: Map, scratch: Scratch
) -> SoftmaxGradients:
    """The loss of a batch, and its derivatives, which are in `scratch`.

    users: float32[B, d]. layer: of all items. candidates: the batch's targets are among them.

    The loss is -log p(target) times the target's weight, summed over targets. p is the softmax over the
    candidates without those that the example keeps, which are never to be recommended; a candidate that is
    not a target is weighted by the inverse of its inclusion probability (the correction of sampled softmax,
    Bengio and Senécal 2008; for batches, Yi et al. 2019, "Sampling-bias-corrected neural modeling for large
    corpus item recommendations",
    section 3).
    """
    items, targets, kept = candidates.items, candidates.targets, candidates.kept
    weights = candidates.weights
    n_items, (n_users, dim) = len(items), users.shape
    columns = slices(n_items, _BLOCK)
    tile_rows = _TILE_ROWS if len(columns) >= _FEW_BLOCKS else min(_TILE_ROWS, -(-n_users // 2))
    rows = slices(n_users, tile_rows)
    tiles = [_Tile(r, c, i, k) for k, c in enumerate(columns) for i, r in enumerate(rows)]

    vectors = scratch.array("items", n_items, dim)
    lengths = np.zeros(n_items, np.float32)
    if layer.normalised:
        _each(
            parallel, lambda c: scaled_rows(layer.vectors, items, vectors, lengths, c.start, c.stop), columns
        )
    else:
        np.take(layer.vectors, items, axis=0, out=vectors)
    correction = candidates.log_inclusion
    shifts = layer.biases[items] - correction
    logits = scratch.array("logits", n_users * n_items)
    top, partition = (scratch.array(name, len(columns), n_users) for name in ("top", "partition"))

    def logits_of(tile: _Tile) -> Floats:
        """A block of candidates' for all examples is contiguous, and of that a tile is."""
        start, width = n_users * tile.columns.start, tile.columns.stop - tile.columns.start
        part = logits[start + tile.rows.start * width : start + tile.rows.stop * width]
        return part.reshape(-1, width)

    @quiet
    def score(tile: _Tile) -> float:
        r, c, k = tile.rows, tile.columns, tile.column
        part = np.matmul(users[r], vectors[c].T, out=logits_of(tile))
        of_targets: float = exponentials(
            part, shifts[c], correction[c], targets, weights, kept, tile.place, top[k, r], partition[k, r]
        )
        return of_targets

    of_targets = sum(parallel(score, tiles))
    of_examples = np.diff(targets.offsets).astype(np.float32)
    if weights is not None:
        rows_of_targets = np.repeat(np.arange(n_users), np.diff(targets.offsets))
        of_examples = np.bincount(rows_of_targets, weights, n_users).astype(np.float32)
    factors, log_partition = joined(top, partition)
    loss = float((of_examples * log_partition).sum()) - of_targets
    factors *= of_examples

    d_items = scratch.array("d_items", len(rows), n_items, dim)
    d_biases = scratch.array("d_biases", len(rows), n_items)
    d_users = scratch.array("d_users", len(columns), n_users, dim)

    @quiet
    def differentiate(tile: _Tile) -> None:
        r, c, part = tile.rows, tile.columns, logits_of(tile)
        errors(part, factors[tile.column, r], targets, weights, tile.place, d_biases[tile.row, c])
        np.matmul(part.T, users[r], out=d_items[tile.row, c])
        np.matmul(part, vectors[c], out=d_users[tile.column, r])

    _each(parallel, differentiate, tiles)
    if layer.normalised or len(rows) > 1:
        _each(parallel, lambda c: unscaled_gradients(d_items, vectors, lengths, c.start, c.stop), columns)
    return SoftmaxGradients(loss, d_users.sum(axis=0), d_items[0], d_biases.sum(axis=0))


@quiet
def joined(top: Floats, partition: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """What makes probabilities of the exponentials of K blocks, and the logs of each row's whole sum.

    top, partition: float32[K, B], the highest logit of each block, and its sum of exponentials less that.
    Gives float32[K, B] and float64[B].
    """
    highest = top.max(axis=0)
    factors = np.exp(top - highest)
    total = (partition * factors).sum(axis=0)
    return factors / total, np.log(total.astype(np.float64)) + highest


def slices(n: int, size: int) -> list[slice]:
    """0..n, so many at a time."""
    return [slice(first, min(first + size, n)) for first in range(0, n, size)]


def _each(parallel: Map, function: Callable[..., object], parts: Iterable[object]) -> None:
    for _ in parallel(function, parts):
        pass


def normalise_backward(d_scaled: Floats, scaled: Floats, row_lengths: Floats, temperature: float) -> Floats:
    """The gradient by rows v from that by s = v / (|v| temperature): backward through the normalisation."""
    along = np.einsum("ij,ij->i", d_scaled, scaled)[:, np.newaxis] * np.float32(temperature**2)
    d_vectors: Floats = (d_scaled - scaled * along) / (row_lengths * np.float32(temperature))
    return d_vectors
