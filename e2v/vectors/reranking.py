"""Answers that are not all alike: categories with so many places, and maximal marginal relevance (MMR)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from e2v.vectors.matrix import Floats, unit
from e2v.vectors.selection import Selection

#: Candidates for n answers: so many times n, and not fewer than that.
_TIMES, _LEAST = 10, 100

#: How much longer the list of candidates becomes where it was too short.
_GROWTH = 8

Rows = NDArray[np.int64]


def candidates(n: int) -> int:
    """How many of the best to choose n answers from."""
    return max(_TIMES * n, _LEAST)


def chosen(
    rows: Rows,
    scores: Floats,
    n: int,
    selection: Selection,
    vectors_of: Callable[[Rows], Floats],
    search: Callable[[int], tuple[Rows, Floats]],
) -> tuple[Rows, Floats]:
    """The n answers, and their scores: chosen from the best, from more of them where these are too few.

    rows, scores: the best `candidates(n)`, as far as there are so many. search: finds so many of the best.
    """
    size = candidates(n)
    while True:
        places = rerank(rows, scores, n, selection, vectors_of)
        if len(places) == n or len(rows) < size:
            return rows[places], scores[places]
        size *= _GROWTH
        rows, scores = search(size)


def rerank(
    rows: Rows,
    scores: Floats,
    n: int,
    selection: Selection,
    vectors_of: Callable[[Rows], Floats],
) -> Rows:
    """int64[k]: places in `rows` of the k answers, n at most, in their order.

    rows: int64[m], the candidates, best first. scores: float32[m]. vectors_of: float32[m, d] of rows.

    One after the other the candidate is taken that is best by (1 - D) s - D max cos(candidate, taken), whose
    categories have all a place left: Carbonell and Goldstein (1998), "The use of MMR, diversity-based
    reranking for reordering documents and producing summaries", section 2, with D for 1 - lambda. Scores are
    no cosines: s is 1 for the best candidate, and 0 for the last.
    """
    placed: Counter[str] = Counter()
    if not selection.diversity:
        fitting = (place for place, row in enumerate(rows.tolist()) if _has_place(row, selection, placed))
        return np.fromiter(islice(fitting, n), np.int64)
    taken: list[int] = []
    if len(rows):
        vectors = unit(vectors_of(rows))
        weight = np.float32(selection.diversity)
        values = (1 - weight) * (scores - scores[-1]) / ((scores[0] - scores[-1]) or np.float32(1))
        nearest = np.full(len(rows), -np.inf, np.float32)  # the first is taken by its score alone
    for _ in range(len(rows)):
        if len(taken) == n:
            break
        place = int(np.argmax(values - weight * nearest if taken else values))
        values[place] = -np.inf
        if _has_place(int(rows[place]), selection, placed):
            taken.append(place)
            np.fmax(nearest, vectors @ vectors[place], out=nearest)
    return np.array(taken, np.int64)


def _has_place(row: int, selection: Selection, placed: Counter[str]) -> bool:
    """Whether each category of a row has a place left, which is taken then."""
    if selection.per_category is None or selection.categories is None:
        return True
    of_row = selection.categories.get(row, frozenset())
    if any(placed[category] >= selection.per_category for category in of_row):
        return False
    placed.update(of_row)
    return True
