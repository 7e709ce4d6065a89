"""fastText's n-grams against a plain oracle."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from e2v.kernels.text.buckets import add_buckets, ngram_buckets
from tests.oracles import buckets as oracle

words = st.lists(st.text(max_size=8).map(str.encode) | st.binary(max_size=8), max_size=6)


def found(words: list[bytes], shortest: int, longest: int, n: int, room: int = 10_000):
    stops = np.cumsum([len(word) for word in words], dtype=np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), stops[:-1]))[: len(words)]
    text = np.frombuffer(b"".join(words) + b"\0", np.uint8)
    ends, buckets = np.zeros(len(words), np.int64), np.zeros(room, np.int64)
    done = ngram_buckets(text, starts, stops, shortest, longest, n, ends, buckets)
    parts = np.split(buckets[: ends[done - 1] if done else 0], ends[: max(done - 1, 0)])
    return [part.tolist() for part in parts][:done]


@given(words, st.integers(0, 4), st.integers(1, 7), st.integers(1, 2**31))
def test_buckets_are_those_of_the_oracle(words, shortest: int, longest: int, n: int) -> None:
    assert found(words, shortest, longest, n) == [oracle.buckets(w, shortest, longest, n) for w in words]


def test_a_known_hash() -> None:
    assert oracle.fnv_1a(b"") == 0x811C9DC5 and oracle.fnv_1a(b"foobar") == 0xBF9CF968  # the FNV test suite
    assert found([b"ab"], 4, 4, 2**31) == [[oracle.fnv_1a(b"<ab>") % 2**31]]


def test_words_that_no_longer_fit_are_left() -> None:
    both = [oracle.buckets(word, 2, 3, 50) for word in (b"cat", b"house")]
    assert found([b"cat", b"house"], 2, 3, 50, room=len(both[0])) == both[:1]
    assert found([b"cat", b"house"], 2, 3, 50, room=len(both[0]) - 1) == []


def test_rows_are_means() -> None:
    rng = np.random.default_rng(2)
    rows, table = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(5, 4)).astype(np.float32)
    ends, buckets = np.array([2, 2, 5]), np.array([0, 4, 1, 1, 3])
    expected = [
        (rows[0] + table[0] + table[4]) / 3,
        rows[1].copy(),
        (rows[2] + 2.0 * table[1] + table[3]) / 4,
    ]
    add_buckets(rows, table, ends, buckets)
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
