"""Plain NumPy twins of the SIMD operations, so that the same kernels run, slowly, with Numba's JIT off."""

import numpy as np

LANES = 16
COLUMNS = 8
ROW = 8


def bare(record):
    """The named tuple with matrices made flat."""
    return record._replace(
        **{k: v.reshape(-1) for k, v in record._asdict().items() if isinstance(v, np.ndarray)}
    )


def load(array, i):
    """The lanes at array[i : i + LANES]."""
    return array[i : i + LANES].copy()


def store(array, i, value):
    """array[i : i + LANES] = value."""
    array[i : i + LANES] = value


def splat(x):
    """x in every lane."""
    return np.full(LANES, x, np.float32)


def fma(x, y, z):
    """x * y + z, lane by lane."""
    return x * y + z


def add(x, y):
    """x + y, lane by lane."""
    return x + y


def sub(x, y):
    """x - y, lane by lane."""
    return x - y


def prefetch(array, i):
    """Nothing: Python has no use for a cache hint."""


def sigmoid(x):
    """1 / (1 + exp(-x)), lane by lane, x clamped to [-80, 80]."""
    return np.float32(1) / (np.float32(1) + np.exp(-np.clip(x, np.float32(-80), np.float32(80))))


def _rows(array, starts, stride):
    return np.stack([array[s : s + stride] for s in starts])


def _tile(G, m, width):
    return G[: ROW * m].reshape(m, ROW)[:, :width]


def _logits(I, slots, O, rows, stride):
    return _rows(I, slots, stride) @ _rows(O, rows, stride).T


def dots(I, slots, first, m, O, rows, column, stride, G):
    """A tile of logits, as `e2v.kernels.codegen.tiles.dots`."""
    logits = _logits(I, slots[first : first + m], O, rows[column : column + COLUMNS], stride)
    _tile(G, m, COLUMNS)[:] = logits


def coefficients(width, I, slots, first, m, O, rows, column, stride, G, multiplicity, labels, lr):
    """A tile of coefficients, as `e2v.kernels.codegen.tiles.coefficients`."""
    outputs = slice(column, column + width)
    errors = labels[outputs] - sigmoid(_logits(I, slots[first : first + m], O, rows[outputs], stride))
    _tile(G, m, width)[:] = lr * multiplicity[outputs] * errors


def update(width, I, before, after, slots, first, m, O, rows, column, upcoming, stride, G):
    """Apply a tile of coefficients, as `e2v.kernels.codegen.tiles.update`."""
    g = _tile(G, m, width)
    inputs, outputs = slots[first : first + m], rows[column : column + width]
    old_inputs, old_outputs = _rows(I, inputs, stride), _rows(O, outputs, stride)
    sums = _rows(I, inputs + before, stride) + g @ old_outputs
    for s, row in zip(inputs + after, sums, strict=True):
        I[s : s + stride] = row
    for s, row in zip(outputs, g.T @ old_inputs, strict=True):
        O[s : s + stride] += row


def gather(columns, matrix, starts, weights, first, n, k, target, at):
    """A weighted sum of rows, as `e2v.kernels.codegen.gather.gather`."""
    size = columns * LANES
    target[at : at + size] = weights[first : first + 2 * n : 2] @ _rows(matrix, starts[:n] + k, size)


def scatter(columns, matrix, starts, weights, first, n, k, norm, work, now, before):
    """A change handed back to rows, as `e2v.kernels.codegen.gather.scatter`."""
    size = columns * LANES
    change = work[now : now + size] - work[before : before + size]
    for start, weight in zip(starts[:n] + k, weights[first : first + 2 * n : 2], strict=True):
        matrix[start : start + size] += norm * weight * change


_MASK = (1 << 64) - 1


def bits_ahead(state, n):
    """The n-th 64 random bits to come, as of `e2v.kernels.sgd.sampling`: Python integers do not overflow."""
    z = (int(state[0]) + n * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return np.uint64(z ^ (z >> 31))


def skip(state, n):
    """Go on by n draws."""
    state[0] = (int(state[0]) + n * 0x9E3779B97F4A7C15) & _MASK
