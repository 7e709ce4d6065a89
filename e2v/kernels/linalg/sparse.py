"""Products with a sparse matrix of ones, given by rows as offsets and columns (CSR)."""

import numpy as np

from e2v.kernels.codegen.cache import kernel


@kernel
def sum_rows(offsets, columns, dense, out, first, last):
    """out[r] = sum of dense[c] over c in columns[offsets[r]:offsets[r + 1]], for first <= r < last.

    offsets: int64[n + 1]. columns: int32[m], below len(dense). dense: float32[c, d]. out: float32[n, d].
    """
    for r in range(first, last):
        for j in range(dense.shape[1]):
            out[r, j] = 0
        for e in range(offsets[r], offsets[r + 1]):
            c = columns[e]
            for j in range(dense.shape[1]):
                out[r, j] += dense[c, j]


@kernel
def two_steps(
    item_offsets,
    item_users,
    item_scale,
    user_offsets,
    user_items,
    user_scale,
    offsets,
    items,
    out,
    first,
    last,
):
    """out[r] = h_r S R.T U U R S for first <= r < last: from a history's items to their users to their items.

    R is the matrix of ones, users by items, given by columns (item_offsets int64[n + 1], item_users int32[m])
    and by rows (user_offsets int64[u + 1], user_items int32[m]); S and U are diagonal (item_scale float32[n],
    user_scale float32[u]). h_r has ones at items[offsets[r]:offsets[r + 1]], items int32[k].
    out: float32[len(offsets) - 1, n].
    """
    weights = np.zeros(len(user_scale), np.float32)
    reached = np.empty(len(user_scale), np.int32)
    for r in range(first, last):
        n_reached = 0
        for e in range(offsets[r], offsets[r + 1]):
            i = items[e]
            for f in range(item_offsets[i], item_offsets[i + 1]):
                u = item_users[f]
                if weights[u] == 0:
                    reached[n_reached] = u
                    n_reached += 1
                weights[u] += item_scale[i]
        for j in range(out.shape[1]):
            out[r, j] = 0
        for k in range(n_reached):
            u = reached[k]
            weight = weights[u] * user_scale[u] * user_scale[u]
            weights[u] = 0
            for f in range(user_offsets[u], user_offsets[u + 1]):
                out[r, user_items[f]] += weight
        for j in range(out.shape[1]):
            out[r, j] *= item_scale[j]
