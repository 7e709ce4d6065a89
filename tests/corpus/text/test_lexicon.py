"""The kernels' hash table against dicts: any bytes, any growth, any mixture of threads' ids."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2v.corpus.text import lexicon as module
from e2v.corpus.text.encoder import merge
from e2v.corpus.text.lexicon import LINE_END, Lexicon
from e2v.kernels.text import counting
from e2v.store import Keys

BLANKS = b" \t\n\v\f\r"
#: Bytes next to those that separate words, those that hashing might mix up, and high ones.
BYTES = st.sampled_from(list(b" \n\t\v\f\r\x00\x08\x0e\x1f\x21aab\x7f\x80\x89\x8a\xa0\xff"))
BLOCKS = st.lists(BYTES, max_size=300).map(bytes)


def words_of(lexicon: Lexicon, ids: np.ndarray) -> list[list[bytes]]:
    """Decode ids to lines of words; blank lines are left out."""
    lines: list[list[bytes]] = [[]]
    for i in ids.tolist():
        if i == LINE_END:
            lines.append([])
        else:
            lines[-1].append(lexicon.keys.bytes_at(i))
    return [line for line in lines if line]


def counts_of(lexicon: Lexicon) -> dict[bytes, int]:
    keys = [lexicon.keys.bytes_at(i) for i in range(len(lexicon))]
    return dict(zip(keys, lexicon.counts.tolist(), strict=True))


@given(st.lists(BLOCKS, min_size=1, max_size=4))
@settings(max_examples=300)
def test_words_and_counts_of_any_bytes(blocks: list[bytes]) -> None:
    lexicon = Lexicon()
    for block in blocks:
        lines = [line.split() for line in block.split(b"\n")]
        assert words_of(lexicon, lexicon.encode(block)) == [line for line in lines if line]
    assert counts_of(lexicon) == Counter(word for block in blocks for word in block.split())


@pytest.mark.parametrize("length", [1, 6, 7, 8, 9, 15, 16, 17, 10_000])
def test_keys_that_differ_in_one_byte_or_in_length(length: int) -> None:
    base = b"x" * length
    keys = {base, base + b"x", base + b"\0", b"\0" * length, b"\0" * (length + 1)}
    keys |= {base[:i] + b"y" + base[i + 1 :] for i in {0, length // 2, length - 1}}
    lexicon = Lexicon()
    text = b" ".join(sorted(keys)) + b"\n"
    lexicon.encode(text)
    lexicon.encode(text)
    assert counts_of(lexicon) == dict.fromkeys(keys, 2)


@pytest.mark.parametrize("offset", range(9))
def test_a_word_is_the_same_wherever_it_stands(offset: int) -> None:
    lexicon = Lexicon()
    for word in (b"a", b"seven77", b"eight888", b"longer than that".replace(b" ", b"-")):
        first, second = lexicon.encode(b" " * offset + word), lexicon.encode(word)
        assert first.tolist() == second.tolist()


def colliding_keys() -> tuple[bytes, bytes]:
    """Two keys of 16 bytes with the same hash: the second half of each undoes what its first half did."""

    def mixed(value: int) -> int:
        value = (value ^ (value >> 32)) * int(counting.FIBONACCI) % 2**64
        return value ^ (value >> 32)

    for n in range(1000):
        first, second = b"%08d" % n, b"%08d" % (n + 1000)
        half = mixed(int.from_bytes(first, "little")) ^ mixed(int.from_bytes(second, "little"))
        keys = (
            first + bytes(8 * b"x"),
            second + (half ^ int.from_bytes(8 * b"x", "little")).to_bytes(8, "little"),
        )
        if not set(keys[1]) & set(BLANKS):
            return keys
    raise AssertionError("no such keys")


def test_keys_with_the_same_hash_are_told_apart() -> None:
    keys = colliding_keys()
    packed = Keys.from_strings(keys)
    heads = np.empty(2, np.uint64)
    words, offsets = np.frombuffer(packed.blob.tobytes() + bytes(16), np.uint64).copy(), packed.offsets.copy()
    counting.measure(words, offsets[:-1], offsets[1:], heads)
    assert heads[0] == heads[1]
    lexicon = Lexicon()
    assert lexicon.encode(b"%s %s %s" % (*keys, keys[0])).tolist() == [0, 1, 0]


def test_growth_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_KEYS", 4)
    monkeypatch.setattr(module, "_FIRST_BYTES", 8)
    rng = np.random.default_rng(1)
    words = [b"%x" % n for n in rng.integers(0, 1 << 30, 5000)] + [b"w" * n for n in range(1, 200)]
    words += [words[i] for i in rng.integers(0, len(words), 5000)]
    lexicon = Lexicon()
    ids = lexicon.encode(b" ".join(words))
    assert [lexicon.keys.bytes_at(i) for i in ids.tolist()] == words
    assert counts_of(lexicon) == Counter(words)


def test_more_words_than_are_looked_up_at_once() -> None:
    words = [b"w%d" % (n % 777) for n in range(100_000)]
    lexicon = Lexicon()
    ids = lexicon.encode(b"\n".join(words))
    assert words_of(lexicon, ids) == [[word] for word in words]


@pytest.mark.parametrize("room", range(2, 9))
def test_no_more_words_are_found_than_there_is_room_for(room: int) -> None:
    block = b"a\nb c\n\nd e f g\n"
    text = np.frombuffer(block.ljust(48), np.uint8).copy()
    heads, starts, stops = np.zeros(room + 1, np.uint64), np.zeros(room, np.int64), np.zeros(room, np.int64)
    position = found = 0
    while position < len(block):
        position, n_words = counting.split(
            text, text.view(np.uint64), position, len(block), heads[:room], starts, stops
        )
        assert n_words <= room
        found += n_words
    assert found == 7 + 4
    assert heads[room] == 0


def test_ids_of_several_lexicons_share_a_stream() -> None:
    first, second = Lexicon(0, 3), Lexicon(2, 3)
    assert first.encode(b"a b a\n").tolist() == [0, 3, 0, LINE_END]
    assert second.encode(b"b c").tolist() == [2, 5]


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"", b"a", b"a\0", b"abcdefgh"]), max_size=50))
def test_interned_keys_may_hold_anything(keys: list[bytes]) -> None:
    lexicon = Lexicon(1, 2)
    numbers = lexicon.intern(Keys.from_strings(keys), np.arange(len(keys)))
    order = list(dict.fromkeys(keys))
    assert [order[i] for i in numbers.tolist()] == keys
    expected = Counter[bytes]()
    for count, key in enumerate(keys):
        expected[key] += count
    assert counts_of(lexicon) == dict(expected)


def test_keys_met_in_text_and_interned_are_the_same() -> None:
    words = [b"a", b"seven77", b"eight888", b"a-rather-long-word", b"a" * 10_000]
    lexicon = Lexicon()
    ids = lexicon.encode(b" ".join(words))
    assert lexicon.intern(Keys.from_strings(words)).tolist() == ids.tolist()
    assert lexicon.counts.tolist() == [1] * len(words)


def test_one_compilation_serves_all_calls() -> None:
    lexicon = Lexicon()
    lexicon.encode(b"a b")
    frozen = Keys.from_strings([b"a"])
    frozen.offsets.setflags(write=False)
    lexicon.intern(frozen)
    lexicon.intern(lexicon.keys)
    for kernel in (counting.split, counting.measure, counting.look_up):
        assert len(kernel.signatures) == 1


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8])
def test_lexicons_are_merged_whatever_their_number(parts: int, lowercase: bool) -> None:
    rng = np.random.default_rng(parts)
    words = [[b"%c%d" % (b"wW"[n % 2], n // 2) for n in rng.zipf(1.5, 500)] for _ in range(parts)]
    lexicons = [Lexicon(base, parts) for base in range(parts)]
    for lexicon, mine in zip(lexicons, words, strict=True):
        lexicon.encode(b" ".join(mine))
    before = [list(map(lexicon.keys.bytes_at, range(len(lexicon)))) for lexicon in lexicons]
    whole, numbers = merge(lexicons, lowercase)
    spelled = bytes.lower if lowercase else bytes
    assert counts_of(whole) == Counter(spelled(word) for mine in words for word in mine)
    for known, found in zip(before, numbers, strict=True):
        assert [whole.keys.bytes_at(n) for n in found] == [spelled(word) for word in known]
