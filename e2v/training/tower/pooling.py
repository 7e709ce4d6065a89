"""How the input vectors of a history become one vector: their mean, or a mean weighted by recency.

By recency the item that p others of a history of n come after weighs

    w_p = (1 + p)^-a / sum_{q < n} (1 + q)^-a,

which is the softmax over the history of -a ln(1 + p). The exponent a is learned; at 0 it is the mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import WeightedCsr
from e2v.kernels.tower.draws import transpose
from e2v.training.linear.products import product
from e2v.vectors.matrix import Floats


@dataclass(frozen=True, slots=True)
class Pooling:
    """The weights of the items in the examples of a batch, a row for each example; they sum to 1.

    by_item: the same weights, a row for each of the batch's items. slopes: the derivatives of the weights of
    `by_example` by the exponent; None where there is none.
    """

    by_example: WeightedCsr
    by_item: WeightedCsr
    slopes: WeightedCsr | None = None


@dataclass(frozen=True, slots=True)
class Reads:
    """Which input vectors a batch reads, and by whom.

    items: int64[k], all of them, once. by_example, by_item: as of a `Pooling`, but where the weights depend
    on the exponent there is ln(1 + p) in their place.
    """

    items: NDArray[np.int64]
    by_example: WeightedCsr
    by_item: WeightedCsr

    def of_places(self, places: NDArray[np.int64]) -> Reads:
        """The same with places among `items` in place of items as the columns of `by_example`.

        places: int64[V], -1 each, and left so.
        """
        places[self.items] = np.arange(len(self.items))
        columns = places[self.by_example.columns].astype(np.int32)
        places[self.items] = -1
        return replace(self, by_example=self.by_example._replace(columns=columns))

    def pooling(self, recency: Floats | None) -> Pooling:
        """With the exponent as it is now: float32[1]; None is the mean."""
        if recency is None:
            return Pooling(self.by_example, self.by_item)
        by_example, sums = _by_recency(self.by_example, recency)
        of_items = np.exp(-recency * self.by_item.weights) / sums[self.by_item.columns]
        logs, weights, rows = self.by_example.weights, by_example.weights, _rows(by_example)
        mean_logs = np.bincount(rows, weights * logs, len(sums)).astype(np.float32)
        slopes = by_example._replace(weights=weights * (mean_logs[rows] - logs))
        return Pooling(by_example, self.by_item._replace(weights=of_items), slopes)


def reads(histories: Histories, places: NDArray[np.int64], *, by_recency: bool) -> Reads:
    """Of these histories. places: int64[V], -1 each, and left so."""
    by_example, m = _logs(histories) if by_recency else _mean(histories), len(histories.items)
    items = np.empty(m, np.int64)
    by_item = WeightedCsr(np.empty(m + 1, np.int64), np.empty(m, np.int32), np.empty(m, np.float32))
    n = transpose(by_example, places, items, by_item)
    return Reads(items[:n], by_example, by_item._replace(offsets=by_item.offsets[: n + 1]))


def pooled(inputs: Floats, histories: Histories, recency: Floats | None = None) -> Floats:
    """float32[n, d]: each history's rows as one; zeros for an empty one.

    recency: float32[1], the exponent; None is the mean.
    """
    matrix = _mean(histories) if recency is None else _by_recency(_logs(histories), recency)[0]
    return product(matrix, inputs, np.empty((len(histories), inputs.shape[1]), np.float32))


def _mean(histories: Histories) -> WeightedCsr:
    sizes = histories.sizes
    shares = 1 / np.maximum(sizes, 1).astype(np.float32)
    return WeightedCsr(histories.offsets, histories.items, np.repeat(shares, sizes))


def _logs(histories: Histories) -> WeightedCsr:
    """ln(1 + p) of each item."""
    ends = np.repeat(histories.offsets[1:], histories.sizes)
    logs = np.log((ends - np.arange(len(ends))).astype(np.float32))
    return WeightedCsr(histories.offsets, histories.items, logs)


def _by_recency(logs: WeightedCsr, recency: Floats) -> tuple[WeightedCsr, Floats]:
    """The weights of what `_logs` gives, and float32[n], the sums that they were divided by."""
    powers, rows = np.exp(-recency * logs.weights), _rows(logs)
    sums = np.bincount(rows, powers, len(logs.offsets) - 1).astype(np.float32)
    return logs._replace(weights=powers / sums[rows]), sums


def _rows(matrix: WeightedCsr) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(matrix.offsets) - 1), np.diff(matrix.offsets))
