"""Memory for what is trained and worked on: rows on cache lines, and a lane of memory for each thread."""

import numpy as np

#: Floats in a cache line; every row starts on one and is padded to whole ones.
LINE = 16
#: What the memory of a thread is a multiple of, in bytes: CPUs fetch cache lines in pairs.
_LANE_BYTES = 2 * 4 * LINE
#: Numbers that a thread fills at a time: those of a huge page.
_FILLED = 1 << 19


def padded(dim):
    """Floats in a row of so many dimensions: dim padded to a multiple of 16."""
    return -(-dim // LINE) * LINE


def allocate_rows(count, dim, parallel=map):
    """Zeros f32[count, padded(dim)], each row from a cache line on.

    parallel: `map`, or one over threads. Memory belongs to the node of a machine whose core touches it first:
    what all threads train is on all nodes if each of them fills some.
    """
    return allocate_lines(count, padded(dim), np.float32, parallel)


def allocate_lines(count, length, dtype, parallel=map):
    """Zeros [count, length] of a dtype of 4 bytes, length a multiple of LINE; see `allocate_rows`."""
    # Memory from np.empty is mapped with huge pages where the system has them; filling touches it once.
    buffer = np.empty(count * length + LINE, dtype)
    start = -buffer.ctypes.data % (4 * LINE) // 4
    flat = buffer[start : start + count * length]
    for _ in parallel(lambda first: flat[first : first + _FILLED].fill(0), range(0, len(flat), _FILLED)):
        pass
    return flat.reshape(count, length)


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
