"""A question's word is looked up as the text of a model has it: in lower case, with plain apostrophes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.text.tokenizers import TOKENIZERS, word_form
from e2v.store import Keys
from e2v.vectors import KeyedVectors, load_vectors
from tests.builders import write_model

LOWER = {"settings": {"tokenizer": "word", "lowercase": True}}
KEYS = ["king", "don't", "straße", "Polish", "polish"]


def vectors(folder: Path, made: Mapping[str, Any], titles: list[str] | None = None) -> KeyedVectors:
    return load_vectors(write_model(folder / "m.e2v", KEYS, np.eye(5), titles=titles, made=made))


@pytest.mark.parametrize(
    "made", [LOWER, {"corpus": LOWER}, {"corpus": {"corpus": LOWER, "settings": {"joiner": "_"}}}]
)
def test_what_the_text_became_a_question_becomes(tmp_path: Path, made: Mapping[str, Any]) -> None:
    found = vectors(tmp_path, made)
    for asked, key in (("King", "king"), ("KING", "king"), ("DON’T", "don't"), ("STRAßE", "straße")):
        assert found.resolve(asked).key == key and asked in found
    assert [found.resolve(key).key for key in KEYS] == KEYS  # what is a key is taken as one
    assert "Kings" not in found and found.find("Kings") is None


@pytest.mark.parametrize(
    "made", [{}, {"corpus": {"settings": {"tokenizer": "whitespace", "lowercase": False}}}]
)
def test_case_counts_where_the_text_kept_it(tmp_path: Path, made: Mapping[str, Any]) -> None:
    found = vectors(tmp_path, made)
    assert "King" not in found and found.find("DON’T") is None


def test_titles_are_as_they_are(tmp_path: Path) -> None:
    found = vectors(tmp_path, LOWER, ["Heat", "KING", "c", "d", "e"])
    assert found.resolve("KING").key == "don't" and found.find("heat") is None


def test_ngrams_are_those_of_the_word_in_the_text() -> None:
    class Made:
        def vector(self, word: str) -> np.ndarray | None:
            return np.array([len(word)], np.float32) if word.islower() else None

    found = KeyedVectors(Keys.from_strings(["a"]), np.eye(1, dtype="f4"), unseen=Made(), form=str.lower)  # type: ignore[arg-type]
    unseen = found.resolve("Kingly")
    assert (unseen.key, unseen.row, unseen.vector) == ("Kingly", -1, [6])
    assert len(found.head(1, ["A", "Kingly"])) == 2


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
def test_a_word_becomes_what_the_tokenizer_makes_of_it(tokenizer: Any, lowercase: bool) -> None:
    for word in ("Don’t", "ΛΌΓΟΣ", "İ", "Straße", "x"):
        cut = TOKENIZERS[tokenizer]().separate(word.encode()).decode()
        cut = Keys.from_strings([cut]).lower()[0] if lowercase else cut
        assert word_form(word, tokenizer, lowercase=lowercase) == cut
