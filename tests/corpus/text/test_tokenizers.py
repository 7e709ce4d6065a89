"""What is a word: examples, a slow oracle, and that text may be split where the tokenizer says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2v.corpus.text.tokenizers import TOKENIZERS
from tests.oracles import corpus as oracle

ORACLES = {"whitespace": bytes.split, "word": oracle.words, "character": oracle.characters}
TOKENIZE = {name: make() for name, make in TOKENIZERS.items()}

#: Characters at which tokenizers differ or may go wrong, and bytes that are not UTF-8.
TRICKY = (
    "aB1 2\t\n\r\v\f\x00\x1c.,'’_-é中文한ßΣ²٣\u0301\u093f\u00a0\u3000\u200c\u200d\ufe0f"
    "👍🏽👨🇫🇷𝕏𐍈\U000e0101\udcff\udcc3"
)
TEXTS = st.text(alphabet=st.sampled_from(TRICKY) | st.characters(exclude_categories=["Cs"]), max_size=60).map(
    lambda text: text.encode("utf-8", "surrogateescape")
)


def tokens(name: str, text: str) -> list[str]:
    separated = TOKENIZE[name].separate(text.encode("utf-8", "surrogateescape"))
    return separated.decode("utf-8", "surrogateescape").split(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said: "Don\'t!" (twice).', ["He", "said", "Don't", "twice"]),
        ("l’été, ‘quoted’ rock'n'roll dogs'", ["l'été", "quoted", "rock'n'roll", "dogs"]),
        ("well-known e.g. and/or", ["well", "known", "e", "g", "and", "or"]),
        ("3.14 or 1,000.50, 2024. v1.2", ["3.14", "or", "1,000.50", "2024", "v1.2"]),
        ("new_york __init__ snake_case_", ["new_york", "init", "snake_case"]),
        ("हिन्दी naïve cafe\u0301", ["हिन्दी", "naïve", "cafe\u0301"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("caf\udce9 r\udce9sum\udce9", ["caf\udce9", "r\udce9sum\udce9"]),
        ("«Привет»,¿qué?", ["Привет", "qué"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens("word", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天 天气。\u3000好", list("今天天气。好")),
        ("e\u0301a", ["e\u0301", "a"]),
        ("👨\u200d👩\u200d👧!", ["👨\u200d👩\u200d👧", "!"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇫🇷🇩🇪🇮", ["🇫🇷", "🇩🇪", "🇮"]),
        ("❤\ufe0fก็", ["❤\ufe0f", "ก็"]),
        ("\udcffa\x00", ["\udcff", "a", "\x00"]),
    ],
)
def test_characters(text: str, expected: list[str]) -> None:
    assert tokens("character", text) == expected


@pytest.mark.parametrize("name", TOKENIZE)
@given(text=TEXTS)
def test_like_the_oracle_line_by_line(name: str, text: bytes) -> None:
    separated = TOKENIZE[name].separate(text)
    assert [line.split() for line in separated.split(b"\n")] == [
        ORACLES[name](line) for line in text.split(b"\n")
    ]


@pytest.mark.parametrize("name", TOKENIZE)
@given(text=TEXTS, cut=st.integers(0, 60))
@settings(max_examples=300)
def test_a_chunk_may_be_split_where_the_tokenizer_says(name: str, text: bytes, cut: int) -> None:
    tokenizer = TOKENIZE[name]
    chunk = text[:cut]
    split = tokenizer.split_point(chunk)
    assert 0 <= split <= len(chunk)
    apart = tokenizer.separate(text[:split]).split() + tokenizer.separate(text[split:]).split()
    assert apart == tokenizer.separate(text).split()


@pytest.mark.parametrize(
    ("name", "text"), [("whitespace", "a b" * 9), ("word", "a:b" * 9), ("character", "中文。" * 9)]
)
def test_a_chunk_without_line_ends_can_be_split_near_its_end(name: str, text: str) -> None:
    chunk = text.encode()
    assert len(chunk) - 6 < TOKENIZE[name].split_point(chunk) <= len(chunk)


def test_a_character_cut_in_two_by_the_chunk_stays_whole() -> None:
    chunk = "中文".encode()[:-1]
    assert TOKENIZE["character"].split_point(chunk) < len("中".encode()) + 1
    assert TOKENIZE["word"].split_point(("a:" + "文").encode()[:-1]) == 2
