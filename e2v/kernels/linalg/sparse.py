"""Products with sparse matrices of ones."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.cache import kernel


class Csr(NamedTuple):
    """A sparse matrix of ones by rows (CSR): row r has them in columns[offsets[r] : offsets[r + 1]]."""

    offsets: np.ndarray  #  int64[n + 1]
    columns: np.ndarray  #  int32[m]


class ScaledInteractions(NamedTuple):
    """X = U R S: R a matrix of ones, users by items, given by rows and by columns; U and S diagonal."""

    users: Csr  #              a row for each user: R
    items: Csr  #              a row for each item: R^T
    user_scale: np.ndarray  #  float32[users]: U
    item_scale: np.ndarray  #  float32[items]: S


@kernel
def sum_rows(matrix, dense, out, first, last):
    """out[r] = sum of dense[c] over the columns c of row r of `matrix`, a Csr, for first <= r < last.

    dense: float32[c, d]. out: float32[n, d].
    """
    for r in range(first, last):
        for j in range(dense.shape[1]):
            out[r, j] = 0
        for e in range(matrix.offsets[r], matrix.offsets[r + 1]):
            c = matrix.columns[e]
            for j in range(dense.shape[1]):
                out[r, j] += dense[c, j]


@kernel
def times_gram(histories, x, out, first, last):
    """out[r] = h_r X^T X for first <= r < last: from a history's items to their users to the users' items.

    h_r is row r of histories, a Csr. x: ScaledInteractions. out: float32[rows, items].
    """
    weights = np.zeros(len(x.user_scale), np.float32)
    reached = np.empty(len(x.user_scale), np.int32)
    for r in range(first, last):
        n_reached = 0
        for e in range(histories.offsets[r], histories.offsets[r + 1]):
            i = histories.columns[e]
            for f in range(x.items.offsets[i], x.items.offsets[i + 1]):
                u = x.items.columns[f]
                if weights[u] == 0:
                    reached[n_reached] = u
                    n_reached += 1
                weights[u] += x.item_scale[i]
        for j in range(out.shape[1]):
            out[r, j] = 0
        for k in range(n_reached):
            u = reached[k]
            weight = weights[u] * x.user_scale[u] * x.user_scale[u]
            weights[u] = 0
            for f in range(x.users.offsets[u], x.users.offsets[u + 1]):
                out[r, x.users.columns[f]] += weight
        for j in range(out.shape[1]):
            out[r, j] *= x.item_scale[j]
