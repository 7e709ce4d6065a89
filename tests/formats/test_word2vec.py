"""word2vec's formats against bytes written out by hand and readers written for the test."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import OutputError
from e2v.formats import find_format
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors import matrix as matrix_module

#: As `word2vec -size 2` printed keys with these vectors.
TEXT = b"3 2\nthe 0.500000 -1.250000 \n\xe6\x97\xa5 0.000001 100.000000 \n\xff -0.000000 0.333333 \n"
BINARY = (
    b"3 2\nthe "
    + struct.pack("<2f", 0.5, -1.25)
    + b"\n\xe6\x97\xa5 "
    + struct.pack("<2f", 1e-6, 100)
    + b"\n\xff "
    + struct.pack("<2f", -1e-9, 1 / 3)
    + b"\n"
)
VECTORS = np.array([[0.5, -1.25], [1e-6, 100], [-1e-9, 1 / 3]], np.float32)


def written(name: str, keys: list[bytes], vectors: np.ndarray) -> bytes:
    out = io.BytesIO()
    find_format(name).write(KeyedVectors(Keys.from_strings(keys), vectors), out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "expected"), [("word2vec", TEXT), ("word2vec-binary", BINARY)])
def test_the_bytes_are_those_of_word2vec(name: str, expected: bytes, monkeypatch) -> None:
    keys = [b"the", "日".encode(), b"\xff"]
    assert written(name, keys, VECTORS) == expected
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 2)  # a block for each row
    assert written(name, keys, VECTORS) == expected


@pytest.mark.parametrize("name", ["word2vec", "word2vec-binary"])
def test_no_keys_are_a_header(name: str) -> None:
    assert written(name, [], np.empty((0, 5), np.float32)) == b"0 5\n"


@pytest.mark.parametrize(
    ("name", "key", "why"),
    [
        ("word2vec", b"new york", "a space"),
        ("word2vec", b"a\tb", "a tab"),
        ("word2vec", b"a\nb", "a newline"),
        ("word2vec", b"\r", "a carriage return"),
        ("word2vec", b"", "no character"),
        ("word2vec-binary", b"new york", "a space"),
        ("word2vec-binary", b"\na", "a newline"),
        ("word2vec-binary", b"a\0", "a NUL byte"),
        ("word2vec-binary", b"", "no character"),
    ],
)
def test_keys_it_cannot_hold_are_refused_by_name_before_a_byte_is_written(
    name: str, key: bytes, why: str
) -> None:
    out = io.BytesIO()
    vectors = KeyedVectors(
        Keys.from_strings([b"fine", key, b"also fine", b"x y\n"]), np.ones((4, 2), np.float32)
    )
    with pytest.raises(OutputError) as caught:
        find_format(name).write(vectors, out)
    assert repr(key.decode()) in caught.value.message and why in caught.value.message
    assert out.getvalue() == b""


def read_text(raw: bytes) -> dict[bytes, list[float]]:
    header, *lines = raw.removesuffix(b"\n").split(b"\n")
    n, d = map(int, header.split())
    assert len(lines) == n
    fields = [line.split() for line in lines]
    assert all(len(field) == d + 1 for field in fields)
    return {key: [float(number) for number in numbers] for key, *numbers in fields}


def read_binary(raw: bytes) -> dict[bytes, list[float]]:
    """As word2vec's distance.c reads: a key up to a space, newlines in it skipped, then the numbers."""
    stream = io.BytesIO(raw)
    n, d = map(int, stream.readline().split())
    found = {}
    for _ in range(n):
        key = b""
        while (byte := stream.read(1)) != b" ":
            assert byte
            key += byte.replace(b"\n", b"")
        found[key] = list(struct.unpack(f"<{d}f", stream.read(4 * d)))
    assert stream.read() == (b"\n" if n else b"")
    return found


awkward = st.binary(max_size=12) | st.sampled_from(
    ["a\u00a0b".encode(), b'"', b"'", b"\\", b"\xc3", b"x" * 10_000, "\u3000".encode(), b"3 2", b"</s>"]
)


@given(st.lists(awkward, unique=True, max_size=6), st.integers(0, 99))
@pytest.mark.parametrize(("name", "read"), [("word2vec", read_text), ("word2vec-binary", read_binary)])
def test_keys_are_kept_exactly_or_refused(name: str, read, keys: list[bytes], seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(len(keys), 3)).astype(np.float32)
    try:
        found = read(written(name, keys, vectors))
    except OutputError as error:
        assert any(repr(key.decode("utf-8", "surrogateescape")) in error.message for key in keys)
        return
    assert list(found) == keys
    for key, vector in zip(keys, vectors, strict=True):
        np.testing.assert_allclose(found[key], vector, atol=0 if read is read_binary else 5.1e-7, rtol=0)
