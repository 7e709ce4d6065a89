"""Questions about keys, answered with their vectors: pure functions that return plain results."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import SettingError, UsageError
from e2v.vectors.csls import MeanCosines
from e2v.vectors.keyed import KeyedVectors, ResolvedKey
from e2v.vectors.matrix import Floats, directed, unit
from e2v.vectors.nearest import Scorer, batch_size, best_of_each
from e2v.vectors.reranking import candidates, chosen
from e2v.vectors.selection import EVERYTHING, Selection

Method = Literal["3cosadd", "3cosmul"]

#: Levy and Goldberg's epsilon, which keeps 3CosMul from dividing by zero.
_EPSILON = np.float32(0.001)


class Query(NamedTuple):
    """Keys to be near to, and keys to be far from; by name (a key or a title) or resolved already."""

    plus: Sequence[str | ResolvedKey]
    minus: Sequence[str | ResolvedKey] = ()


def described(plus: Sequence[str], minus: Sequence[str]) -> str:
    """A query in the output: its names with plus and minus between them."""
    return "".join([" + ".join(plus), *(f" - {name}" for name in minus)])


class Answer(NamedTuple):
    """A key, its score (the higher, the better) and what it is called, if it is."""

    key: str
    score: float
    title: str | None = None


class Searcher:
    """Answers queries over one set of vectors; what the first query computes, later ones reuse.

    restrict: only this many of the most frequent keys can be answers. threads: that answer many queries; the
    answers do not depend on them. method: how the terms of a query are combined,

    3cosadd: the cosine with the sum of the unit vectors of `plus` less that of `minus` (Mikolov et al.
        2013, "Linguistic regularities in continuous space word representations", section 4). Where questions
        and answers are of two spaces (`targets`): the dot product of an answer's output vector with the mean
        of the terms' input vectors. That is the log-odds which negative sampling has learned, a shifted
        pointwise mutual information (Levy and Goldberg 2014, "Neural word embedding as implicit matrix
        factorization", section 3.1).
    3cosmul: the product of the similarities to `plus` over that of those to `minus`, each moved to
        [0, 1] as (cosine + 1) / 2 (Levy and Goldberg 2014, "Linguistic regularities in sparse and
        explicit word representations", section 6).

    csls: in 3cosadd, what part of an answer's mean cosine to its nearest keys is taken from its cosine, see
    `e2v.vectors.csls`; these keys are those that can be answers.

    Raises:
        SettingError: 3cosmul, which needs cosines, where questions and answers are of two spaces; csls with
            either of these.
    """

    def __init__(
        self,
        vectors: KeyedVectors,
        *,
        restrict: int | None = None,
        method: Method = "3cosadd",
        csls: float = 0,
        threads: int | None = None,
    ) -> None:
        if method == "3cosmul" and vectors.targets is not None:
            raise SettingError("{method} 3cosmul does not go with {predict}", hint="use 3cosadd")
        self._vectors = vectors
        self._method = method
        n = len(vectors) if restrict is None else min(restrict, len(vectors))
        cosine = vectors.targets is None
        self._is_cosine = cosine and method == "3cosadd"
        if csls and not self._is_cosine:
            raise SettingError("{csls} applies to cosines, of {method} 3cosadd, only", hint="leave it out")
        self._scorer = Scorer(vectors.targets or vectors.matrix, n, cosine=cosine, threads=threads)
        self._csls = csls
        self._means = MeanCosines(vectors.matrix, n, self._scorer, threads) if csls else None
        self._threads = threads

    @property
    def batch_size(self) -> int:
        """How many queries to answer at once without taking much memory."""
        return self._whole_rows if self._needs_whole_rows else batch_size(self._scorer.span)

    @property
    def _needs_whole_rows(self) -> bool:
        """Whether all scores of a query have to be there before the best of them are sought."""
        return self._means is not None or self._method == "3cosmul"

    @property
    def _whole_rows(self) -> int:
        """How many queries may have all their scores in memory."""
        return max(1, self._scorer.batch_size // (3 if self._needs_whole_rows else 1))

    def answer(
        self, queries: Sequence[Query], n: int = 10, selection: Selection = EVERYTHING
    ) -> Iterator[list[Answer]]:
        """The n best answers to each query, best first; the keys of a query are never its answers.

        selection: what may be an answer.

        A vector of zeros has no direction: where cosines are wanted, a key that has one is no answer, and
        there are no answers to a query that amounts to one.

        Raises:
            UnknownKeyError, SharedTitleError: as `KeyedVectors.resolve`.
        """
        if not queries:
            return
        terms = [[self._vectors.resolve(key) for key in (*query.plus, *query.minus)] for query in queries]
        if not self._needs_whole_rows and not selection.reranks:
            yield from self._best_of_spans(queries, terms, n, selection)
            return
        size = self._whole_rows
        for first in range(0, len(queries), size):
            some = slice(first, first + size)
            yield from self._best_of_whole_rows(queries[some], terms[some], n, selection)

    def _best_of_spans(
        self, queries: Sequence[Query], terms: list[list[ResolvedKey]], n: int, selection: Selection
    ) -> Iterator[list[Answer]]:
        """As `answer`, with a part of a query's scores at a time."""

        def leave_out(rows: slice, scores: Floats) -> None:
            for keys, of_query in zip(terms, scores, strict=True):
                of_query[
                    [key.row - rows.start for key in keys if rows.start <= key.row < rows.stop]
                ] = -np.inf
            if selection.mask is not None:
                scores[:, ~selection.mask[rows]] = -np.inf

        for found, scores in zip(*self._scorer.best(self._sums(queries, terms), n, leave_out), strict=True):
            there = found >= 0
            yield self._answers(found[there], scores[there])

    def _best_of_whole_rows(
        self, queries: Sequence[Query], terms: list[list[ResolvedKey]], n: int, selection: Selection
    ) -> Iterator[list[Answer]]:
        """As `answer`, with all scores of each query."""
        if self._method == "3cosmul":
            scores = self._products(queries, terms)
        else:
            scores = self._scorer.scores(self._sums(queries, terms))
        for keys, of_query in zip(terms, scores, strict=True):
            of_query[[key.row for key in keys if 0 <= key.row < len(of_query)]] = -np.inf
        if selection.mask is not None:
            scores[:, selection.excluded[selection.excluded < scores.shape[1]]] = -np.inf
        best, ranked = self._best(scores, candidates(n) if selection.reranks else n)
        for found, by, of_query in zip(best, ranked, scores, strict=True):
            rows = found[found >= 0]
            answers = rows, by[rows]
            if selection.reranks:
                answers = self._reranked(*answers, n, selection, of_query)
            yield self._answers(*answers)

    def _best(self, scores: Floats, n: int) -> tuple[NDArray[np.int64], Floats]:
        """int64[q, n], the rows of the best, and float32[q, keys], what they are ranked by."""
        if self._means:
            return self._means.best(scores, self._csls, n)
        return best_of_each(scores, n, self._threads), scores

    def _reranked(
        self, rows: NDArray[np.int64], by: Floats, n: int, selection: Selection, scores: Floats
    ) -> tuple[NDArray[np.int64], Floats]:
        """See `chosen`. scores: float32[keys], of the query."""

        def search(size: int) -> tuple[NDArray[np.int64], Floats]:
            (found,), (ranked,) = self._best(scores[np.newaxis], size)
            more = found[found >= 0]
            return more, ranked[more]

        matrix = self._vectors.targets or self._vectors.matrix
        return chosen(rows, by, n, selection, matrix.rows, search)

    def _answers(self, rows: NDArray[np.int64], scores: Floats) -> list[Answer]:
        return [self._answer(row, by) for row, by in zip(rows.tolist(), scores.tolist(), strict=True)]

    def _answer(self, row: int, score: float) -> Answer:
        shown = _cosine(score) if self._is_cosine and not self._csls else score
        return Answer(self._vectors.keys[row], shown, self._vectors.titled.title(row))

    def _sums(self, queries: Sequence[Query], terms: list[list[ResolvedKey]]) -> Floats:
        """float32[q, d]: the sums of 3CosAdd, or the means; nan without a direction."""
        counts = np.array([len(keys) for keys in terms])
        weights = np.array(
            [sign / len(keys) for query, keys in zip(queries, terms, strict=True) for sign in _signs(query)],
            np.float32,
        )
        weighted = weights[:, np.newaxis] * self._vectors_of(terms)
        sums = np.add.reduceat(weighted, np.cumsum(counts) - counts, axis=0)
        sums[~directed(sums)] = np.nan
        return sums

    def _products(self, queries: Sequence[Query], terms: list[list[ResolvedKey]]) -> Floats:
        """float32[q, n]: 3CosMul."""
        similarities = in_unit_interval(self._scorer.scores(self._vectors_of(terms)))
        products = np.empty((len(queries), similarities.shape[1]), np.float32)
        first = 0
        for query, keys, product in zip(queries, terms, products, strict=True):
            middle, last = first + len(query.plus), first + len(keys)
            product[:] = cos_mul([*similarities[first:middle]], [*similarities[middle:last]])
            first = last
        return products

    def _vectors_of(self, terms: list[list[ResolvedKey]]) -> Floats:
        """float32[t, d]: the vectors of all terms, of unit length where cosines are wanted."""
        vectors = self._vectors.vectors_of(key for keys in terms for key in keys)
        return vectors if self._vectors.targets is not None else unit(vectors)


def in_unit_interval(cosines: Floats) -> Floats:
    """The cosines, changed in place to (cosine + 1) / 2: as 3CosMul takes them."""
    cosines += 1
    cosines /= 2
    return cosines


def cos_mul(plus: Sequence[Floats], minus: Sequence[Floats]) -> Floats:
    """3CosMul (see `Searcher`): the product of `plus`, one at least, over that of `minus`.

    plus, minus: float32 of one shape, similarities in [0, 1], a query's terms one after the other.
    """
    product = functools.reduce(np.multiply, plus)
    divisor = functools.reduce(np.multiply, minus) if len(minus) else np.float32(1)
    scores: Floats = product / (divisor + _EPSILON)
    return scores


def _signs(query: Query) -> list[int]:
    return [1] * len(query.plus) + [-1] * len(query.minus)


def similar(
    vectors: KeyedVectors,
    plus: Sequence[str | ResolvedKey],
    minus: Sequence[str | ResolvedKey] = (),
    *,
    n: int = 10,
    restrict: int | None = None,
    method: Method = "3cosadd",
    csls: float = 0,
) -> list[Answer]:
    """The n keys most similar to those of `plus` and least to those of `minus`; see `Searcher`."""
    searcher = Searcher(vectors, restrict=restrict, method=method, csls=csls)
    return next(searcher.answer([Query(plus, minus)], n))


def analogy(
    vectors: KeyedVectors,
    a: str | ResolvedKey,
    b: str | ResolvedKey,
    c: str | ResolvedKey,
    *,
    n: int = 10,
    restrict: int | None = None,
    method: Method = "3cosadd",
    csls: float = 0,
) -> list[Answer]:
    """A - B + C: what is to C as A is to B; see `Searcher`."""
    return similar(vectors, (a, c), (b,), n=n, restrict=restrict, method=method, csls=csls)


def similarity(vectors: KeyedVectors, a: str | ResolvedKey, b: str | ResolvedKey) -> float:
    """The cosine of two keys' vectors; with `targets`, the dot product of a's vector and b's target.

    A vector of zeros has no direction, and any cosine with it is 0.

    Raises:
        UnknownKeyError, SharedTitleError: as `KeyedVectors.resolve`.
    """
    if vectors.targets is None:
        first, second = unit(vectors.vectors_of([a, b]))
        return _cosine(first @ second)
    (first,), row = vectors.vectors_of([a]), vectors.resolve(b).row
    (second,) = vectors.targets.rows(np.array([row]))
    return float(first @ second)


def odd_one_out(vectors: KeyedVectors, keys: Sequence[str | ResolvedKey]) -> Answer:
    """The key that is least like the others, with its cosine to the mean of all their unit vectors.

    Raises:
        UnknownKeyError, SharedTitleError: as `KeyedVectors.resolve`.
        UsageError: fewer than three keys, or questions and answers are of two spaces.
    """
    if len(keys) < 3:
        raise UsageError("the odd one out is one of three keys or more")
    if vectors.targets is not None:
        raise UsageError("the odd one out needs vectors of one space")
    resolved = [vectors.resolve(key) for key in keys]
    rows = unit(vectors.vectors_of(resolved))
    cosines = rows @ unit(rows.mean(axis=0, keepdims=True))[0]
    number = int(np.argmin(cosines))
    odd = resolved[number]
    title = vectors.titled.title(odd.row) if odd.row >= 0 else None
    return Answer(odd.key, _cosine(cosines[number]), title)


def _cosine(product: float) -> float:
    """The dot product of two unit vectors, which is rounded, and so may be above 1, as their cosine.

    A nan stays one.
    """
    return max(min(float(product), 1.0), -1.0)
