"""The sparse matrix of who had what, and its products."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import Csr, ScaledInteractions, WeightedCsr, sum_rows, times_gram
from e2v.threads import parallel_map
from e2v.vectors.matrix import Floats

#: Parts of a result, each of which one thread computes.
_PARTS = 256


class InteractionMatrix:
    """X[u, i] = r_ui / sqrt(d_u d_i), where d_u is the sum of row u of R, and d_i that of column i.

    r_ui is 1 where user u had item i; with weights of events it is the sum of those of u with i, so that an
    event of weight w counts as w events.

    In this scale X^T X has (i, j) = the sum of r_ui r_uj / d_u over the users of both, divided by the square
    root of d_i d_j, its row sum and column sum: the matrix whose decomposition Barkan and Koenigstein (2016),
    "Item2vec", section 4.1, compare theirs with. X is also what Shen et al. (2021), "How powerful is graph
    convolution for recommendation?", filter with.

    users: the histories. n_items: how many items there are. threads: None for all CPUs; the results do not
    depend on them.
    """

    def __init__(self, users: Histories, n_items: int, threads: int | None = None) -> None:
        self.threads = threads
        self.users = users.distinct()
        self.items = self.users.transposed(n_items)
        self.user_scale = _scale(self.users)
        self.item_scale = _scale(self.items)
        self._by_user = _scaled(self.users, self.user_scale, self.item_scale)
        self._by_item = _scaled(self.items, self.item_scale, self.user_scale)

    @property
    def shape(self) -> tuple[int, int]:
        """(users, items)."""
        return len(self.users), len(self.items)

    def times(self, dense: Floats) -> Floats:
        """float32[users, d]: X dense, for dense float32[items, d]."""
        return self._times(self._by_user, dense)

    def transposed_times(self, dense: Floats) -> Floats:
        """float32[items, d]: X^T dense, for dense float32[users, d]."""
        return self._times(self._by_item, dense)

    def times_gram(self, histories: Histories) -> Floats:
        """float32[h, items]: H X^T X, where the rows of H are the histories, ones at their items."""
        x = ScaledInteractions(csr(self.users), csr(self.items), self.user_scale, self.item_scale)
        rows = csr(histories)
        out = np.empty((len(histories), len(self.items)), np.float32)
        of_users, of_items = self.users.weights, self.items.weights
        self._for_rows(
            len(out), lambda first, last: times_gram(rows, x, of_users, of_items, out, first, last)
        )
        return out

    def _times(self, matrix: WeightedCsr, dense: Floats) -> Floats:
        out = np.empty((len(matrix.offsets) - 1, dense.shape[1]), np.float32)
        self._for_rows(len(out), lambda first, last: sum_rows(matrix, dense, out, first, last))
        return out

    def _for_rows(self, n_rows: int, compute: Callable[[int, int], None]) -> None:
        """Call `compute(first, last)` for blocks of rows, on the threads."""
        cuts = sorted({n_rows * part // _PARTS for part in range(_PARTS + 1)})
        with parallel_map(self.threads) as parallel:
            parallel(lambda block: compute(*block), pairwise(cuts))


def csr(histories: Histories) -> Csr:
    """Histories as the sparse matrix of ones that kernels take."""
    return Csr(histories.offsets, histories.items)


def _scale(rows: Histories) -> Floats:
    sums = np.bincount(rows.rows, rows.weights, len(rows))
    scale: Floats = (1 / np.sqrt(np.where(rows.sizes, sums, 1))).astype(np.float32)
    return scale


def _scaled(rows: Histories, row_scale: Floats, column_scale: Floats) -> WeightedCsr:
    weights = np.repeat(row_scale, rows.sizes) * column_scale[rows.items]
    if rows.weights is not None:
        weights *= rows.weights
    return WeightedCsr(rows.offsets, rows.items, weights)
