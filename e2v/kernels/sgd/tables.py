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


#: Numbers that are checked at once: a mapped corpus may exceed memory.
_AT_ONCE = 1 << 20


def check_ids(ids, stop, what, start=0):
    """ValueError if one is not in start..stop - 1."""
    for first in range(0, len(ids), _AT_ONCE):
        piece = ids[first : first + _AT_ONCE]
        if piece.min() < start or piece.max() >= stop:
            raise ValueError(f"the {what} hold ids outside of {start}..{stop - 1}")


def check_offsets(offsets, stop, what, least=0):
    """ValueError if they do not ascend by `least` at least, from 0 or more to `stop` or less.

    Returns by how much at most, which is at least 1.
    """
    pieces = (offsets[first : first + _AT_ONCE + 1] for first in range(0, len(offsets) - 1, _AT_ONCE))
    ends = [(sizes.min(), sizes.max()) for sizes in map(np.diff, pieces)]
    if len(offsets) < 1 or offsets[0] < 0 or offsets[-1] > stop or any(low < least for low, _ in ends):
        raise ValueError(f"the offsets of the {what} are not in order")
    return max((1, *(int(high) for _, high in ends)))
