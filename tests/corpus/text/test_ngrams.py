"""The n-gram dictionary against a plain enumeration."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from e2v.corpus.text.ngrams import build_ngrams, ngrams

words_lists = st.lists(st.text("abc世é\udc80", min_size=1, max_size=6), unique=True, max_size=20)


def test_ngrams_mark_the_borders_of_the_word() -> None:
    assert ngrams("her", 3, 4) == ["<he", "her", "er>", "<her", "her>"]
    assert ngrams("a", 3, 6) == ["<a>"]
    assert ngrams("", 3, 6) == []


def test_an_ngram_that_repeats_within_a_word_counts_once() -> None:
    assert ngrams("aaaa", 2, 2) == ["<a", "aa", "a>"]


def test_characters_are_code_points_not_bytes() -> None:
    assert ngrams("世界", 2, 2) == ["<世", "世界", "界>"]


@given(words_lists, st.integers(1, 3), st.integers(0, 3))
def test_dictionary_holds_exactly_what_two_words_share(words: list[str], shortest: int, more: int) -> None:
    longest = shortest + more
    dictionary = build_ngrams(words, shortest, longest)
    grams = list(dictionary.keys)
    having = {
        gram: [w for w in words if gram in f"<{w}>"] for w in words for gram in ngrams(w, shortest, longest)
    }
    assert set(grams) == {gram for gram, owners in having.items() if len(owners) >= 2}
    assert grams == sorted(grams, key=lambda gram: (-len(having[gram]), os.fsencode(gram)))
    for i, word in enumerate(words):
        rows = dictionary.rows[dictionary.offsets[i] : dictionary.offsets[i + 1]]
        assert [grams[r] for r in rows] == [g for g in ngrams(word, shortest, longest) if g in grams]


@given(words_lists, st.integers(0, 5))
def test_a_bound_keeps_the_most_shared(words: list[str], most: int) -> None:
    every = list(build_ngrams(words, 1, 3).keys)
    assert list(build_ngrams(words, 1, 3, most).keys) == every[:most]
