"""Plain NumPy twins of the SIMD operations, so that the same kernels run, slowly, with Numba's JIT off."""

import ctypes

import numpy as np

LANES = 16
TILE_WIDTH = 8
TILE_STRIDE = 8


class Memory:
    """Numbers by how far they are from the first one of a matrix, in it or not, as an address has them."""

    def __init__(self, matrix):
        self._address, self._dtype = matrix.ctypes.data, matrix.dtype

    def __getitem__(self, places):
        size = self._dtype.itemsize
        memory = ctypes.c_char * (size * int(places.stop - places.start))
        return np.frombuffer(memory.from_address(self._address + size * int(places.start)), self._dtype)

    def __setitem__(self, places, values):
        self[places][:] = values


def to_pointers(record):
    """The named tuple, and those in it, with matrices as memory."""
    return _replaced(record, lambda array: Memory(array) if array.ndim == 2 else array)


def lane_pointers(record, lane):
    """The named tuple with the rows number `lane` of its matrices."""
    return _replaced(record, lambda array: array[lane])


def _replaced(value, make):
    if isinstance(value, np.ndarray):
        return make(value)
    return type(value)(*(_replaced(member, make) for member in value)) if isinstance(value, tuple) else value


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


def _tile(block, width):
    return block.G[: TILE_STRIDE * block.m].reshape(block.m, TILE_STRIDE)[:, :width]


def _inputs(block):
    """Where the input rows start."""
    return block.slots[block.first : block.first + block.m]


def _logits(block, column, width):
    outputs = block.rows[column : column + width]
    return _rows(block.I, _inputs(block), block.stride) @ _rows(block.O, outputs, block.stride).T


def dots(block, column):
    """A tile of logits, as `e2v.kernels.codegen.tiles.dots`."""
    _tile(block, TILE_WIDTH)[:] = _logits(block, column, TILE_WIDTH)


def coefficients(block, tile, lr):
    """A tile of coefficients, as `e2v.kernels.codegen.tiles.coefficients`."""
    outputs = slice(tile.column, tile.column + tile.width)
    errors = block.labels[outputs] - sigmoid(_logits(block, tile.column, tile.width))
    _tile(block, tile.width)[:] = lr * block.multiplicity[outputs] * errors


def shared_coefficients(block, tile, shares, lr):
    """A tile of coefficients, as `e2v.kernels.codegen.tiles.shared_coefficients`."""
    inputs, outputs = slice(block.first, block.first + block.m), slice(tile.column, tile.column + tile.width)
    rows = shares.positives.reshape(-1, 2 * TILE_STRIDE)[inputs]
    positives = rows[:, shares.column : shares.column + tile.width]
    others = shares.counts[inputs, None] - positives
    weights = positives + block.multiplicity[outputs] * others
    sigmoids = sigmoid(_logits(block, tile.column, tile.width))
    _tile(block, tile.width)[:] = lr * (positives - weights * sigmoids)


def update(block, tile):
    """Apply a tile of coefficients, as `e2v.kernels.codegen.tiles.update`."""
    g, stride = _tile(block, tile.width), block.stride
    inputs, outputs = _inputs(block), block.rows[tile.column : tile.column + tile.width]
    old_inputs, old_outputs = _rows(block.I, inputs, stride), _rows(block.O, outputs, stride)
    sums = _rows(block.I, inputs + tile.sums_from, stride) + g @ old_outputs
    for s, row in zip(inputs + tile.sums_to, sums, strict=True):
        block.I[s : s + stride] = row
    for s, row in zip(outputs, g.T @ old_inputs, strict=True):
        block.O[s : s + stride] += row


def low(words):
    """Numbers, as `e2v.kernels.codegen.bfloat16.low`."""
    return (words << np.uint32(16)).view(np.float32)


def high(words):
    """Numbers, as `e2v.kernels.codegen.bfloat16.high`."""
    return (words & np.uint32(0xFFFF0000)).view(np.float32)


def nearest(low, high):
    """Words, as `e2v.kernels.codegen.bfloat16.nearest`."""
    rounded = (x.view(np.uint32) for x in (low, high))
    return _joined(*(x + np.uint32(0x7FFF) + ((x >> np.uint32(16)) & np.uint32(1)) for x in rounded))


def _joined(low, high):
    return (low >> np.uint32(16)) | (high & np.uint32(0xFFFF0000))


def gather(rows, line, halves, target, at):
    """A sum of rows, as `e2v.kernels.codegen.gather.gather`."""
    words = _rows(rows.matrix, rows.starts[: rows.n] + line, 16)
    for half, widen in enumerate((low, high)[:halves]):
        first = at + 2 * line + 16 * half
        target[first : first + 16] = widen(words).sum(axis=0)


def scatter(rows, line, halves, change, streams):
    """A change scattered to rows, as `e2v.kernels.codegen.gather.scatter`."""
    bits = streams[:16]
    for shift, count in ((np.left_shift, 13), (np.right_shift, 17), (np.left_shift, 5)):
        bits ^= shift(bits, np.uint32(count))
    now, before = change.now + 2 * line, change.before + 2 * line
    moved = np.zeros(32, np.float32)
    moved[: 16 * halves] = change.slots[now:][: 16 * halves] - change.slots[before:][: 16 * halves]
    moved *= change.share
    for i, start in enumerate(rows.starts[: rows.n] + line):
        words = rows.matrix[start : start + 16]
        random = bits + np.uint32(i * 0x9E379E37 & 0xFFFFFFFF)
        sums = (low(words) + moved[:16]).view(np.uint32), (high(words) + moved[16:]).view(np.uint32)
        words[:] = _joined(sums[0] + (random & np.uint32(0xFFFF)), sums[1] + (random >> np.uint32(16)))
