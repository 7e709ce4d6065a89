"""Who had what: the users' histories of a corpus as ragged rows of items, and files of held-out items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus import Corpus
from e2v.errors import InputError
from e2v.evaluation.files import read_lines
from e2v.store import atomic_path


@dataclass(frozen=True)
class Histories:
    """n rows of items, in the layout of a sparse matrix (CSR): row i is items[offsets[i]:offsets[i + 1]].

    offsets: int64[n + 1]. items: int32[m], rows of some keys.
    """

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.items[self.offsets[row] : self.offsets[row + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[row] for row in range(len(self)))

    @classmethod
    def of(cls, rows: NDArray[np.int64], items: NDArray[np.int32], n: int) -> Histories:
        """From pairs of row and item, whose rows ascend from 0 and are below n."""
        offsets = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=n), out=offsets[1:])
        return cls(offsets, items)

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
        return Histories(np.concatenate(([0], np.cumsum(self.sizes[rows]))), self.items[self.places(rows)])

    def renumbered(self, table: NDArray[np.int32]) -> Histories:
        """Each item replaced by table[item], or left out if that is negative."""
        items = table[self.items]
        kept = items >= 0
        return Histories.of(self.rows[kept], items[kept], len(self))

    def distinct(self) -> Histories:
        """Each row's items once, ascending."""
        order = np.lexsort((self.items, self.rows))
        rows, items = self.rows[order], self.items[order]
        new = np.ones(len(items), bool)
        new[1:] = (rows[1:] != rows[:-1]) | (items[1:] != items[:-1])
        return Histories.of(rows[new], items[new], len(self))

    def transposed(self, n_items: int) -> Histories:
        """The rows in which each item occurs."""
        order = np.argsort(self.items, kind="stable")
        return Histories.of(self.items[order].astype(np.int64), self.rows[order].astype(np.int32), n_items)


def owners(corpus: Corpus) -> tuple[list[str], NDArray[np.int64]]:
    """The users' names, in the order of their first sentence, and int64[S]: whose each sentence is.

    Raises:
        InputError: the corpus does not say.
    """
    if corpus.names is None:
        raise InputError(
            f"{corpus.path} does not say whose its sentences are",
            "e2v vocab --interactions, or --layout user-items, keeps the users' ids",
        )
    users: dict[str, int] = {}
    numbers = [users.setdefault(name, len(users)) for name in corpus.names]
    return list(users), np.array(numbers, np.int64)


def user_histories(corpus: Corpus) -> tuple[list[str], Histories]:
    """The users' names, as `owners`, and each one's history: his sentences, one after the other.

    Raises:
        InputError: the corpus does not say whose its sentences are.
    """
    users, numbers = owners(corpus)
    sentences = sentences_of(corpus).take(np.argsort(numbers, kind="stable"))
    rows = np.repeat(np.sort(numbers), sentences.sizes)
    return users, Histories.of(rows, sentences.items, len(users))


def histories_of(corpus: Corpus) -> Histories:
    """The users' histories, or, where the corpus does not say whose they are, the sentences."""
    return sentences_of(corpus) if corpus.names is None else user_histories(corpus)[1]


def sentences_of(corpus: Corpus) -> Histories:
    """The sentences as they are."""
    return Histories(corpus.offsets, corpus.tokens)


def read_held_out(path: Path) -> dict[str, list[str]]:
    """The items of each user in a file of `user item item ...` lines.

    Fields are separated by tabs in a line that has one, else by spaces. Several lines of a user are joined.

    Raises:
        InputError: the file is missing or holds no items.
    """
    held_out: dict[str, list[str]] = {}
    for _, line in read_lines(path):
        user, *items = line.split("\t") if "\t" in line else line.split()
        held_out.setdefault(user, []).extend(items)
    if not any(held_out.values()):
        raise InputError(f"{path} holds no items", "expected lines of a user and items: 'user item item ...'")
    return held_out


def write_held_out(path: Path, held_out: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Write what `read_held_out` reads: with spaces, or with tabs where a name has a space in it.

    Raises:
        InputError: a name is blank or holds a tab or a line end, which the format cannot say.
        OutputError: as `e2v.store.atomic_path`.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
    ):
        for user, items in held_out:
            fields = (user, *items)
            for field in fields:
                if not field.strip() or any(mark in field for mark in "\t\n\r"):
                    raise InputError(
                        f"'{field}' cannot stand in {path}", "its fields are between tabs, its rows lines"
                    )
            spaced = any(field.split() != [field] for field in fields)
            file.write(("\t" if spaced else " ").join(fields) + "\n")
