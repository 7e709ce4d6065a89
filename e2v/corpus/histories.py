"""Who had what: the users' histories in a corpus, as ragged rows of items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.errors import InputError

Weights: TypeAlias = NDArray[np.float32] | None


@dataclass(frozen=True)
class Histories:
    """n rows of items, in the layout of a sparse matrix (CSR): row i is items[offsets[i]:offsets[i + 1]].

    offsets: int64[n + 1]. items: int32[m], rows of some keys. weights: float32[m], how much each item counts;
    None: all alike. Where items that a row repeats become one, their weights add up.
    """

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    weights: Weights = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.items[self.offsets[row] : self.offsets[row + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[row] for row in range(len(self)))

    @classmethod
    def of(
        cls, rows: NDArray[np.integer[Any]], items: NDArray[np.int32], n: int, weights: Weights = None
    ) -> Histories:
        """From pairs of row and item, whose rows ascend from 0 and are below n."""
        offsets = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=n), out=offsets[1:])
        return cls(offsets, items, weights)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64[n]: the number of items in each row."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> NDArray[np.int64]:
        """int64[m]: the row of each item."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def places(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Where in `items` the items of some rows are, one row after the other."""
        sizes = self.sizes[rows]
        starts = np.repeat(self.offsets[rows] - np.cumsum(sizes) + sizes, sizes)
        return starts + np.arange(len(starts))

    def take(self, rows: NDArray[np.integer[Any]]) -> Histories:
        """Some of the rows, in the order given."""
        places = self.places(rows)
        offsets = np.concatenate(([0], np.cumsum(self.sizes[rows])))
        return Histories(offsets, self.items[places], self._weights_at(places))

    def renumbered(self, table: NDArray[np.int32]) -> Histories:
        """Each item replaced by table[item], or left out if that is negative."""
        items = table[self.items]
        kept = items >= 0
        if kept.all():
            return Histories(self.offsets, items, self.weights)
        return Histories.of(self.rows[kept], items[kept], len(self), self._weights_at(kept))

    def distinct(self) -> Histories:
        """Each row's items once, ascending."""
        order = np.lexsort((self.items, self.rows))
        rows, items = self.rows[order], self.items[order]
        new = np.ones(len(items), bool)
        new[1:] = (rows[1:] != rows[:-1]) | (items[1:] != items[:-1])
        return Histories.of(rows[new], items[new], len(self), self._added_up(order, new))

    def first_occurrences(self) -> Histories:
        """Each row's items once, in the order in which they first came."""
        return self._once("first")

    def last_occurrences(self) -> Histories:
        """Each row's items once, in the order in which they last came."""
        return self._once("last")

    def _once(self, occurrence: Literal["first", "last"]) -> Histories:
        pairs = self.rows  # as one number each; in place, because there are many
        pairs *= int(self.items.max(initial=0)) + 1
        pairs += self.items
        order = np.argsort(pairs, kind="stable")  # equal pairs stay in their order
        pairs = pairs[order]
        chosen = np.ones(len(order), bool)
        ends = chosen[1:] if occurrence == "first" else chosen[:-1]
        np.not_equal(pairs[1:], pairs[:-1], out=ends)
        kept = np.zeros(len(order), bool)
        kept[order[chosen]] = True
        weights = None
        if self.weights is not None:
            new = np.ones(len(order), bool)
            np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
            weights = np.empty(len(order), np.float32)
            weights[order[chosen]] = self._added_up(order, new)
            weights = weights[kept]
        del pairs, order
        return Histories.of(self.rows[kept], self.items[kept], len(self), weights)

    def _weights_at(self, places: NDArray[Any]) -> Weights:
        return None if self.weights is None else self.weights[places]

    def _added_up(self, order: NDArray[np.int64], new: NDArray[np.bool_]) -> Weights:
        """The sum of the weights, in this order, from each place that is new to the next one."""
        if self.weights is None or not len(order):
            return self.weights
        sums = np.add.reduceat(self.weights[order], np.flatnonzero(new), dtype=np.float64)
        return sums.astype(np.float32)

    def transposed(self, n_items: int) -> Histories:
        """The rows in which each item occurs."""
        order = np.argsort(self.items, kind="stable")
        rows, items = self.items[order].astype(np.int64), self.rows[order].astype(np.int32)
        return Histories.of(rows, items, n_items, self._weights_at(order))


def owners(corpus: Corpus) -> tuple[list[str], NDArray[np.int64]]:
    """The users' names, in the order of their first sentence, and int64[S]: whose each sentence is.

    Raises:
        InputError: the corpus does not say.
    """
    if corpus.names is None:
        raise InputError(
            f"{corpus.path} does not say whose its sentences are",
            "e2v events keeps the users' ids",
        )
    users: dict[str, int] = {}
    numbers = [users.setdefault(name, len(users)) for name in corpus.names]
    return list(users), np.array(numbers, np.int64)


def user_histories(corpus: Corpus, weights: Weights = None) -> tuple[list[str], Histories]:
    """The users' names, as `owners`, and each one's history: that user's sentences, one after the other.

    weights: float32[N], of the corpus' tokens; see `e2v.corpus.weights`.

    Raises:
        InputError: the corpus does not say whose its sentences are.
    """
    users, numbers = owners(corpus)
    sentences = sentences_of(corpus, weights).take(np.argsort(numbers, kind="stable"))
    rows = np.repeat(np.sort(numbers), sentences.sizes)
    return users, Histories.of(rows, sentences.items, len(users), sentences.weights)


def histories_of(corpus: Corpus, weights: Weights = None) -> Histories:
    """The users' histories, or, where the corpus does not say whose they are, the sentences."""
    return sentences_of(corpus, weights) if corpus.names is None else user_histories(corpus, weights)[1]


def sentences_of(corpus: Corpus, weights: Weights = None) -> Histories:
    """The sentences as they are."""
    return Histories(corpus.offsets, corpus.tokens, weights)
