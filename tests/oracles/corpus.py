"""Counting and encoding text, slowly and readably, from their description in the manual."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

Tokenize = Callable[[bytes], list[bytes]]

_SCRIPTS_BEYOND_THE_BMP = (
    (0x10000, 0x1CFFF),
    (0x1D400, 0x1D7FF),
    (0x1DF00, 0x1EFFF),
    (0x20000, 0x3FFFF),
    (0xE0100, 0xE01EF),
)


class Encoded(NamedTuple):
    keys: list[bytes]
    counts: list[int]
    sentences: list[list[int]]
    all_counts: dict[bytes, int]
    kept_counts: dict[bytes, int]  # of the text's words that are in the vocabulary
    lines: int
    lines_cut: int


def encode(
    texts: Iterable[bytes],
    tokenize: Tokenize = bytes.split,
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    lowercase: bool = False,
    max_sentence_length: int = 10_000,
    counts: Mapping[bytes, int] | None = None,
    frozen: tuple[list[bytes], list[int]] | None = None,
) -> Encoded:
    """`counts`: a list instead of counting; `frozen`: keys and counts to take as they are."""
    lines = [tokenize(line) for text in texts for line in text.split(b"\n")]
    if lowercase:
        lines = [[_lower(word) for word in line] for line in lines]
    found = Counter(word for line in lines for word in line)
    if frozen is not None:
        keys, key_counts = frozen
    else:
        source = found if counts is None else counts
        chosen = sorted((-n, word) for word, n in source.items() if n >= min_count)[:max_vocab]
        keys, key_counts = [word for _, word in chosen], [-n for n, _ in chosen]
    row = {word: i for i, word in enumerate(keys)}
    sentences = []
    lines_cut = 0
    for line in lines:
        ids = [row[word] for word in line if word in row]
        pieces = [ids[i : i + max_sentence_length] for i in range(0, len(ids), max_sentence_length)]
        sentences += pieces
        lines_cut += len(pieces) > 1
    kept = {word: n for word, n in found.items() if word in row}
    return Encoded(keys, key_counts, sentences, dict(found), kept, sum(map(bool, lines)), lines_cut)


def words(line: bytes) -> list[bytes]:
    """The `word` tokenizer, one character after the other."""
    text = line.decode("utf-8", "surrogateescape").replace("’", "'")
    found = [""]
    for i, character in enumerate(text):
        before, after = text[i - 1 : i], text[i + 1 : i + 2]
        if _is_letter(character) or (
            found[-1]
            and _is_letter(after)
            and (
                character in ("'", "_", "\u200c", "\u200d")
                or (character in (".", ",") and before.isdecimal() and after.isdecimal())
            )
            and _is_letter(before)
        ):
            found[-1] += character
        else:
            found.append("")
    return [word.encode("utf-8", "surrogateescape") for word in found if word]


def characters(line: bytes) -> list[bytes]:
    """The `character` tokenizer, one character after the other."""
    text = line.decode("utf-8", "surrogateescape")
    found: list[str] = []
    joined = False  # whether what comes next belongs to the last character
    for character in text:
        if character.isspace():
            found.append("")
        elif found and found[-1] and (joined or _extends(character) or _completes_flag(found[-1], character)):
            found[-1] += character
        else:
            found.append(character)
        joined = character == "\u200d"
    return [cluster.encode("utf-8", "surrogateescape") for cluster in found if cluster]


def _lower(word: bytes) -> bytes:
    return word.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me")


def _is_letter(character: str) -> bool:
    if not character:
        return False
    point = ord(character)
    if point > 0xFFFF:
        return any(first <= point <= last for first, last in _SCRIPTS_BEYOND_THE_BMP)
    return character.isalnum() or _is_mark(character) or 0xDC80 <= point <= 0xDCFF


def _extends(character: str) -> bool:
    point = ord(character)
    skin_tone = 0x1F3FB <= point <= 0x1F3FF
    tag = 0xE0020 <= point <= 0xE007F
    return _is_mark(character) or skin_tone or tag or character in ("\u200c", "\u200d")


def _completes_flag(cluster: str, character: str) -> bool:
    return len(cluster) == 1 and all(0x1F1E6 <= ord(c) <= 0x1F1FF for c in cluster + character)
