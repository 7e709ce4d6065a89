"""What kernels follow unchecked, checked and made what they were compiled for."""

import numpy as np

from e2v.kernels.sgd.memory import LINE


def table(array, dtype):
    """A read-only contiguous view of array (a copy only where the types differ)."""
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)[:]
    view.flags.writeable = False
    return view


def matrix(array, dtype=np.float32):
    """The array, if it is one of rows as `allocate_rows` makes them; else ValueError."""
    if array.dtype != dtype or array.ndim != 2 or not array.flags.c_contiguous or array.shape[1] % LINE:
        raise ValueError(
            f"a matrix of rows must be a contiguous {np.dtype(dtype).name}[n, stride], "
            f"stride a multiple of {LINE}"
        )
    if array.size and array.ctypes.data % (4 * LINE):
        raise ValueError("rows must start on a cache line: make them with allocate_rows")
    return array


def check_ids(ids, stop, what, start=0):
    """ValueError if one is not in start..stop - 1; in pieces, as a mapped corpus may exceed memory."""
    for first in range(0, len(ids), 1 << 20):
        piece = ids[first : first + (1 << 20)]
        if piece.min() < start or piece.max() >= stop:
            raise ValueError(f"the {what} hold ids outside of {start}..{stop - 1}")


def check_offsets(offsets, stop, what, least=0):
    """ValueError if they do not ascend by `least` at least, from 0 or more to `stop` or less."""
    if len(offsets) < 1 or offsets[0] < 0 or offsets[-1] > stop or np.any(np.diff(offsets) < least):
        raise ValueError(f"the offsets of the {what} are not in order")
