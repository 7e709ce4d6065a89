"""Keys as points of a map, with all that is shown of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.maps.clusters import cluster_names
from e2v.maps.kmeans import kmeans
from e2v.maps.neighbours import nearest_neighbours
from e2v.maps.projection import project
from e2v.maps.settings import MapSettings
from e2v.notices import counted, notice
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, directed, unit

#: Keys on a map unless told otherwise, neighbours of each, and clusters at most.
_KEYS, _NEIGHBOURS, _CLUSTERS = 20_000, 15, 60

#: Categories of a key on a map: the first of its own that is among so many of the commonest.
_CATEGORIES = 40


@dataclass(frozen=True)
class PointMap:
    """n keys in two dimensions, the most frequent first.

    places: float32[n, 2], from 0 to 1. titles: n, "" where there is none; None if none has any. counts:
    int64[n], or None. labels: int32[n], the cluster of each. names: of the clusters. categories: n, "" where
    there is none; None if nobody gave any. neighbours, cosines: int32[n, k] and float32[n, k], nearest first,
    of the vectors as they are.
    """

    name: str
    keys: list[str]
    titles: list[str] | None
    counts: NDArray[np.int64] | None
    places: Floats
    labels: NDArray[np.int32]
    names: list[str]
    categories: list[str] | None
    neighbours: NDArray[np.int32]
    cosines: Floats

    @property
    def category_names(self) -> list[str]:
        """The categories that keys have, the commonest first."""
        return [name for name, _ in Counter(filter(None, self.categories or ())).most_common()]

    def shown(self, number: int) -> str:
        """What a key is called."""
        return (self.titles and self.titles[number]) or self.keys[number]


def make_map(
    name: str,
    vectors: KeyedVectors,
    settings: MapSettings,
    keys: Iterable[str] | None,
    categories: Mapping[str, frozenset[str]] | None,
    report: Callable[[str, int, int | None], None],
) -> PointMap:
    """Place keys on a map. Those with a vector of zeros, which is near nothing, are left out.

    keys: only these. report: told a step, and how much of it is done of how much, or None.

    Raises:
        InputError: fewer than two keys are left.
        UnknownKeyError: one of the keys is none.
        MissingExtraError: UMAP is wanted, and is not there.
    """
    n = min(settings.restrict or _KEYS, len(vectors))
    wanted = np.arange(n)
    if keys is not None:
        resolved = np.array([vectors.resolve(key).row for key in dict.fromkeys(keys)], np.int64)
        if unseen := int((resolved < 0).sum()):
            notice(f"left out: {counted(unseen, 'word')} outside the vocabulary, made of n-grams only")
        wanted = np.unique(resolved[resolved >= 0])
    rows = vectors.matrix.rows(wanted)
    there = directed(rows)
    if left_out := int((~there).sum()):
        what = "zeros" if not rows[~there].any() else "zeros, NaN or infinity"
        notice(f"left out: {counted(left_out, 'key')} with a vector of {what}, which is near nothing")
    wanted, rows = wanted[there], unit(rows[there])
    n = len(rows)
    if n < 2:
        raise InputError(f"a map takes two keys that have a direction; here {'is 1' if n else 'are 0'}")
    k = min(_NEIGHBOURS, n - 1)
    neighbours, cosines = nearest_neighbours(
        rows, k, settings.threads, lambda done: report("neighbours", done, n)
    )
    size = min(settings.clusters or max(1, min(_CLUSTERS, math.isqrt(n) // 3)), n)
    report("clusters", 0, None)
    found = kmeans(
        lambda which: rows[which], n, size, seed=settings.seed, epochs=25, threads=settings.threads
    )
    report("projection", 0, None)
    places = project(rows, neighbours, cosines, settings.projection, settings.seed)
    mine = vectors.keys.take(wanted)
    titles = None if vectors.titled.titles is None else vectors.titled.titles.take(wanted)
    shown = KeyedVectors(mine, rows, titles=titles)
    listed = list(mine)
    return PointMap(
        name=name,
        keys=listed,
        titles=None if titles is None else list(titles),
        counts=None if vectors.counts is None else np.asarray(vectors.counts[wanted]),
        places=places,
        labels=found.labels,
        names=cluster_names(shown, found.labels, found.cosines),
        categories=None if categories is None else _categories(listed, categories),
        neighbours=neighbours,
        cosines=cosines,
    )


def _categories(keys: list[str], categories: Mapping[str, frozenset[str]]) -> list[str]:
    """A category of each key: of several the rarest of the commonest, which says most; "" for none.

    Raises:
        InputError: no key has one.
    """
    counts = Counter(category for key in keys for category in categories.get(key, ()))
    if not counts:
        raise InputError("none of the keys has a category", "are these its keys?")
    usual = dict(counts.most_common(_CATEGORIES))
    return [
        min(
            (each for each in categories.get(key, ()) if each in usual),
            key=lambda each: (usual[each], each),
            default="",
        )
        for key in keys
    ]
