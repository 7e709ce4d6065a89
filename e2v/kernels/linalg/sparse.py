"""Products with sparse matrices."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.cache import kernel
from e2v.kernels.codegen.simd import LANES, fma, load, splat, store, to_pointers


class Csr(NamedTuple):
    """A sparse matrix of ones by rows (CSR): row r has them in columns[offsets[r] : offsets[r + 1]]."""

    offsets: np.ndarray  #  int64[n + 1]
    columns: np.ndarray  #  int32[m]


class WeightedCsr(NamedTuple):
    """A sparse matrix of numbers by rows: row r has weights[e] in columns[e], for the e of a `Csr`."""

    offsets: np.ndarray  #  int64[n + 1]
    columns: np.ndarray  #  int32[m]
    weights: np.ndarray  #  float32[m]


class ScaledInteractions(NamedTuple):
    """X = U R S: R users by items, given by rows and by columns; U and S diagonal.

    R is of ones, or of weights that the kernel is given beside it.
    """

    users: Csr  #              a row for each user: R
    items: Csr  #              a row for each item: R^T
    user_scale: np.ndarray  #  float32[users]: U
    item_scale: np.ndarray  #  float32[items]: S


class _Product(NamedTuple):
    offsets: np.ndarray
    columns: np.ndarray
    weights: np.ndarray
    dense: np.ndarray
    out: np.ndarray


@kernel
def sum_rows(matrix, dense, out, first, last):
    """out[r] = sum of weights[e] * dense[columns[e]] over row r of a WeightedCsr, for first <= r < last.

    dense: float32[c, d]. out: float32[n, d]. A few registers of sums at a time, for all of a row's entries.
    """
    dim = dense.shape[1]
    at = to_pointers(_Product(matrix.offsets, matrix.columns, matrix.weights, dense, out))
    for r in range(first, last):
        begin, end = at.offsets[r], at.offsets[r + 1]
        j = 0
        while j + 4 * LANES <= dim:
            a = splat(np.float32(0))
            b, c, d = a, a, a
            for e in range(begin, end):
                weight, k = splat(at.weights[e]), np.int64(at.columns[e]) * dim + j
                a = fma(weight, load(at.dense, k), a)
                b = fma(weight, load(at.dense, k + LANES), b)
                c = fma(weight, load(at.dense, k + 2 * LANES), c)
                d = fma(weight, load(at.dense, k + 3 * LANES), d)
            k = r * dim + j
            store(at.out, k, a)
            store(at.out, k + LANES, b)
            store(at.out, k + 2 * LANES, c)
            store(at.out, k + 3 * LANES, d)
            j += 4 * LANES
        for rest in range(j, dim):
            out[r, rest] = 0
            for e in range(begin, end):
                out[r, rest] += matrix.weights[e] * dense[matrix.columns[e], rest]


@kernel
def add_rows(dense, rows, weights, out, first, last):
    """out[k] += weights[k] * dense[rows[k]] for first <= k < last.

    dense: float32[n, d]. rows: int64[m]. weights: float32[m]. out: float32[m, d].
    """
    for k in range(first, last):
        row, sums, weight = dense[rows[k]], out[k], weights[k]
        for j in range(row.shape[0]):
            sums[j] += weight * row[j]


@kernel
def times_gram(histories, x, of_users, of_items, out, first, last):
    """out[r] = h_r X^T X for first <= r < last: from a history's items to their users to the users' items.

    h_r is row r of histories, a Csr. x: ScaledInteractions. of_users, of_items: float32[m], the entries of R
    as x.users and x.items have them; None for ones. out: float32[rows, items].
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
                if of_items is not None:
                    weights[u] += x.item_scale[i] * of_items[f]
                else:
                    weights[u] += x.item_scale[i]
        for j in range(out.shape[1]):
            out[r, j] = 0
        for k in range(n_reached):
            u = reached[k]
            weight = weights[u] * x.user_scale[u] * x.user_scale[u]
            weights[u] = 0
            for f in range(x.users.offsets[u], x.users.offsets[u + 1]):
                if of_users is not None:
                    out[r, x.users.columns[f]] += weight * of_users[f]
                else:
                    out[r, x.users.columns[f]] += weight
        for j in range(out.shape[1]):
            out[r, j] *= x.item_scale[j]
