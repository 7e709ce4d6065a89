"""Every format keeps keys and numbers exactly, or refuses the key by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from e2v.errors import OutputError
from e2v.formats import find_format
from e2v.formats.transfer.exported import Dtype
from e2v.formats.transfer.input_files import InputFiles
from e2v.formats.transfer.row_reader import shown
from tests.formats.support import COUNTED, READ, exported, read, write

#: Each of these is hard for some format.
HARD = [
    b"new york", "a\u00a0b".encode(), b'"', b"'", b"\\", b"\\n", b"a\tb", b"\t", b"a\nb", b"\n", b"\r",
    b"a\r\nb", b" ", b" a", b"a ", b"\xff\xfe", b"\xc3", b"\xed\xb3\xbf", b"x" * 10_000, "字".encode() * 3334,
    "\u3000".encode(), "\u2028".encode(), "\u0085".encode(), "\ufeff".encode(), b"\0", b"a\0b", b"", b"3 2",
    b"</s>", b"[UNK]", b"0.5", b"1 2", b"nan", b"key", b"{", b"#", b"a,b", b"|", "👩‍🚀".encode(),
]  # fmt: skip

hard = st.binary(max_size=6) | st.sampled_from(HARD) | st.text(max_size=6).map(str.encode)
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


def survives(path: Path, name: str, keys: list[bytes], vectors: np.ndarray) -> bool:
    """Whether keys and vectors come back exactly; if not, a key was refused by its name."""
    try:
        write(path, name, keys, vectors)
    except OutputError as error:
        assert any(shown(key) in error.message for key in keys), error
        assert not path.exists()
        return False
    found = read(path, name)
    assert found.keys == keys
    np.testing.assert_array_equal(found.values, vectors)
    return True


@pytest.mark.parametrize("name", READ)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(hard, min_size=1, max_size=5, unique=True), data=st.data())
def test_keys_and_numbers_are_kept_exactly_or_the_key_is_refused(name: str, keys, data, tmp_path) -> None:
    dim = data.draw(st.integers(1, 4))
    rows = data.draw(
        st.lists(st.lists(numbers, min_size=dim, max_size=dim), min_size=len(keys), max_size=len(keys))
    )
    path = tmp_path / "data"
    if path.is_file():
        path.unlink()
    elif path.exists():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    survives(path, name, keys, np.array(rows, np.float32))


#: The hard keys that a format keeps; it refuses all others.
KEPT_BY = {
    "word2vec": {b"\xff\xfe", b"\xc3", b"\xed\xb3\xbf"},
    "word2vec-binary": {b"\xff\xfe", b"\xc3", b"\xed\xb3\xbf", b"\t", b"a\tb", b"\r"},
    "gensim": {b"\t", b"a\tb", b"\r"},
    "fasttext-binary": set(HARD) - {b"\0", b"a\0b"},
    "jsonl": set(HARD),
    "sqlite": set(HARD),
    "npy": set(HARD) - {b"a\nb", b"\n", b"\r", b"a\r\nb"},
    "parquet": {b"\0", b"a\0b", b"", b"\n", b"\t", b" "},
    "safetensors": {b"\0", b"a\0b", b"", b"\n", b"\t", b" "},
    "projector": {b"\xff\xfe", b" a", b"new york", b"\0"},
    "glove": {b"\xff\xfe"},
    "fasttext": {b"\xff\xfe"},
}
ALWAYS_KEPT = {b'"', "a\u00a0b".encode(), b"x" * 10_000, b"0.5", b"nan", b"</s>", "👩‍🚀".encode()}


@pytest.mark.parametrize("name", READ)
def test_which_hard_keys_are_kept(tmp_path: Path, name: str) -> None:
    for key in KEPT_BY[name] | ALWAYS_KEPT:
        assert survives(tmp_path / str(abs(hash(key))), name, [b"first", key], np.ones((2, 3), np.float32)), (
            key
        )


@pytest.mark.parametrize(
    ("name", "key", "why"),
    [
        ("word2vec", b"new york", "it has a space"),
        ("word2vec", b"a\tb", "it has a tab"),
        ("word2vec", b"a\nb", "it has a newline"),
        ("word2vec", b"\r", "it has a carriage return"),
        ("word2vec", b"a\0b", "it has a NUL byte"),
        ("word2vec", b"", "it has no character"),
        ("glove", b"new york", "it has a space"),
        ("fasttext", b"new york", "it has a space"),
        ("word2vec-binary", b"new york", "it has a space"),
        ("word2vec-binary", b"\n", "it has a newline"),
        ("word2vec-binary", b"a\0b", "it has a NUL byte"),
        ("word2vec-binary", b"", "it has no character"),
        ("gensim", b"new york", "it has a space"),
        ("gensim", b"\xff\xfe", "it is not UTF-8"),
        ("fasttext-binary", b"a\0b", "it has a NUL byte"),
        ("npy", b"a\nb", "it has a newline"),
        ("npy", b"\r", "it has a carriage return"),
        ("projector", b"a\tb", "it has a tab"),
        ("projector", b"a\nb", "it has a newline"),
        ("projector", "\u3000".encode(), "nothing to see"),
        ("projector", "\ufeff".encode(), "nothing to see"),
        ("parquet", b"\xff\xfe", "it is not UTF-8"),
        ("safetensors", b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_which_hard_keys_are_refused_and_why(tmp_path: Path, name: str, key: bytes, why: str) -> None:
    path = tmp_path / "data"
    with pytest.raises(OutputError) as caught:
        write(path, name, [b"fine", key, b"fine-too"], np.ones((3, 2)))
    assert f"{name} cannot hold the key {shown(key)}" in caught.value.message and why in caught.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", READ)
def test_extreme_numbers_come_back_to_the_last_bit(tmp_path: Path, name: str) -> None:
    info = np.finfo(np.float32)
    row = [info.max, -info.max, info.tiny, info.smallest_subnormal, -0.0, 1 / 3, 16777217, 1e-20, 0.1]
    vectors = np.array([row, row[::-1]], np.float32)
    write(tmp_path / "data", name, [b"a", b"b"], vectors)
    found = read(tmp_path / "data", name)
    np.testing.assert_array_equal(found.values.view(np.uint32), vectors.view(np.uint32))


@pytest.mark.parametrize("name", READ)
def test_counts_are_kept_where_the_format_has_them(tmp_path: Path, name: str) -> None:
    write(tmp_path / "data", name, [b"a", b"b", b"c"], np.eye(3), counts=[1 << 40, 7, 1])
    counts = read(tmp_path / "data", name).counts
    assert (counts is None) == (name not in COUNTED)
    assert counts is None or counts.tolist() == [1 << 40, 7, 1]


@pytest.mark.parametrize(("name", "dtype"), [(n, dtype) for n in READ for dtype in find_format(n).DTYPES[1:]])
def test_smaller_numbers(tmp_path: Path, name: str, dtype: Dtype) -> None:
    vectors = np.random.default_rng(5).normal(size=(50, 8)).astype(np.float32)
    vectors[3] = 0
    write(tmp_path / "data", name, [b"%d" % row for row in range(50)], vectors, dtype)
    found = read(tmp_path / "data", name)
    assert found.values.dtype == dtype and (found.scales is not None) == (dtype == "int8")
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    bound = largest / 127 / 2 if dtype == "int8" else np.abs(vectors) * 2**-11 + 2**-25
    assert (np.abs(found.vectors - vectors) <= bound * 1.001).all()
    assert (found.vectors[3] == 0).all()


def test_a_reading_does_not_depend_on_how_it_is_cut_into_batches(tmp_path: Path, monkeypatch) -> None:
    from e2v.formats.transfer import row_reader
    from e2v.inputs import window

    vectors = np.random.default_rng(9).normal(size=(40, 5)).astype(np.float32)
    keys = [b"k%d" % row for row in range(39)] + [b"x" * 500]
    for name in READ:
        write(tmp_path / name, name, keys, vectors)
    monkeypatch.setattr(row_reader, "_BATCH_SIZE", 15)
    monkeypatch.setattr(window.Window.__init__, "__defaults__", (64,))
    for name in READ:
        found = read(tmp_path / name, name)
        assert found.keys == keys
        np.testing.assert_array_equal(found.values, vectors)


def test_the_loss_is_that_of_the_cosines() -> None:
    vectors = np.random.default_rng(4).normal(size=(30, 6)).astype(np.float32)
    vectors[7] = 0
    going = exported([b"%d" % row for row in range(30)], vectors, "int8")
    after = np.concatenate([block.values * block.scales[:, None] for block in going.blocks()]).astype(float)
    before = vectors.astype(float)
    rest = np.arange(30) != 7
    cosines = (before * after).sum(axis=1)[rest]
    cosines /= np.linalg.norm(before[rest], axis=1) * np.linalg.norm(after[rest], axis=1)
    assert going.loss.rows == 30
    assert going.loss.mean == pytest.approx((1 - cosines).sum() / 30, rel=1e-6)
    assert going.loss.worst == pytest.approx((1 - cosines).max(), rel=1e-6)


def test_a_vector_beyond_float16_is_refused_by_its_key(tmp_path: Path) -> None:
    vectors = np.array([[1, 2], [70_000, 0]], np.float32)
    with pytest.raises(OutputError, match="float16 cannot hold the vector of 'large'"):
        write(tmp_path / "data", "npy", [b"small", b"large"], vectors, "float16")
    assert list(tmp_path.iterdir()) == []


def test_the_origin_leaves_no_copy_behind(tmp_path: Path) -> None:
    import gzip

    write(tmp_path / "data", "sqlite", [b"a"], np.ones((1, 2)))
    (tmp_path / "data.gz").write_bytes(gzip.compress((tmp_path / "data").read_bytes()))
    with InputFiles(str(tmp_path / "data.gz"), scratch=tmp_path / "copy") as inputs:
        assert inputs.file().read_bytes() == (tmp_path / "data").read_bytes()
        assert len(list(tmp_path.iterdir())) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.gz"]
