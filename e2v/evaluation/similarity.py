"""Word similarity: do the vectors order pairs of words as people do?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from e2v.errors import Advice, InputError, SettingError, UsageError
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.measurement import Measurement
from e2v.inputs.lines import fields_of, lines
from e2v.inputs.sources import Source
from e2v.inputs.values import is_missing, number
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import directed, unit


class Pair(NamedTuple):
    """Two words and how similar people find them."""

    first: str
    second: str
    score: float


def read_pairs(path: Path) -> list[Pair]:
    """Read lines of two words and a score.

    Columns are separated by tabs, commas or spaces, whichever the first line has, in this order. The score
    is the first number after the two words. Lines that begin with # are comments; a first line of three
    columns or more of which the third and those after it are words, and not nan, is a header.

    Raises:
        InputError: the file is missing, holds no pairs, or has a line that is not one.
    """
    pairs: list[Pair] = []
    delimiter: str | None = None
    at_top = True
    for line_number, line in lines(Source(str(path))):
        if not line.strip() or line.startswith("#"):
            continue
        if at_top:
            delimiter = next((mark for mark in "\t," if mark in line), None)
        fields = fields_of(line, delimiter)
        score = next((value for field in fields[2:] if (value := number(field)) is not None), None)
        if score is not None and fields[0] and fields[1]:
            pairs.append(Pair(fields[0], fields[1], score))
        elif not at_top or score is not None or len(fields) < 3 or any(map(is_missing, fields)):
            raise InputError(f"{path}, line {line_number}: two words and a number expected")
        at_top = False
    if not pairs:
        raise InputError(f"{path} holds no pairs", "expected lines of two words and a number")
    return pairs


def evaluate_similarity(
    vectors: KeyedVectors, lookup: Lookup, pairs: Sequence[Pair], name: str
) -> Measurement:
    """Spearman's correlation of the pairs' cosines with their scores, over the pairs in the vocabulary.

    lookup: of the vectors' keys. A pair with a vector of zeros, which has no direction, does not count.

    Raises:
        E2VError: as `cosines_and_scores`.
    """
    cosines, scores = cosines_and_scores(vectors, lookup, pairs, name)
    return Measurement(name, "spearman", spearman(cosines, scores), len(scores), len(pairs))


def cosines_and_scores(
    vectors: KeyedVectors, lookup: Lookup, pairs: Sequence[Pair], name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64[p] each, of the pairs that can be used; see `evaluate_similarity`.

    Raises:
        UsageError: questions and answers are of two spaces.
        InputError: not one of the pairs can be used.
    """
    if vectors.targets is not None:
        raise UsageError("word similarity needs vectors of one space", Advice("use {vectors} input"))
    usable = usable_pairs(vectors, lookup, pairs)
    if not usable:
        raise InputError(
            f"{name}: none of the {len(pairs):,} pairs has both words in the vocabulary",
            f"the first is '{pairs[0].first}' and '{pairs[0].second}'",
        )
    rows = np.array([(lookup.row(pair.first), lookup.row(pair.second)) for pair in usable], np.int64)
    first, second = (unit(vectors.matrix.rows(column)) for column in rows.T)
    cosines = np.einsum("ij,ij->i", first, second, dtype=np.float64)
    return cosines, np.array([pair.score for pair in usable])


def usable_pairs(vectors: KeyedVectors, lookup: Lookup, pairs: Sequence[Pair]) -> list[Pair]:
    """Those of which both words have a vector that is not all zeros."""
    rows = np.array([(lookup.row(pair.first), lookup.row(pair.second)) for pair in pairs], np.int64)
    known: NDArray[np.bool_] = rows.min(axis=1) >= 0
    for column in rows.T:
        known[known] = directed(vectors.matrix.rows(column[known]))
    return [pairs[row] for row in np.flatnonzero(known).tolist()]


def with_unseen(vectors: KeyedVectors, lookup: Lookup, pairs: Sequence[Pair]) -> KeyedVectors:
    """The vectors, and after them those that n-grams give to words of the pairs outside the vocabulary.

    lookup: of the vectors' keys; unless it matches case, such a word is taken without its capitals.

    Raises:
        UsageError: the vectors come without n-grams.
    """
    if not vectors.makes_unseen:
        raise SettingError(
            "{unseen} needs the n-grams of a model with subwords", hint="e2v train {subword} 3:6"
        )
    unknown = [lookup.form(word) for pair in pairs for word in pair[:2] if lookup.row(word) < 0]
    return vectors.head(len(vectors), [word for word in unknown if word in vectors])


def spearman(x: ArrayLike, y: ArrayLike) -> float | None:
    """Pearson's correlation of the ranks; None if there are fewer than two values or they are all equal."""
    products = rank_products(x, y)
    return None if products is None else float(products.mean())


def rank_products(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64] | None:
    """float64[n]: the products of the standardised ranks, whose mean is `spearman`; None as there."""
    ranks = np.stack((average_ranks(x), average_ranks(y)))
    if ranks.shape[1] < 2:
        return None
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = float(np.sqrt((ranks**2).mean(axis=1).prod()))
    return ranks[0] * ranks[1] / spread if spread else None


def average_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """float64[n]: ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
