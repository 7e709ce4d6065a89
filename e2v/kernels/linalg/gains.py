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
def sum_gains(total, trained, places, halves):
    """total[places[i]] += halves[i], and trained[places[i]] += 1.

    total: float32[n, d]; trained: int32[n]; places: int32[m]; halves: uint16[m, d].
    """
    received = np.empty(halves.shape[1], np.float32)
    halved = received.view(np.uint32)
    for i in range(len(places)):
        row = total[places[i]]
        for k in range(len(received)):
            halved[k] = np.uint32(halves[i, k]) << _16
        for k in range(len(received)):
            row[k] += received[k]
        trained[places[i]] += 1


@kernel
def bounded_sums(total, trained, common, places, halves):
    """The sums, none longer than its row of common, or than rows are as a whole, or than the mean.

    total: float32[n, d], sums of as many rows as `trained` says, which it changes; common: float32[n, d or
    more]. The length of rows as a whole is the root of the mean square of those that were trained. places:
    int32[n]; halves: uint16[n, d]: filled with the sums of trained rows; returns how many.
    """
    dim, squares, found = total.shape[1], 0.0, 0
    for i in range(len(total)):
        if trained[i] > 0:
            squares += square(common[i], dim)
            places[found] = i
            found += 1
    bits = total.view(np.uint32)
    for n in range(found):
        i = places[n]
        bound, length = max(square(common[i], dim), squares / found), square(total[i], dim)
        share = np.float32(1)
        if length > bound:
            share = np.float32(max(1 / trained[i], np.sqrt(bound / length)))
        for k in range(dim):
            total[i, k] *= share
        for k in range(dim):
            halves[n, k] = rounded(bits[i, k]) >> _16
    return found


@helper
def square(row, dim):
    """Of the length of a row, float64."""
    found = 0.0
    for k in range(dim):
        found += np.float64(row[k]) * np.float64(row[k])
    return found


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
