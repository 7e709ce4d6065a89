"""Memory for what is trained and worked on: rows on cache lines, and a lane of memory for each thread."""

import numpy as np

#: Floats in a cache line; every row starts on one and is padded to whole ones.
LINE = 16
#: What the memory of a thread is a multiple of, in bytes: CPUs fetch cache lines in pairs.
_LANE_BYTES = 2 * 4 * LINE


def padded(dim):
    """Floats in a row of so many dimensions: dim padded to a multiple of 16."""
    return -(-dim // LINE) * LINE


def allocate_rows(count, dim):
    """Zeros f32[count, padded(dim)], each row from a cache line on."""
    stride = padded(dim)
    # Memory from np.empty is mapped with huge pages where the system has them; filling touches it once.
    buffer = np.empty(count * stride + LINE, np.float32)
    buffer.fill(0)
    start = -buffer.ctypes.data % (4 * LINE) // 4
    return buffer[start : start + count * stride].reshape(count, stride)


def allocate_lanes(arrays, lanes):
    """u8[lanes, bytes] of zeros, and in it for each of the arrays, (dtype, size), an array [lanes, size]."""
    places, size = {}, 0
    for name, (dtype, count) in arrays.items():
        places[name] = size
        size += -(-np.dtype(dtype).itemsize * max(1, count) // (4 * LINE)) * 4 * LINE
    size = -(-size // _LANE_BYTES) * _LANE_BYTES
    # Not filled here: memory belongs to the node of a machine whose core touches it first.
    memory = np.zeros(lanes * size + _LANE_BYTES, np.uint8)
    start = -memory.ctypes.data % _LANE_BYTES
    arena = memory[start : start + lanes * size].reshape(lanes, size)
    views = {
        name: np.ndarray((lanes, count), dtype, arena, places[name], (size, np.dtype(dtype).itemsize))
        for name, (dtype, count) in arrays.items()
    }
    return arena, views
