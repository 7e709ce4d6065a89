"""Models, or vectors, that were learned apart become one: which keys it has, and the means that its vectors
are.

Each further model is rotated into the coordinates of the first. The vector of a key is then the mean of those
of the models that know it, weighted by how often it occurred in what they were learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.vocabulary import order_rows
from e2v.errors import Advice, InputError
from e2v.progress import Progress, Report
from e2v.store import Artifact, Keys
from e2v.vectors.matrix import Floats, Matrix, Stored
from e2v.versions.procrustes import Alignment, align, rotated
from e2v.versions.rotating import AT_ONCE, vectors_name

Counts = NDArray[np.int64]

#: What counts may add up to.
_MOST = (1 << 63) - 1


class Members(NamedTuple):
    """Which rows of n models become one row.

    rows: int64[n, V], where each of V keys is in each model, -1 where it is not. shares: float64[n, V], the
    weights of the mean, which add up to 1 for each key, and are 0 where a model does not know it.
    """

    rows: NDArray[np.int64]
    shares: NDArray[np.float64]

    @classmethod
    def weighted(cls, rows: NDArray[np.int64], weights: NDArray[np.float64]) -> Members:
        """Weights float64[n, V] of the models for each key; equal where those that know it have none."""
        known = rows >= 0
        weights = np.where(known, weights, 0)
        weights = np.where(known & (weights.sum(axis=0) == 0), 1, weights)
        return cls(rows, weights / weights.sum(axis=0))

    def means(self, matrices: Sequence[Matrix], alignments: Sequence[Alignment | None]) -> Iterator[Floats]:
        """The rows that are made of the models' matrices, in order, a block of float32 at a time.

        alignments: how each is rotated; None: it is not.
        """
        for first in range(0, self.rows.shape[1], AT_ONCE):
            which = slice(first, first + AT_ONCE)
            sums = np.zeros((self.rows[0, which].size, matrices[0].shape[1]))
            for matrix, rows, shares, alignment in zip(
                matrices, self.rows[:, which], self.shares[:, which], alignments, strict=True
            ):
                there = np.flatnonzero(shares)
                found = matrix.rows(rows[there])
                if alignment is not None:
                    found = rotated(found, alignment.rotation)
                sums[there] += found * shares[there, np.newaxis]
            yield sums.astype(np.float32)

    def in_all(self, flags: Sequence[NDArray[np.uint8] | None]) -> NDArray[np.uint8]:
        """uint8[V]: 1 where all models that know a key have its flag; None: a model has none."""
        found = np.ones(self.rows.shape[1], np.uint8)
        for rows, flag in zip(self.rows, flags, strict=True):
            found[(rows >= 0) & (True if flag is None else flag[rows] == 0)] = 0
        return found


class Merged(NamedTuple):
    """What becomes of n models.

    keys: V of them. counts: int64[V]; None if a model has none. members: what its rows are made of.
    shared: whether some of the models have one vocabulary, whose counts are not added up.
    alignments: n, how each is rotated; None for the first, which is not.
    """

    keys: Keys
    counts: Counts | None
    members: Members
    shared: bool
    alignments: list[Alignment | None]


def union(several: Sequence[Keys]) -> tuple[Keys, NDArray[np.int64]]:
    """All keys in the order in which they first occur, and where each of n vocabularies has them: int64[n,
    V], -1 where it has not.
    """
    numbers: dict[bytes, int] = {}
    places = [
        np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys.all_bytes()), np.int64, len(keys))
        for keys in several
    ]
    rows = np.full((len(several), len(numbers)), -1)
    for found, place in zip(rows, places, strict=True):
        found[place] = np.arange(len(place))
    return Keys.from_strings(numbers), rows


def merge(models: Sequence[Artifact], *, common: bool, report: Report) -> Merged:
    """Find which keys there are, what their counts and weights are, and how models are rotated.

    Keys are ordered as those of a vocabulary; without counts, as they first occur. Models with the very same
    keys and counts were learned with one vocabulary, be it of several parts of a corpus or of one corpus: its
    counts are not added up, and each of these models has its part of them as its weight.

    common: only keys that all models know. report: told how many models are rotated.

    Raises:
        InputError: a model has no key of the first; no key is in all; counts add up to more than a number
        holds.
    """
    keys, rows = union([model.keys for model in models])
    alignments = _alignments(models, rows, report)
    kept = np.flatnonzero((rows >= 0).all(axis=0)) if common else np.arange(len(keys))
    if not len(kept):
        raise InputError("no key is in all of the models", Advice("leave out {common}"))
    counts = None
    weights = np.ones(rows.shape)
    numbers = list(range(len(models)))
    if all(model.has("counts") for model in models):
        numbers = _vocabularies(models)
        by_model = [
            np.where(found >= 0, model.arrays["counts"][found], 0)
            for model, found in zip(models, rows, strict=True)
        ]
        weights = np.array(
            [each / numbers.count(number) for each, number in zip(by_model, numbers, strict=True)]
        )
        if weights.sum() >= _MOST:
            raise InputError(f"the counts of the models add up to more than {_MOST:,}")
        counts = np.sum([by_model[numbers.index(number)] for number in set(numbers)], axis=0)
        kept = order_rows(keys, counts, kept)
    return Merged(
        keys.take(kept),
        None if counts is None else counts[kept],
        Members.weighted(rows[:, kept], weights[:, kept]),
        len(set(numbers)) < len(numbers),
        alignments,
    )


def equal_members(several: Sequence[Keys]) -> tuple[Keys, Members]:
    """All keys of n sets of them, such as n-grams, of which nothing says how much they weigh."""
    keys, rows = union(several)
    return keys, Members.weighted(rows, np.ones(rows.shape))


def merged_titles(models: Sequence[Artifact], members: Members) -> Keys | None:
    """What each key is called by the first model that says it; None if none says anything."""
    titles = [b""] * members.rows.shape[1]
    for model, rows in zip(models, members.rows, strict=True):
        if model.titles is not None:
            said = [*model.titles.all_bytes(), b""]  # the last one, -1, where there is no key
            titles = [title or said[row] for title, row in zip(titles, rows.tolist(), strict=True)]
    return Keys.from_strings(titles) if any(model.titles is not None for model in models) else None


def vectors_of(model: Artifact, name: str) -> Matrix:
    """One of its matrices, in float32."""
    return Stored(model.arrays[name], model.arrays.get("scales"))


def _alignments(
    models: Sequence[Artifact], rows: NDArray[np.int64], report: Report
) -> list[Alignment | None]:
    """How each model is rotated; rows int64[n, V]."""
    first, *others = models
    found: list[Alignment | None] = [None]
    for model, places in zip(others, rows[1:], strict=True):
        report(Progress("rotating", "models", len(found) - 1, len(others)))
        shared = np.flatnonzero((rows[0] >= 0) & (places >= 0))
        if not len(shared):
            raise InputError(
                f"{first.path} and {model.path} have no key in common, by which one could be rotated",
                "only models that have keys in common can be merged; the first has to have some of each",
            )
        old, new = (vectors_of(each, vectors_name(each)) for each in (first, model))
        found.append(align(old, rows[0][shared], new, places[shared]))
    return found


def _vocabularies(models: Sequence[Artifact]) -> list[int]:
    """Which model has the vocabulary of each first: its keys and counts."""

    def same(one: Artifact, other: Artifact) -> bool:
        return all(
            np.array_equal(one.arrays[name], other.arrays[name])
            for name in ("counts", "keys.offsets", "keys.bytes")
        )

    return [next(i for i, other in enumerate(models) if same(model, other)) for model in models]
