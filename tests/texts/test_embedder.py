"""Vectors of texts: against the oracle, by both ways to compute them, and how texts become words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.inputs.sources import Source
from e2v.jobs.embed import embedder_of
from e2v.notices import Level, listen
from e2v.store import ArtifactWriter, Keys
from e2v.texts.blocks import embed_blocks
from e2v.texts.embedder import TextEmbedder
from e2v.texts.lines import text_blocks, texts_as_lines
from e2v.texts.settings import TextVectorSettings
from tests.builders import keyed, write_model, write_vectors
from tests.oracles.texts import text_vectors, zipf

KEYS = ["the", "of", "cat", "dog", "sat", "héllo"]
VECTORS = np.random.default_rng(5).normal(0.3, 1, (len(KEYS), 4)).astype(np.float32)
KNOWN = dict(zip(KEYS, VECTORS.astype(float), strict=True))
COUNTS = {key: float(len(KEYS) - row) for row, key in enumerate(KEYS)}
TEXTS = ["the cat sat", "", "of of of dog", "nobody knows", "  héllo\tthe  nobody ", "\udcff cat"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "m.e2v", KEYS, VECTORS)


def both(embedder: TextEmbedder, texts: list[str]) -> np.ndarray:
    """The vectors of texts, computed in both ways, which agree."""
    few = embedder.embed(texts)
    parts = [each.made for each in embed_blocks(texts_as_lines(texts), embedder, 2)]
    np.testing.assert_allclose(np.concatenate([part.vectors for part in parts]), few.vectors, atol=1e-6)
    assert np.concatenate([part.known for part in parts]).tolist() == few.known.tolist()
    return few.vectors


@pytest.mark.parametrize(
    ("settings", "oracle"),
    [
        ({}, {"counts": COUNTS}),
        ({"smoothing": 0.3}, {"counts": COUNTS, "smoothing": 0.3}),
        ({"keep_common": True}, {"counts": COUNTS, "keep_common": True}),
        ({"weights": "mean"}, {"counts": None}),
    ],
)
def test_the_vectors_are_the_oracles(model: Path, settings: dict[str, Any], oracle: dict[str, Any]) -> None:
    made = both(embedder_of(model, TextVectorSettings(**settings)), TEXTS)
    expected = text_vectors([text.split() for text in TEXTS], KNOWN, **oracle)
    np.testing.assert_allclose(made, expected, atol=1e-6)
    assert not made[1].any() and not made[3].any() and made[0].any()


def test_many_blocks_of_many_words_are_in_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    keys = keyed(9000)  # more than there is room for at first
    vectors = rng.normal(size=(9000, 3)).astype(np.float32)
    model = write_model(tmp_path / "m.e2v", keys, vectors)
    texts = [" ".join(keys[row] for row in rng.integers(0, 9000, 5)) for _ in range(40_000)]
    made = both(embedder_of(model, TextVectorSettings(weights="mean")), texts)
    known = dict(zip(keys, vectors.astype(float), strict=True))
    some = slice(39_900, None)
    expected = text_vectors([text.split() for text in texts[some]], known, None)
    np.testing.assert_allclose(made[some], expected, atol=1e-5)


def test_a_text_of_very_many_words_is_added_up_in_parts(model: Path) -> None:
    embedder = embedder_of(model, TextVectorSettings(weights="mean"))
    made = embedder.embed(["cat dog " * 50_000, "cat", "dog"]).vectors
    np.testing.assert_allclose(made[0], (made[1] + made[2]) / 2, rtol=5e-3)


@given(st.lists(st.text(st.sampled_from("the cat\tof\x0b\r\n\u2028é"), max_size=30), max_size=12))
def test_both_ways_agree_on_any_texts(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.e2v"
    if not path.exists():
        write_model(path, KEYS, VECTORS)
    embedder = embedder_of(path, TextVectorSettings())
    if texts:
        assert len(both(embedder, texts)) == len(texts)
    else:
        assert embedder.embed([]).vectors.shape == (0, 4)


@given(
    st.lists(st.binary(max_size=8).map(lambda line: line.translate(None, b"\r\n\0")), min_size=1, max_size=20)
)
def test_every_line_is_a_text_whatever_is_in_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.txt"
    plain = b"plain ascii text to begin with, of which encodings are told\n" * 9
    ending = b"" if lines[-1] else b"\n"  # an empty line without an end is none
    path.write_bytes(plain + b"\r\n".join(lines) + ending)
    found = b"".join(each.text for each in text_blocks([Source(str(path), "utf-8")], keyed=False))
    assert found.split(b"\n")[9:] == [*lines, b""]


def test_blocks_have_few_lines_however_short_these_are(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    for lines in (1 << 14, (1 << 15) + 1):
        path.write_text("x\n" * lines)
        blocks = [each.text.count(b"\n") for each in text_blocks([Source(str(path))], keyed=False)]
        assert sum(blocks) == lines and max(blocks) == 1 << 14 and min(blocks) > 0


def test_words_are_those_of_the_text_of_the_model(tmp_path: Path) -> None:
    made = {"settings": {}, "corpus": {"settings": {"tokenizer": "word", "lowercase": True}}}
    model = write_model(tmp_path / "m.e2v", KEYS, VECTORS, made=made)
    cut, plain = both(embedder_of(model, TextVectorSettings()), ["(The CAT); Héllo!", "the cat héllo"])
    np.testing.assert_allclose(cut, plain)


def test_phrases_are_joined_as_in_the_text_of_the_model(tmp_path: Path) -> None:
    text = {"settings": {"tokenizer": "word", "lowercase": True}}
    phrases = {"command": "phrases", "settings": {"joiner": "_", "passes": 2}, "text": text}
    keys = ["new", "york", "city", "new_york", "new_york_city", "york_city", "odd_key"]
    model = write_model(tmp_path / "m.e2v", keys, np.eye(7), made={"corpus": phrases})
    texts = ["New York, City", "new york new york", "york city odd key", "york\nnew", "new"]
    made = both(embedder_of(model, TextVectorSettings(weights="mean")), texts)
    found = [{keys[row]: value for row, value in enumerate(each) if value} for each in made.tolist()]
    assert found == [{"new_york_city": 1}, {"new_york": 1}, {"york_city": 0.5, "odd_key": 0.5}, *found[3:]]
    assert found[4] == {"new": 1}


def test_words_of_no_model_are_made_of_their_ngrams(tmp_path: Path) -> None:
    path = tmp_path / "m.e2v"
    grams = np.array([[4, 0, 0], [0, 2, 0]], np.float32)
    with ArtifactWriter(path, "model", {"settings": {"subword": "3:3"}}) as writer:
        writer.add_keys("keys", Keys.from_strings(["cat"]))
        writer.add("counts", np.array([7]))
        writer.add("input", np.array([[0, 0, 1]], np.float32))
        writer.add("output", np.zeros((1, 3), np.float32))
        writer.add_keys("ngrams", Keys.from_strings(["<ca", "ats"]))
        writer.add("ngram_vectors", grams)
    texts = ["cats", "cats cat", "xyz"]
    made = both(embedder_of(path, TextVectorSettings(keep_common=True)), texts)
    known = {"cat": np.array([0, 0, 1.0]), "cats": np.array([2.0, 1, 0])}
    expected = text_vectors([text.split() for text in texts], known, {"cat": 7.0}, keep_common=True)
    np.testing.assert_allclose(made, expected, atol=1e-6)


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    heard: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [])

    def hear(level: Level, message: str) -> None:
        heard.append(message)

    listen(hear)
    yield heard


def test_without_counts_the_order_of_keys_stands_in_and_that_is_said(
    tmp_path: Path, notices: list[str]
) -> None:
    vectors = write_vectors(tmp_path / "v.e2v", KEYS, VECTORS)
    made = both(embedder_of(vectors, TextVectorSettings()), TEXTS)
    expected = text_vectors([text.split() for text in TEXTS], KNOWN, zipf(KEYS))
    np.testing.assert_allclose(made, expected, atol=1e-6)
    assert len(notices) == 1 and "Zipf" in notices[0]
    embedder_of(vectors, TextVectorSettings(weights="mean"))
    assert len(notices) == 1
