from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import SharedTitleError, UnknownKeyError
from e2v.store import Keys, open_artifact
from e2v.vectors.titles import TitledKeys
from tests.builders import write_corpus, write_model

KEYS = ["50", "1984", "7", "838", "26958", "9"]
TITLES = ["Heat (1995)", "Up (2009)", "1984", "Emma (1996)", "Emma (1996)", ""]
ITEMS = TitledKeys(Keys.from_strings(KEYS), Keys.from_strings(TITLES))
PLAIN = TitledKeys(Keys.from_strings(KEYS))


@pytest.mark.parametrize("n_lookups", [1, 40])
def test_an_item_is_named_by_its_key_or_its_title(n_lookups: int) -> None:
    for _ in range(n_lookups):
        assert [ITEMS.row(key) for key in KEYS] == [0, 1, 2, 3, 4, 5]  # 1984 is a key before it is a title
        assert [ITEMS.row(title) for title in TITLES[:2]] == [0, 1]
        with pytest.raises(
            SharedTitleError, match=r"'Emma .* 2 items are called; give the id of one: 838, 26958"
        ):
            ITEMS.row("Emma (1996)")
    assert [ITEMS.title(row) for row in range(6)] == [*TITLES[:5], None]


def test_blanks_around_a_name_count_only_where_it_has_them() -> None:
    items = TitledKeys(Keys.from_strings(["a", " a", "b", " "]), Keys.from_strings(["", "", "Up", ""]))
    for name, row in ((" a", 1), ("a", 0), ("a ", 0), ("\u00a0b\t", 2), (" Up ", 2), (" ", 3), ("  ", -1)):
        assert items.find(name) == row


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("heat", ("Heat (1995)",)),
        ("Emma", ("Emma (1996)",)),  # once, though two are called so
        ("839", ("838",)),
        ("198", ("1984",)),
        ("", ()),
    ],
)
def test_what_is_neither_is_told_with_what_looks_like_it(name: str, likely: tuple[str, ...]) -> None:
    assert ITEMS.find(name) == -1
    with pytest.raises(UnknownKeyError) as raised:
        ITEMS.row(name)
    assert raised.value.suggestions == likely


def test_items_without_titles() -> None:
    assert PLAIN.row("7") == 2 and PLAIN.title(2) is None
    with pytest.raises(UnknownKeyError, match=r"'Heat .1995.' is not in the vocabulary$"):
        PLAIN.row("Heat (1995)")


def test_files_with_titles_and_without(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.e2v", KEYS, np.eye(6), titles=TITLES)
    assert TitledKeys.of(open_artifact(model)).row("Up (2009)") == 1
    corpus = open_artifact(write_corpus(tmp_path / "corpus.e2v", [["a"]]))
    assert TitledKeys.of(corpus).titles is None


def test_a_title_for_each_key() -> None:
    with pytest.raises(ValueError, match="6 keys with 1 titles"):
        TitledKeys(ITEMS.keys, Keys.from_strings(["Up"]))


def test_one_question_builds_no_dict() -> None:
    n = 200_000
    items = TitledKeys(
        Keys.from_strings(f"k{number}" for number in range(n)),
        Keys.from_strings(f"Number {number}" for number in range(n)),
    )
    tracemalloc.start()
    try:
        assert items.row("Number 123456") == 123456
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000  # a dict of so many titles takes 20 MB
