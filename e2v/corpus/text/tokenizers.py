"""What is a word: three ways to cut text into tokens.

A tokenizer turns text into words between ASCII blanks, which the kernels count; so there is one way to
count. Text comes in chunks, hence each tokenizer also says where a chunk may be split.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

TokenizerName = Literal["whitespace", "word", "character"]

_LAST_BLANK = re.compile(rb"(?s:.*)[ \t\n\v\f\r]")
_TAIL = 1 << 12  # bytes at the end of a chunk that are searched for a place to split it
_ESCAPED = "\udc80-\udcff"  # bytes that are not UTF-8, as `surrogateescape` decodes them
_NON_JOINER, _JOINER = "\u200c\u200d"
_EMOJI_MODIFIERS = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"

_TYPOGRAPHIC, _APOSTROPHE = "’", "'"

_BMP = range(0x10000)
_BEYOND = "\U00010000-\U0010ffff"
#: Whole blocks of scripts, for `re` walks through ranges beyond the BMP one by one.
_LETTERS_BEYOND = (
    "\U00010000-\U0001cfff\U0001d400-\U0001d7ff\U0001df00-\U0001efff"
    "\U00020000-\U0003ffff\U000e0100-\U000e01ef"
)


class Tokenizer(Protocol):
    """Cuts text into tokens."""

    def split_point(self, chunk: bytes) -> int:
        """How many bytes of `chunk` can be tokenized without those that follow; 0 if that cannot be told."""

    def separate(self, text: bytes) -> bytes:
        """The tokens of `text` with a space between two, and its line feeds."""


class Whitespace:
    r"""Tokens are what stands between ASCII blanks: space, \t, \n, \v, \f, \r."""

    def split_point(self, chunk: bytes) -> int:
        """After the last blank."""
        found = _LAST_BLANK.match(chunk)
        return found.end() if found else 0

    def separate(self, text: bytes) -> bytes:
        """The text itself."""
        return text


class _Pattern:
    """Tokens are the matches of a regular expression in the decoded text.

    token: matches a token, or a line feed. split: matches what comes before a place where any text may be
    split, as late in the text as possible.
    """

    def __init__(self, token: str, split: str) -> None:
        self._token = re.compile(rf"\n|{token}")
        self._split = re.compile(rf"(?s:.*){split}")

    def split_point(self, chunk: bytes) -> int:
        """After the last blank, or at the last place in the tail that `split` finds."""
        if found := _LAST_BLANK.match(chunk):
            return found.end()
        tail = _decode(chunk[-_TAIL:])
        place = self._split.match(tail)
        return len(chunk) - len(_encode(tail[place.end() :])) if place else 0

    def separate(self, text: bytes) -> bytes:
        """The matches with spaces between them."""
        return _encode(" ".join(self._token.findall(_decode(text))))


class Word(_Pattern):
    """Words and numbers of any script, without the punctuation around them.

    A word is a run of letters, digits and combining marks. Within it may stand single apostrophes (don't; the
    typographic one becomes a plain one), underscores (new_york) and zero-width joiners, and between digits
    points and commas (3.14, 1,000). Everything else separates, hyphens too. Bytes that are not UTF-8 count
    as letters.
    """

    def __init__(self) -> None:
        letter = f"{_class_of(_is_letter, _BMP)}{_LETTERS_BEYOND}{_ESCAPED}"
        inner = f"'_{_NON_JOINER}{_JOINER}"
        super().__init__(
            rf"[{letter}]+(?:(?:[{inner}]|(?<=\d)[.,](?=\d))[{letter}]+)*",
            rf"[^{letter}{inner}’.,]",
        )

    def separate(self, text: bytes) -> bytes:
        """The words with spaces between them."""
        return super().separate(text.replace(_TYPOGRAPHIC.encode(), _APOSTROPHE.encode()))


class Character(_Pattern):
    """Every character is a token, for scripts that put no spaces between words; blanks are left out.

    A character is a code point with the combining marks, variation selectors and skin tones that follow
    it, and what zero-width joiners join to it. The two letters of a flag are one character, and a byte that
    is not UTF-8 is one.
    """

    def __init__(self) -> None:
        extending = f"{_class_of(_is_mark, range(0x1F000))}{_NON_JOINER}{_EMOJI_MODIFIERS}"
        perhaps_extending = f"{_class_of(_is_mark, _BMP)}{_NON_JOINER}{_JOINER}{_BEYOND}"
        alone = rf"\S(?![{perhaps_extending}])"  # nearly all, and found faster
        extended = rf"(?:[{_FLAG_LETTERS}]{{2}}|\S)(?:[{extending}{_JOINER}]|(?<={_JOINER})\S)*"
        super().__init__(
            rf"(?:{alone}|{extended})",
            rf"[^{_JOINER}](?=[^{extending}{_JOINER}{_FLAG_LETTERS}{_ESCAPED}])",
        )


def word_form(word: str, tokenizer: TokenizerName, *, lowercase: bool) -> str:
    """What a word of a text becomes in a vocabulary made with this tokenizer, in lower case or not."""
    if tokenizer == "word":
        word = word.replace(_TYPOGRAPHIC, _APOSTROPHE)
    return word.lower() if lowercase else word


TOKENIZERS: Mapping[TokenizerName, Callable[[], Tokenizer]] = {
    "whitespace": Whitespace,
    "word": Word,
    "character": Character,
}


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _is_letter(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def _class_of(test: Callable[[str], bool], points: range) -> str:
    """The code points that pass a test, as ranges within a regular expression's brackets."""
    passing = [point for point in points if test(chr(point))]
    starts = [point for before, point in zip([-2, *passing], passing, strict=False) if point != before + 1]
    ends = [point for point, after in zip(passing, [*passing[1:], -2], strict=True) if after != point + 1]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
