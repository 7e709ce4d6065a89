"""The sparse matrix of who had what, and its products."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from e2v.corpus.histories import Histories
from e2v.vectors.matrix import Floats

#: Rows of a result that one thread computes at a time.
_ROWS_AT_ONCE = 32


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

    def two_steps(self, histories: Histories) -> Floats:
        """float32[h, items]: H X^T X, where the rows of H are the histories, ones at their items."""
        from e2v.kernels.linalg.sparse import two_steps

        out = np.empty((len(histories), len(self.items)), np.float32)
        _in_threads(
            len(out),
            lambda first, last: two_steps(
                self.items.offsets,
                self.items.items,
                self.item_scale,
                self.users.offsets,
                self.users.items,
                self.user_scale,
                histories.offsets,
                histories.items,
                out,
                first,
                last,
            ),
        )
        return out


def _scale(rows: Histories) -> Floats:
    scale: Floats = (1 / np.sqrt(np.maximum(rows.sizes, 1))).astype(np.float32)
    return scale


def _sum_rows(sparse: Histories, dense: Floats) -> Floats:
    """float32[n, d]: for each row of `sparse` the sum of the rows of `dense` that it names."""
    from e2v.kernels.linalg.sparse import sum_rows

    out = np.empty((len(sparse), dense.shape[1]), np.float32)
    _in_threads(len(out), lambda first, last: sum_rows(sparse.offsets, sparse.items, dense, out, first, last))
    return out


def _in_threads(n_rows: int, compute: Callable[[int, int], None]) -> None:
    """Call `compute(first, last)` for runs of rows on all cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        firsts = range(0, n_rows, _ROWS_AT_ONCE)
        list(pool.map(lambda first: compute(first, min(first + _ROWS_AT_ONCE, n_rows)), firsts))
