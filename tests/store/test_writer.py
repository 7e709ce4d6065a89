from __future__ import annotations

import resource
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from safetensors.numpy import load_file

import e2v.store.writer
from e2v.errors import OutputError
from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from tests.oracles import container

KEYS = Keys.from_strings(["the", "of"])


def write_vectors(path: Path, matrix: np.ndarray, keys: Keys | None = None, **provenance: Any) -> str:
    if keys is None:
        keys = Keys.from_strings(map(str, range(len(matrix))))
    with ArtifactWriter(path, "vectors", provenance) as writer:
        writer.add_keys("keys", keys)
        writer.add("vectors", matrix)
    return writer.digest


def corpus(path: Path, tokens: list[np.ndarray], **options: Any) -> ArtifactWriter:
    """A corpus of one sentence whose tokens arrive in chunks."""
    with ArtifactWriter(path, "corpus", {}) as writer:
        writer.add_keys("keys", KEYS)
        writer.add("counts", np.array([2, 1]))
        stream = writer.stream("tokens", np.int32, **options)
        for chunk in tokens:
            stream.write(chunk)
        writer.add("offsets", np.array([0, stream.rows]))
    return writer


matrices = npst.arrays(
    st.sampled_from(["<f4", "<f2"]), npst.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9)
)


@given(matrix=matrices, prefix=st.binary(max_size=200), seed=st.integers())
def test_what_is_written_is_read_by_us_by_safetensors_and_by_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, matrix: np.ndarray, prefix: bytes, seed: int
) -> None:
    path = tmp_path_factory.mktemp("round") / "v.e2v"
    keys = [prefix + b"%d" % row for row in range(len(matrix))]
    digest = write_vectors(path, matrix, Keys.from_strings(keys), seed=seed)

    artifact = open_artifact(path, "vectors")
    assert artifact.provenance == {"seed": seed}
    assert artifact.digest == digest
    assert [artifact.keys.bytes_at(row) for row in range(len(keys))] == keys
    metadata, by_oracle = container.decode(path.read_bytes())
    assert metadata["e2v.kind"] == "vectors"
    for read in (artifact.arrays, load_file(path), by_oracle):
        vectors = read["vectors"]
        assert vectors.dtype == matrix.dtype and vectors.shape == matrix.shape
        assert vectors.tobytes() == matrix.tobytes()


def test_arrays_are_aligned_mapped_and_read_only(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.e2v", np.ones((3, 5), np.float32), Keys.from_strings(["a", "bb", "ccc"]))
    for array in open_artifact(tmp_path / "v.e2v").arrays.values():
        assert array.ctypes.data % 64 == 0
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_equal_runs_make_equal_files(tmp_path: Path) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3)
    for name in ("a.e2v", "b.e2v"):
        write_vectors(tmp_path / name, matrix, seed=1)
    assert (tmp_path / "a.e2v").read_bytes() == (tmp_path / "b.e2v").read_bytes()


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    """Neither path, provenance nor order matter; every bit, shape, dtype and key does."""
    matrix = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    digest = write_vectors(tmp_path / "a.e2v", matrix, seed=1)
    with ArtifactWriter(tmp_path / "b.e2v", "vectors", {"seed": 2}) as writer:
        writer.add("vectors", matrix)
        writer.add_keys("keys", Keys.from_strings(map(str, range(4))))
    assert writer.digest == digest

    changed = matrix.copy()
    changed[3, 2] = np.nextafter(changed[3, 2], np.float32(99))
    others = [
        write_vectors(tmp_path / "c.e2v", changed),
        write_vectors(tmp_path / "c.e2v", matrix.reshape(4, 3)[:, ::-1]),
        write_vectors(tmp_path / "c.e2v", matrix, Keys.from_strings(["0", "1", "2", "x"])),
        write_vectors(tmp_path / "c.e2v", matrix, Keys.from_strings(["01", "", "2", "3"])),
        write_vectors(tmp_path / "c.e2v", np.zeros((0, 3), np.float32)),
        write_vectors(tmp_path / "c.e2v", np.zeros((0, 4), np.float32)),
        write_vectors(tmp_path / "c.e2v", np.zeros((0, 4), np.float16)),
    ]
    assert len({digest, *others}) == 1 + len(others)


def test_views_of_any_layout_are_written_row_by_row(tmp_path: Path) -> None:
    matrix = np.arange(600_000, dtype=np.float32).reshape(300, 2000)  # more than one block
    write_vectors(tmp_path / "v.e2v", matrix.T[::2])
    np.testing.assert_array_equal(open_artifact(tmp_path / "v.e2v").arrays["vectors"], matrix.T[::2])
    assert verify(tmp_path / "v.e2v") == []


@given(st.lists(npst.arrays(np.int32, st.integers(0, 50), elements=st.integers(0, 1)), max_size=8))
def test_a_stream_equals_an_array(tmp_path_factory: pytest.TempPathFactory, chunks: list[np.ndarray]) -> None:
    folder = tmp_path_factory.mktemp("stream")
    corpus(folder / "stream.e2v", chunks)
    corpus(folder / "whole.e2v", [np.concatenate([np.zeros(0, np.int32), *chunks])])
    assert (folder / "stream.e2v").read_bytes() == (folder / "whole.e2v").read_bytes()


@given(
    tokens=npst.arrays(np.int32, st.integers(0, 100), elements=st.integers(0, 9)),
    chunk_rows=st.integers(1, 30),
    draft=st.booleans(),
    dropped=st.sets(st.integers(0, 9)),
)
def test_rewriting_in_place(
    tmp_path_factory: pytest.TempPathFactory,
    tokens: np.ndarray,
    chunk_rows: int,
    draft: bool,
    dropped: set[int],
) -> None:
    """Tokens are dropped and renumbered; the file is as if the result had been written at once."""
    folder = tmp_path_factory.mktemp("rewrite")

    def final(chunk: np.ndarray) -> np.ndarray:
        return chunk[~np.isin(chunk, list(dropped))] // 5

    with ArtifactWriter(folder / "rewritten.e2v", "corpus", {}) as writer:
        writer.add_keys("keys", KEYS)
        writer.add("counts", np.array([2, 1]))
        stream = writer.stream("tokens", np.int32, draft=draft)
        stream.write(tokens)
        assert stream.rows == len(tokens)
        stream.rewrite(lambda chunks: map(final, chunks), chunk_rows)
        assert stream.rows == len(final(tokens))
        stream.write(np.array([1], np.int32))
        writer.add("offsets", np.array([0, stream.rows]))

    corpus(folder / "direct.e2v", [final(tokens), np.array([1], np.int32)])
    assert (folder / "rewritten.e2v").read_bytes() == (folder / "direct.e2v").read_bytes()


def test_rewriting_rows_of_a_matrix(tmp_path: Path) -> None:
    matrix = np.arange(30, dtype=np.float32).reshape(10, 3)
    with ArtifactWriter(tmp_path / "v.e2v", "vectors", {}) as writer:
        writer.add_keys("keys", KEYS)
        stream = writer.stream("vectors", np.float32, (3,), draft=True)
        stream.write(matrix)
        stream.rewrite(lambda chunks: (rows[rows[:, 0] % 15 == 0] * 2 for rows in chunks), chunk_rows=4)
    vectors = open_artifact(tmp_path / "v.e2v").arrays["vectors"]
    np.testing.assert_array_equal(vectors, matrix[[0, 5]] * 2)


def test_rows_cannot_multiply_in_place(tmp_path: Path) -> None:
    writer = ArtifactWriter(tmp_path / "c.e2v", "corpus", {})
    with pytest.raises(ValueError, match="2 rows cannot become 4"), writer:
        stream = writer.stream("tokens", np.int32)
        stream.write(np.zeros(2, np.int32))
        stream.rewrite(lambda chunks: (np.repeat(chunk, 2) for chunk in chunks))
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_outgrows_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e2v.store.writer, "_SHIFT", 1000)  # several moves, overlapping their source
    matrix = np.arange(3000, dtype=np.float32).reshape(2, 1500)
    with ArtifactWriter(tmp_path / "v.e2v", "vectors", {}) as writer:
        writer.add_keys("keys", KEYS)
        writer.add("vectors", matrix)
        writer.provenance["notes"] = notes = "x" * 20_000
    artifact = open_artifact(tmp_path / "v.e2v")
    assert artifact.provenance["notes"] == notes
    np.testing.assert_array_equal(artifact.arrays["vectors"], matrix)
    np.testing.assert_array_equal(load_file(tmp_path / "v.e2v")["vectors"], matrix)
    assert verify(tmp_path / "v.e2v") == []


def test_an_open_file_survives_its_replacement(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.e2v", np.ones((2, 3), np.float32))
    old = open_artifact(tmp_path / "v.e2v")
    write_vectors(tmp_path / "v.e2v", np.zeros((2, 3), np.float32))
    assert old.arrays["vectors"].min() == 1
    assert open_artifact(tmp_path / "v.e2v").arrays["vectors"].max() == 0


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), ArtifactWriter(tmp_path / "v.e2v", "vectors", {}) as writer:
        writer.add_keys("keys", KEYS)
        raise error
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_an_array(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
        with pytest.raises(OutputError) as caught:
            write_vectors(tmp_path / "v.e2v", np.ones((200, 100), np.float32))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(tmp_path / "v.e2v") in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def vectors_writer(path: Path) -> ArtifactWriter:
    return ArtifactWriter(path / "v.e2v", "vectors", {})


class TestMisuse:
    """Mistakes of the calling code are ValueError or TypeError, and no file appears."""

    def test_a_kind_that_is_not_known(self, tmp_path: Path) -> None:
        with pytest.raises(KeyError, match="tower"):
            ArtifactWriter(tmp_path / "t.e2v", "tower", {})

    def test_an_array_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="vectors: missing"), vectors_writer(tmp_path) as writer:
            writer.add_keys("keys", KEYS)
        assert list(tmp_path.iterdir()) == []

    def test_an_array_that_the_kind_has_not(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="tokens: not an array"), vectors_writer(tmp_path) as writer:
            writer.add("tokens", np.zeros(3, np.int32))

    def test_rows_that_disagree(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"vectors: shape \[3, 2\], but V is 2 by keys.offsets"):
            write_vectors(tmp_path / "v.e2v", np.zeros((3, 2), np.float32), KEYS)

    def test_the_wrong_dtype(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="vectors: dtype F64, expected F32 or F16 or I8"):
            write_vectors(tmp_path / "v.e2v", np.zeros((2, 2)), KEYS)

    def test_the_wrong_number_of_dimensions(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="vectors: 1 dimensions, expected 2"):
            write_vectors(tmp_path / "v.e2v", np.zeros(2, np.float32), KEYS)

    @pytest.mark.parametrize("dtype", [">f4", "c8", "U3", "O", "?"])
    def test_a_dtype_that_is_not_stored(self, tmp_path: Path, dtype: str) -> None:
        with pytest.raises(TypeError, match="not stored"), vectors_writer(tmp_path) as writer:
            writer.add("vectors", np.zeros((2, 2), dtype))

    @pytest.mark.parametrize(
        "chunk", [np.zeros((2, 3)), *(np.zeros(shape, "f4") for shape in ((2, 4), (2, 2), 3, ()))]
    )
    def test_a_chunk_that_does_not_fit_its_stream(self, tmp_path: Path, chunk: np.ndarray) -> None:
        with pytest.raises(TypeError, match="rows of float32"), vectors_writer(tmp_path) as writer:
            writer.stream("vectors", np.float32, (3,)).write(chunk)

    def test_an_array_twice(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="written already"), vectors_writer(tmp_path) as writer:
            writer.add_keys("keys", KEYS)
            writer.add_keys("keys", KEYS)

    def test_a_stream_that_has_ended(self, tmp_path: Path) -> None:
        writer = ArtifactWriter(tmp_path / "c.e2v", "corpus", {})
        with pytest.raises(ValueError, match="tokens is closed"), writer:
            stream = writer.stream("tokens", np.int32)
            writer.add("counts", np.zeros(2, np.int64))
            stream.write(np.zeros(2, np.int32))

    def test_a_draft_that_stays_one(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="tokens is a draft"):
            corpus(tmp_path / "c.e2v", [np.zeros(2, np.int32)], draft=True)

    def test_provenance_that_is_not_json(self, tmp_path: Path) -> None:
        for value in (np.float32(1), float("nan")):
            with pytest.raises((TypeError, ValueError)):
                write_vectors(tmp_path / "v.e2v", np.zeros((2, 2), np.float32), value=value)
        assert list(tmp_path.iterdir()) == []
