"""The sparse matrix of who had what, and its products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from e2v.corpus.histories import Histories
from e2v.kernels.linalg.sparse import Csr, ScaledInteractions, sum_rows, times_gram
from e2v.threads import parallel_map
from e2v.vectors.matrix import Floats

#: Rows of a result that one thread computes at a time.
_BLOCK_ROWS = 32


class InteractionMatrix:
    """X[u, i] = 1 / sqrt(d_u d_i) where user u had item i; u had d_u items in all, and i had d_i users.

    In this scale X^T X has (i, j) = the sum of 1 / d_u over the users of both, divided by the square root
    of d_i d_j, its row sum and column sum: the matrix whose decomposition Barkan and Koenigstein (2016),
    "Item2vec", section 4.1, compare theirs with. X is also what Shen et al. (2021), "How powerful is graph
    convolution for recommendation?", filter with.

    users: the histories. n_items: how many items there are.
    """

    def __init__(self, users: Histories, n_items: int) -> None:
        self.users = users.distinct()
        self.items = self.users.transposed(n_items)
        self.user_scale = _scale(self.users)
        self.item_scale = _scale(self.items)

    @property
    def shape(self) -> tuple[int, int]:
        """(users, items)."""
        return len(self.users), len(self.items)

    def times(self, dense: Floats) -> Floats:
        """float32[users, d]: X dense, for dense float32[items, d]."""
        return _sum_rows(self.users, dense * self.item_scale[:, np.newaxis]) * self.user_scale[:, np.newaxis]

    def transposed_times(self, dense: Floats) -> Floats:
        """float32[items, d]: X^T dense, for dense float32[users, d]."""
        return _sum_rows(self.items, dense * self.user_scale[:, np.newaxis]) * self.item_scale[:, np.newaxis]

    def times_gram(self, histories: Histories) -> Floats:
        """float32[h, items]: H X^T X, where the rows of H are the histories, ones at their items."""
        x = ScaledInteractions(csr(self.users), csr(self.items), self.user_scale, self.item_scale)
        rows = csr(histories)
        out = np.empty((len(histories), len(self.items)), np.float32)
        _for_rows(len(out), lambda first, last: times_gram(rows, x, out, first, last))
        return out


def csr(histories: Histories) -> Csr:
    """Histories as the sparse matrix of ones that kernels take."""
    return Csr(histories.offsets, histories.items)


def _scale(rows: Histories) -> Floats:
    scale: Floats = (1 / np.sqrt(np.maximum(rows.sizes, 1))).astype(np.float32)
    return scale


def _sum_rows(sparse: Histories, dense: Floats) -> Floats:
    """float32[n, d]: for each row of `sparse` the sum of the rows of `dense` that it names."""
    out = np.empty((len(sparse), dense.shape[1]), np.float32)
    matrix = csr(sparse)
    _for_rows(len(out), lambda first, last: sum_rows(matrix, dense, out, first, last))
    return out


def _for_rows(n_rows: int, compute: Callable[[int, int], None]) -> None:
    """Call `compute(first, last)` for blocks of rows, on all CPUs."""
    with parallel_map() as parallel:
        firsts = range(0, n_rows, _BLOCK_ROWS)
        list(parallel(lambda first: compute(first, min(first + _BLOCK_ROWS, n_rows)), firsts))
