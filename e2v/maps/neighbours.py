"""The nearest neighbours of every key of a map."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from e2v.threads import useful
from e2v.vectors.matrix import Floats
from e2v.vectors.nearest import best

#: Cosines that a thread holds at once: 32 MB of float32.
_AT_ONCE = 1 << 23


def nearest_neighbours(
    rows: Floats, k: int, threads: int, report: Callable[[int], None]
) -> tuple[NDArray[np.int32], Floats]:
    """The k rows of highest cosine with each row, nearest first, itself left out; and these cosines.

    rows: float32[n, d], of length 1; n is above k. report: told how many rows are done, now and then.

    Returns: int32[n, k] and float32[n, k].
    """
    n = len(rows)
    found, cosines = np.empty((n, k), np.int32), np.empty((n, k), np.float32)
    step = max(1, _AT_ONCE // n)

    def of_block(first: int) -> int:
        last = min(first + step, n)
        scores = rows[first:last] @ rows.T
        for row, of_row in enumerate(scores, first):
            of_row[row] = -np.inf
            found[row] = best(of_row, k)
            cosines[row] = of_row[found[row]]
        return last - first

    done = 0
    with ThreadPoolExecutor(useful(threads)) as pool:
        for size in pool.map(of_block, range(0, n, step)):
            report(done := done + size)
    return found, cosines
