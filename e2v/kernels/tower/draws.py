"""What a step of the user tower is made of: held-out items, candidates, and who kept which item."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.cache import kernel
from e2v.kernels.codegen.simd import to_pointers
from e2v.kernels.sgd.sampling import draw, draw_below, draw_noise

_40 = np.uint64(40)
_TO_UNIT = np.float64(2.0**-24)


class Noise(NamedTuple):
    """From what candidates are drawn, and room for the draws."""

    table: np.ndarray  #  uint64[V], an `alias_table`
    ids: np.ndarray  #    uint64[n]


@kernel
def hold_out(offsets, items, share, state, kept_offsets, kept, targets):
    """Divide each row at random into items that are kept and `share` of them, targets.

    offsets: int64[n + 1], items: int32[m], rows of at least 2 each, put into another order. state: uint64[1],
    of the random stream. Filled: kept_offsets: int64[n + 1], of the rows kept; kept, targets: int32[m], as
    far as needed. The number kept is rounded up or down at random, so that short rows too give the share on
    average, and is neither none nor all.
    """
    n_kept = n_targets = 0
    for r in range(offsets.shape[0] - 1):
        row = items[offsets[r] : offsets[r + 1]]
        size = row.shape[0]
        chance = np.float64(draw(state) >> _40) * _TO_UNIT
        keep = min(max(np.int64(size * (1 - share) + chance), 1), size - 1)
        for k in range(keep):  # the first steps of Fisher and Yates' shuffle
            other = k + draw_below(state, size - k)
            row[k], row[other] = row[other], row[k]
        for k in range(keep):
            kept[n_kept] = row[k]
            n_kept += 1
        for k in range(keep, size):
            targets[n_targets] = row[k]
            n_targets += 1
        kept_offsets[r + 1] = n_kept


@kernel
def draw_candidates(noise, state, targets, places, items):
    """Fill `items`, int64, with the targets, once each, and the items drawn; returns how many there are.

    noise: `Noise`, which makes as many draws as it has room for. state: uint64[1]. targets: int32[m]. places:
    int64[V], -1 each, becomes each item's place among the candidates.
    """
    n = 0
    for item in targets:
        if places[item] < 0:
            places[item] = n
            items[n] = item
            n += 1
    drawn = to_pointers(noise)
    draw_noise(state, drawn.table, noise.table.shape[0], drawn.ids, noise.ids.shape[0])
    for k in range(noise.ids.shape[0]):
        item = np.int64(noise.ids[k])
        if places[item] < 0:
            places[item] = n
            items[n] = item
            n += 1
    return n


@kernel
def transpose(matrix, places, items, out):
    """A sparse matrix by its columns, of those that have an entry; returns how many they are.

    matrix: WeightedCsr. places: int64[V], -1 each, and left so. Filled: items: int64[m], the columns in the
    order in which they come first; out: WeightedCsr, a row for each, with room for m.
    """
    n = 0
    for item in matrix.columns:
        if places[item] < 0:
            places[item] = n
            items[n] = item
            out.offsets[n] = 0
            n += 1
        out.offsets[places[item]] += 1
    end = 0
    for k in range(n):
        end, out.offsets[k] = end + out.offsets[k], end
    for r in range(matrix.offsets.shape[0] - 1):
        for e in range(matrix.offsets[r], matrix.offsets[r + 1]):
            k = places[matrix.columns[e]]
            out.columns[out.offsets[k]] = r
            out.weights[out.offsets[k]] = matrix.weights[e]
            out.offsets[k] += 1
    for k in range(n, 0, -1):  # from ends to beginnings
        out.offsets[k] = out.offsets[k - 1]
    out.offsets[0] = 0
    for k in range(n):
        places[items[k]] = -1
    return n
