"""fastText's character n-grams and their hash, plainly (fastText, dictionary.cc)."""

from __future__ import annotations


def fnv_1a(text: bytes) -> int:
    """FNV-1a in 32 bits, but for bytes above 127, which fastText extends as signed ones."""
    value = 2166136261
    for byte in text:
        value ^= byte if byte < 128 else byte + 0xFFFFFF00
        value = value * 16777619 % 2**32
    return value


def characters(text: bytes) -> list[bytes]:
    """A byte and those after it that continue a UTF-8 character."""
    found: list[bytes] = []
    for byte in text:
        if byte & 0xC0 != 0x80:
            found.append(bytes([byte]))
        elif found:
            found[-1] += bytes([byte])
    return found


def buckets(word: bytes, shortest: int, longest: int, n: int) -> list[int]:
    """The buckets of the n-grams of <word>, by where they begin, then by length."""
    marked = characters(b"<" + word + b">")
    found = []
    for first in range(len(marked)):
        for length in range(1, min(longest, len(marked) - first) + 1):
            at_an_end = first == 0 or first + length == len(marked)
            if length >= shortest and not (length == 1 and at_an_end):
                found.append(fnv_1a(b"".join(marked[first : first + length])) % n)
    return found
