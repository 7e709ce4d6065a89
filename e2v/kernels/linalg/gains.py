"""What rows have gained since all workers of a cluster had the same, sent and received as bfloat16."""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

_16 = np.uint32(16)
_HALF, _ONE, _MAGNITUDE = np.uint32(0x7FFF), np.uint32(1), np.uint32(0x7FFFFFFF)


@kernel
def find_gains(now, common, left, places, halves):
    """Which rows have been trained, and the bfloat16 next to what each has gained; returns how many have.

    now, common: float32[n, d or more]. left: uint32[n]: the bits of the largest difference of the two rows,
    where nothing was trained. places: int32[n]; halves: uint16[n, d]: the first so many are filled.
    """
    found, dim = 0, halves.shape[1]
    gained = np.empty(dim, np.float32)
    bits = gained.view(np.uint32)
    for i in range(len(now)):
        if difference(now[i], common[i], gained, bits) != left[i]:
            places[found] = i
            for k in range(dim):
                halves[found, k] = rounded(bits[k]) >> _16
            found += 1
    return found


@kernel
def add_gains(now, common, left, halves):
    """Add to the common rows what all have gained; rows keep what they have gained and not sent.

    As `find_gains`, with halves for each of the rows.
    """
    dim = halves.shape[1]
    gained, received = np.empty(dim, np.float32), np.empty(dim, np.float32)
    bits, halved = gained.view(np.uint32), received.view(np.uint32)
    for i in range(len(now)):
        trained = difference(now[i], common[i], gained, bits) != left[i]
        if trained:
            for k in range(dim):
                halved[k] = rounded(bits[k])
            for k in range(dim):
                gained[k] -= received[k]
        for k in range(dim):
            halved[k] = np.uint32(halves[i, k]) << _16
        for k in range(dim):
            common[i, k] += received[k]
            now[i, k] = common[i, k] + gained[k]


@kernel
def find_differences(now, common, left):
    """left[i] = the largest difference of rows i, without its sign, by its bits."""
    gained = np.empty(now.shape[1], np.float32)
    bits = gained.view(np.uint32)
    for i in range(len(now)):
        left[i] = difference(now[i], common[i], gained, bits)


@helper
def difference(one, other, into, bits):
    """The difference of two rows; returns its largest number, without the sign, by its bits.

    As bits such numbers have the order that they have, and LLVM finds the largest of integers in registers.
    """
    for k in range(len(into)):
        into[k] = one[k] - other[k]
    largest = np.uint32(0)
    for k in range(len(into)):
        largest = max(largest, bits[k] & _MAGNITUDE)
    return largest


@helper
def rounded(bits):
    """The bits of a float32 with the nearest bfloat16 as their upper half, ties to even, and no lower one."""
    bits += _HALF + ((bits >> _16) & _ONE)
    return (bits >> _16) << _16
