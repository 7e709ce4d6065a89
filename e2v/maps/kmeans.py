"""Spherical k-means: clusters of directions.

Dhillon and Modha (2001), "Concept decompositions for large sparse text data using clustering". Rows and
centres have length 1, and a row is in the cluster of the centre of highest cosine. The first centres are
drawn as in Arthur and Vassilvitskii (2007), "k-means++: the advantages of careful seeding".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.threads import useful
from e2v.vectors.matrix import Floats

#: Reads float32[m, d], rows of length 1, by their numbers, int64[m], which ascend.
UnitRows = Callable[[NDArray[np.int64]], Floats]

#: Told of each pass, and the mean cosine of rows and their centres in it.
Report = Callable[[int, float], None]

#: Rows beyond which centres are moved after each batch instead of each pass.
_MANY = 1_000_000

#: Rows whose sums are taken at once, and scores that are held at once: 2 MB of float32, in the second cache.
_CHUNK, _SCORES = 1 << 14, 1 << 19

#: Rows of a batch, made of runs that stand together in the file.
_BATCH, _RUN = 1 << 17, 1 << 10

#: The first centres are drawn from a sample of so many rows, or so many for each of them.
_SAMPLE, _SAMPLE_PER_CENTRE = 1 << 14, 4

#: For so few centres each is the best of several draws.
_FEW_CENTRES, _DRAWS = 100, 5

#: A pass that brings the mean cosine no nearer to 1 than by this share of what is missing is the last.
_ENOUGH = 1e-3


class Assignment(NamedTuple):
    """The nearest centre of each row.

    labels: int32[m]. cosines: float32[m]. sums: float64[k, d], of the rows of each centre. counts: int64[k].
    """

    labels: NDArray[np.int32]
    cosines: Floats
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]


class Clusters(NamedTuple):
    """labels: int32[n], the largest cluster being 0. centres: float32[k, d], of length 1.

    cosines: float32[n], of rows and their centres.
    """

    labels: NDArray[np.int32]
    centres: Floats
    cosines: Floats


def kmeans(
    rows: UnitRows, n: int, k: int, *, seed: int, epochs: int, threads: int, report: Report | None = None
) -> Clusters:
    """Put n rows into k clusters; fewer, if no more of them differ.

    The result depends on the seed, and not on the number of threads. epochs: passes over the rows, at most.
    """
    rng = np.random.default_rng(seed)
    centres = first_centres(rows, n, k, rng)
    previous = -1.0
    with ThreadPoolExecutor(useful(threads)) as pool:
        for epoch in range(1, epochs + 1):
            if n > _MANY:
                centres, mean = _batches(rows, n, centres, rng, pool)
            else:
                found = assign(rows, np.arange(n), centres, pool)
                mean = float(found.cosines.mean(dtype=np.float64))
            if report:
                report(epoch, mean)
            if epoch == epochs or mean - previous <= _ENOUGH * (1 - mean):
                break
            if n <= _MANY:
                centres = moved(centres, found, rows)
            previous = mean
        if n > _MANY:
            found = assign(rows, np.arange(n), centres, pool)
    labels, order = by_size(found.labels, k)
    return Clusters(labels, centres[order], found.cosines)


def first_centres(rows: UnitRows, n: int, k: int, rng: np.random.Generator) -> Floats:
    """float32[k, d]: rows, each drawn in proportion to the squared distance from those before it.

    Where k is small one that is chosen badly matters, and the best of several draws is taken (section 7).
    """
    size = min(n, max(_SAMPLE, _SAMPLE_PER_CENTRE * k))
    sample = rows(np.sort(rng.choice(n, size, replace=False)))
    chosen: list[int] = []
    # Of two vectors of length 1, the squared distance is twice 1 - cosine.
    distances = np.ones(size, np.float32)
    for _ in range(k):
        total = np.cumsum(distances, dtype=np.float64)
        draws = rng.random(_DRAWS if k <= _FEW_CENTRES else 1)
        # Of those that are left once every row that differs has been taken, one is as good as another.
        rows_drawn = np.searchsorted(total, draws * total[-1], side="right") if total[-1] else draws * size
        drawn = np.minimum(rows_drawn.astype(np.int64), size - 1)
        left = np.minimum(distances, np.maximum(1 - sample[drawn] @ sample.T, 0))
        best = int(left.sum(axis=1).argmin())
        distances = left[best]
        distances[drawn[best]] = 0
        chosen.append(int(drawn[best]))
    return sample[chosen]


def assign(rows: UnitRows, which: NDArray[np.int64], centres: Floats, pool: ThreadPoolExecutor) -> Assignment:
    """The nearest centre of some rows; of several that are as near the first."""
    labels, cosines = np.empty(len(which), np.int32), np.empty(len(which), np.float32)
    sums, counts = np.zeros(centres.shape), np.zeros(len(centres), np.int64)
    step = max(1, _SCORES // len(centres))

    def of_chunk(first: int) -> tuple[NDArray[Any], Floats]:
        """Label a chunk of rows; the clusters that are there, and the sum of the rows of each."""
        last = min(first + _CHUNK, len(which))
        vectors = rows(which[first:last])
        for start in range(first, last, step):
            stop = min(start + step, last)
            scores = vectors[start - first : stop - first] @ centres.T
            nearest = scores.argmax(axis=1)
            labels[start:stop] = nearest
            cosines[start:stop] = scores[np.arange(stop - start), nearest]
        order = np.argsort(labels[first:last], kind="stable")
        there, starts = np.unique(labels[first:last][order], return_index=True)
        return there, np.add.reduceat(vectors[order], starts, axis=0)

    for there, of_each in pool.map(of_chunk, range(0, len(which), _CHUNK)):
        sums[there] += of_each
    counts += np.bincount(labels, minlength=len(centres))
    return Assignment(labels, cosines, sums, counts)


def moved(centres: Floats, found: Assignment, rows: UnitRows) -> Floats:
    """float32[k, d]: the means of the clusters, of length 1.

    A cluster without rows begins anew with one of those that are farthest from their centres.
    """
    means = _means(found.sums, centres)
    if len(empty := np.flatnonzero(found.counts == 0)):
        farthest = np.argsort(found.cosines, kind="stable")[: len(empty)]
        means[empty[: len(farthest)]] = rows(np.sort(farthest))
    return means


def _means(sums: NDArray[np.float64], centres: Floats) -> Floats:
    """The directions of sums; of those without any, the centres stay where they are."""
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    means = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), centres)
    return means.astype(np.float32)


def _batches(
    rows: UnitRows, n: int, centres: Floats, rng: np.random.Generator, pool: ThreadPoolExecutor
) -> tuple[Floats, float]:
    """Centres after a pass in which they are moved after each batch, and the mean cosine on the way.

    Sculley (2010), "Web-scale k-means clustering": a centre is the mean of all rows that it has been given.
    Here it is of those of this pass, so that those of poor beginnings are forgotten.
    """
    sums, total = np.zeros(centres.shape), 0.0
    for which in _shuffled(n, max(_BATCH, 64 * len(centres)), rng):
        found = assign(rows, which, centres, pool)
        sums += found.sums
        total += float(found.cosines.sum(dtype=np.float64))
        centres = _means(sums, centres)
    return centres, total / n


def _shuffled(n: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """All row numbers in batches: of each runs from everywhere, as keys stand in order of their counts."""
    runs = rng.permutation(-(-n // _RUN))
    for first in range(0, len(runs), size // _RUN):
        starts = np.sort(runs[first : first + size // _RUN]) * _RUN
        which = (starts[:, np.newaxis] + np.arange(_RUN)).ravel()
        yield which[which < n]


def by_size(labels: NDArray[np.int32], k: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Labels of k clusters numbered from the largest to the smallest, and the old numbers in that order.

    Of those of one size the one with the first row comes first; those without rows have no number any more.
    -1, for a row in none, stays.
    """
    there, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = there[np.lexsort((first, -counts))]
    order = order[order >= 0]
    numbers = np.full(k + 1, -1, np.int32)
    numbers[order] = np.arange(len(order))
    return numbers[labels], order.astype(np.int64)
