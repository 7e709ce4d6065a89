"""The softmax of a user tower over candidates, by tiles that fit into a core's cache."""

from typing import NamedTuple

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

#: Below every score, and above minus infinity, from which it can be subtracted.
_LOWEST = np.float32(-1e30)
_LANES = 16
_ZERO, _ONE = np.float32(0), np.float32(1)

#: exp(r) for |r| <= ln(2) / 2 as a polynomial in r, highest power first (Cephes expf: relative error below
#: 2e-7).
_E5, _E4 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3)
_E3, _E2 = np.float32(8.3334519073e-3), np.float32(4.1665795894e-2)
_E1, _E0 = np.float32(1.6666665459e-1), np.float32(0.5)
_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
#: Adding 1.5 * 2**23 rounds a float to an integer, which is then found in its lowest bits.
_ROUND = np.float32(12582912.0)
#: Below this, exp would be denormal in float32.
_LEAST = np.float32(-87)


class Cells(NamedTuple):
    """Some cells of a matrix of examples by candidates: row r's are columns[offsets[r] : offsets[r + 1]]."""

    offsets: np.ndarray  #  int64[B + 1]
    columns: np.ndarray  #  int64[m]; -1 is none


@helper
def _exp(x):
    """exp(x) for x <= 0, in float32 and with no branch, so that loops over it become SIMD; nan of nan."""
    y = _LEAST if x < _LEAST else x
    shifted = y * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = y - n * _LN2_HIGH - n * _LN2_LOW
    p = ((((_E5 * r + _E4) * r + _E3) * r + _E2) * r + _E1) * r + _E0
    p = p * r * r + r + _ONE
    bits = np.float32(p).view(np.int32) + np.int32(np.float32(shifted).view(np.int32) << np.int32(23))
    return _ZERO if x < _LEAST else np.int32(bits).view(np.float32) + (x - x)


@helper
def _exponentials(row, lanes):
    """Replace float32[n] by the exponentials of itself less its maximum; returns that, and their sum.

    lanes: float32[_LANES] to work with.
    """
    whole = row.shape[0] // _LANES * _LANES
    lanes[:] = _LOWEST
    for j in range(0, whole, _LANES):
        for q in range(_LANES):
            lanes[q] = max(lanes[q], row[j + q])
    top = _LOWEST
    for q in range(_LANES):
        top = max(top, lanes[q])
    for j in range(whole, row.shape[0]):
        top = max(top, row[j])
    for j in range(row.shape[0]):
        row[j] = _exp(row[j] - top)
    lanes[:] = _ZERO
    for j in range(0, whole, _LANES):
        for q in range(_LANES):
            lanes[q] += row[j + q]
    total = _ZERO
    for q in range(_LANES):
        total += lanes[q]
    for j in range(whole, row.shape[0]):
        total += row[j]
    return top, total


@kernel
def exponentials(logits, shifts, correction, targets, weights, kept, place, top, partition):
    """A tile's logits, users times items, become the exponentials of all that is known of them, less `top`.

    logits: float32[r, c], contiguous. shifts, correction: float32[c], added to every logit, and taken away
    again from a target's. targets, kept: `Cells`, the latter of what does not compete. weights: float32[m] of
    the targets, or None: all alike. place: the tile's first row, among the examples, and its first column.
    Filled: top, partition: float32[r], the highest logit, and the sum of the exponentials. Returns the sum of
    the targets' logits, weighted.
    """
    n_rows, n_columns = logits.shape
    first_row, first = place
    of_targets = 0.0
    lanes = np.empty(_LANES, np.float32)
    for r in range(n_rows):
        row = logits[r]
        for j in range(n_columns):
            row[j] += shifts[j]
        for e in range(targets.offsets[first_row + r], targets.offsets[first_row + r + 1]):
            column = targets.columns[e] - first
            if 0 <= column < n_columns:
                row[column] += correction[column]
                if weights is not None:
                    of_targets += weights[e] * row[column]
                else:
                    of_targets += row[column]
        for e in range(kept.offsets[first_row + r], kept.offsets[first_row + r + 1]):
            column = kept.columns[e] - first
            if 0 <= column < n_columns:
                row[column] = -np.inf
        top[r], partition[r] = _exponentials(row, lanes)
    return of_targets


@kernel
def errors(exponentials, factors, targets, weights, place, d_biases):
    """A tile's exponentials become the derivatives by its logits: probabilities, less a target's weight.

    exponentials: float32[r, c]. factors: float32[r], make probabilities of them, times the summed weights of
    the example's targets. targets, weights, place: as of `exponentials`. d_biases: float32[c], filled: the
    columns' sums.
    """
    n_rows, n_columns = exponentials.shape
    first_row, first = place
    d_biases[:] = 0
    for r in range(n_rows):
        row, factor = exponentials[r], factors[r]
        for j in range(n_columns):
            row[j] *= factor
        for e in range(targets.offsets[first_row + r], targets.offsets[first_row + r + 1]):
            column = targets.columns[e] - first
            if 0 <= column < n_columns:
                if weights is not None:
                    row[column] -= weights[e]
                else:
                    row[column] -= _ONE
        for j in range(n_columns):
            d_biases[j] += row[j]


@helper
def _dot(x, y, lanes):
    """The inner product of float32[n] and float32[n]; lanes: float32[_LANES] to work with."""
    whole = x.shape[0] // _LANES * _LANES
    lanes[:] = _ZERO
    for j in range(0, whole, _LANES):
        for q in range(_LANES):
            lanes[q] += x[j + q] * y[j + q]
    total = _ZERO
    for q in range(_LANES):
        total += lanes[q]
    for j in range(whole, x.shape[0]):
        total += x[j] * y[j]
    return total


@kernel
def scaled_rows(vectors, rows, scaled, lengths, first, last):
    """scaled[k] = vectors[rows[k]] divided by its length, lengths[k], for first <= k < last.

    vectors: float32[V, d]. rows: int64[C]. scaled: float32[C, d]. lengths: float32[C]; 1 for a row of zeros.
    """
    lanes = np.empty(_LANES, np.float32)
    for k in range(first, last):
        row, out = vectors[rows[k]], scaled[k]
        length = np.sqrt(_dot(row, row, lanes))
        if length == 0:
            length = _ONE
        lengths[k] = length
        by = _ONE / length
        for j in range(row.shape[0]):
            out[j] = row[j] * by


@kernel
def unscaled_gradients(parts, scaled, lengths, first, last):
    """Add parts[1:] to parts[0], and make the gradient by v of that by s = v / |v|, for first <= k < last.

    parts: float32[t, C, d]. scaled: float32[C, d], s. lengths: float32[C], |v|; 0 where v is used as it is.
    """
    lanes = np.empty(_LANES, np.float32)
    for k in range(first, last):
        d, s = parts[0, k], scaled[k]
        for t in range(1, parts.shape[0]):
            part = parts[t, k]
            for j in range(d.shape[0]):
                d[j] += part[j]
        if lengths[k] > 0:
            along, by = _dot(d, s, lanes), _ONE / lengths[k]
            for j in range(d.shape[0]):
                d[j] = (d[j] - s[j] * along) * by


@kernel
def rank_targets(scores, biases, of_targets, targets, kept, place, above, top, partition):
    """How many items of a tile come before the targets of its users, and its part of their softmax.

    scores: float32[r, c], users times items, overwritten. biases: float32[c]. of_targets: float32[m], the
    score of each target, which may be elsewhere. targets, kept, place, top, partition: as of `exponentials`.
    above: int64[m], filled for the users of the tile: its items, but those kept and the target, with a higher
    score, or with the same and a lower number.
    """
    n_rows, n_columns = scores.shape
    first_row, first = place
    lanes = np.empty(_LANES, np.float32)
    for r in range(n_rows):
        row = scores[r]
        for j in range(n_columns):
            row[j] += biases[j]
        for e in range(kept.offsets[first_row + r], kept.offsets[first_row + r + 1]):
            column = kept.columns[e] - first
            if 0 <= column < n_columns:
                row[column] = -np.inf
        for e in range(targets.offsets[first_row + r], targets.offsets[first_row + r + 1]):
            score, own, n = of_targets[e], targets.columns[e] - first, 0
            for j in range(min(max(own, 0), n_columns)):
                n += row[j] >= score
            for j in range(max(own + 1, 0), n_columns):
                n += row[j] > score
            above[e] = n
        top[r], partition[r] = _exponentials(row, lanes)
