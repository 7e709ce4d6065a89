"""Grouping rows, and stable sorting within the groups."""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

_RUN = 16  # sorted by insertion, before runs are merged


@kernel
def group(rows, ends, order):
    """order: int64[n], filled: the positions of 0, then of 1, ... in rows: int32[n], each in ascending order.

    ends: int64[m], where the group of each of 0..m - 1 begins in `order`; changed to where it ends.
    """
    for i in range(rows.shape[0]):
        row = rows[i]
        order[ends[row]] = i
        ends[row] += 1


@helper
def _insertion_sort(part, values, first, last):
    for i in range(first + 1, last):
        moved = part[i]
        value = values[moved]
        j = i
        while j > first and values[part[j - 1]] > value:
            part[j] = part[j - 1]
            j -= 1
        part[j] = moved


@helper
def _merge(part, values, spare, first, middle, last):
    """Merge two sorted runs, from the left one's copy; of equal values those of the left one come first."""
    length = middle - first
    for i in range(length):
        spare[i] = part[first + i]
    left, right = 0, middle
    for i in range(first, last):
        if left == length:
            break
        if right < last and values[part[right]] < values[spare[left]]:
            part[i] = part[right]
            right += 1
        else:
            part[i] = spare[left]
            left += 1


@kernel
def sort_groups(order, bounds, values):
    """Sort order[bounds[i]:bounds[i + 1]], int64, by values[order], in place; equal ones keep their order."""
    longest = 0
    for i in range(bounds.shape[0] - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    spare = np.empty(longest, order.dtype)
    for i in range(bounds.shape[0] - 1):
        part = order[bounds[i] : bounds[i + 1]]
        size = part.shape[0]
        ascending = 1
        while ascending < size and values[part[ascending - 1]] <= values[part[ascending]]:
            ascending += 1
        if ascending >= size:
            continue
        for first in range(0, size, _RUN):
            _insertion_sort(part, values, first, min(first + _RUN, size))
        run = _RUN
        while run < size:
            for first in range(0, size - run, 2 * run):
                _merge(part, values, spare, first, first + run, min(first + 2 * run, size))
            run *= 2
