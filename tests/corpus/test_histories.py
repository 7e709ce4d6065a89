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
