import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, histories_of, owners, user_histories
from e2v.errors import InputError
from tests.builders import ragged, write_corpus


def lists(histories: Histories) -> list[list[int]]:
    assert histories.items.dtype == np.int32
    assert histories.offsets.dtype == np.int64
    return [row.tolist() for row in histories]


rows = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6)


@given(rows, st.data())
def test_take(rows, data) -> None:
    wanted = data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=8) if rows else st.just([]))
    assert lists(ragged(rows).take(np.array(wanted, np.int64))) == [rows[row] for row in wanted]


@given(rows)
def test_distinct(rows) -> None:
    assert lists(ragged(rows).distinct()) == [sorted(set(row)) for row in rows]


@given(rows)
def test_once_where_they_came_first_or_last(rows) -> None:
    assert lists(ragged(rows).first_occurrences()) == [list(dict.fromkeys(row)) for row in rows]
    assert lists(ragged(rows).last_occurrences()) == [list(dict.fromkeys(row[::-1]))[::-1] for row in rows]


def weighed(histories: Histories) -> list[list[tuple[int, float]]]:
    """Items with their weights."""
    pairs = list(zip(histories.items.tolist(), histories.weights.tolist(), strict=True))
    return [pairs[first:last] for first, last in itertools.pairwise(histories.offsets.tolist())]


@given(rows)
def test_weights_go_with_their_items_and_those_of_repeats_add_up(rows) -> None:
    plain = ragged(rows)
    weights = 1 + np.arange(len(plain.items), dtype=np.float32) / 4
    found = replace(plain, weights=weights)
    pairs = weighed(found)

    def added(row: list[tuple[int, float]], items: Iterable[int]) -> list[tuple[int, float]]:
        return [(item, sum(weight for other, weight in row if other == item)) for item in items]

    for once in ("first_occurrences", "last_occurrences", "distinct"):
        items = getattr(plain, once)()
        expected = [added(row, of_row) for row, of_row in zip(pairs, lists(items), strict=True)]
        assert weighed(getattr(found, once)()) == expected
    assert weighed(found.take(np.arange(len(rows))[::-1])) == pairs[::-1]
    table = np.array([3, -1, 0, 2, -1, 1], np.int32)
    expected = [[(int(table[i]), weight) for i, weight in row if table[i] >= 0] for row in pairs]
    assert weighed(found.renumbered(table)) == expected
    expected = [[(row, w) for row, of in enumerate(pairs) for i, w in of if i == item] for item in range(6)]
    assert weighed(found.transposed(6)) == expected


@given(rows)
def test_transposed(rows) -> None:
    expected = [[row for row, items in enumerate(rows) for i in items if i == item] for item in range(6)]
    assert lists(ragged(rows).transposed(6)) == expected


@given(rows, st.lists(st.integers(-1, 9), min_size=6, max_size=6))
def test_renumbered(rows, table) -> None:
    renumbered = ragged(rows).renumbered(np.array(table, np.int32))
    assert lists(renumbered) == [[table[i] for i in row if table[i] >= 0] for row in rows]


def test_a_user_s_sentences_are_one_history(tmp_path: Path) -> None:
    corpus = open_corpus(
        write_corpus(tmp_path / "c.e2v", [["b", "a"], ["a"], ["c", "a"]], ["u2", "u1", "u2"])
    )
    assert list(corpus.keys) == ["a", "b", "c"]
    names, histories = user_histories(corpus)
    assert names == ["u2", "u1"]
    assert lists(histories) == [[1, 0, 2, 0], [0]]
    assert owners(corpus)[1].tolist() == [0, 1, 0]
    assert lists(histories_of(corpus)) == lists(histories)


def test_without_names_every_sentence_is_a_history_of_nobody(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", [["b", "a"], ["a"]]))
    assert lists(histories_of(corpus)) == [[1, 0], [0]]
    with pytest.raises(InputError, match="does not say whose its sentences are"):
        user_histories(corpus)
