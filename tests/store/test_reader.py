from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import sqlite3
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import DamagedFileError, ForeignFileError, InputError
from e2v.store import open_artifact, verify
from tests.golden.contents import GOLDEN
from tests.golden.make import FOLDER
from tests.oracles import container


def test_the_kind_that_is_wanted() -> None:
    assert open_artifact(FOLDER / "model-1.e2v", "vectors", "model").kind == "model"
    with pytest.raises(InputError, match=r"model-1.e2v holds a model, not a corpus") as caught:
        open_artifact(FOLDER / "model-1.e2v", "corpus")
    assert caught.value.hint == "e2v vocab INPUT -o corpus.e2v makes one"


def test_has_arrays_and_keys() -> None:
    artifact = open_artifact(FOLDER / "corpus-1.e2v")
    assert [artifact.has(name) for name in ("tokens", "keys", "names")] == [True, True, True]
    assert [open_artifact(FOLDER / "model-1.e2v").has(name) for name in ("nodes", "names")] == [False, False]


def test_opening_reads_no_data(tmp_path: Path) -> None:
    """A file of 64 GB, nearly all of it a hole, opens in next to no memory."""
    shape = (1 << 24, 1 << 10)

    def huge(document: container.Document) -> None:
        document["vectors"] = {"dtype": "F32", "shape": shape, "data_offsets": [start, start + size]}
        offsets = document["keys.offsets"]["data_offsets"]
        document["keys.offsets"].update(shape=[shape[0] + 1], data_offsets=[offsets[0], start - 56])
        document["padding.2"] = {"dtype": "U8", "shape": [56], "data_offsets": [start - 56, start]}

    size = 4 * shape[0] * shape[1]
    start = 64 + 8 * (shape[0] + 1) + 56
    path = tmp_path / "huge.e2v"
    head = container.encode("vectors", GOLDEN["vectors-1"], huge)
    header_size = 8 + int.from_bytes(head[:8], "little")
    path.write_bytes(head[:header_size])
    os.truncate(path, header_size + start + size)
    tracemalloc.start()
    try:
        artifact = open_artifact(path)
        assert artifact.arrays["vectors"][-1, -1] == 0
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert artifact.nbytes == path.stat().st_size > size


class TestNotAFile:
    def refused(self, path: Path) -> str:
        with pytest.raises(InputError) as caught:
            open_artifact(path)
        with pytest.raises(InputError):
            verify(path)
        return str(caught.value)

    def test_missing(self, tmp_path: Path) -> None:
        assert self.refused(tmp_path / "no.e2v") == f"{tmp_path / 'no.e2v'}: no such file"

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "is a folder" in self.refused(tmp_path)

    def test_in_a_file_as_if_it_were_a_folder(self) -> None:
        assert "Not a directory" in self.refused(FOLDER / "model-1.e2v" / "x")

    def test_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "is a pipe or device" in self.refused(tmp_path / "pipe")

    def test_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "secret.e2v"
        path.write_bytes(b"")
        path.chmod(0)
        if os.access(path, os.R_OK):  # nothing is forbidden to root: play it

            def forbidden(*arguments: object, **options: object) -> None:
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr(Path, "open", forbidden)
        assert stat.S_IMODE(path.stat().st_mode) == 0
        assert self.refused(path) == f"cannot read {path}: Permission denied"

    @pytest.mark.parametrize(("size", "what"), [(0, "is empty"), (7, "is only 7 bytes long")])
    def test_too_short_to_tell(self, tmp_path: Path, size: int, what: str) -> None:
        path = tmp_path / "short.e2v"
        path.write_bytes(b"x" * size)
        with pytest.raises(DamagedFileError, match=what):
            open_artifact(path)


def test_a_file_that_is_changed_in_place_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "vectors.e2v"
    whole = (FOLDER / "vectors-1.e2v").read_bytes()
    path.write_bytes(whole)
    opened = open_artifact(path)
    opened.refuse_changed()
    os.utime(path, ns=(1, 1))
    opened.refuse_changed()  # as it was, but for its time
    with path.open("r+b") as file:  # the last byte of the data
        file.seek(-1, os.SEEK_END)
        file.write(bytes([whole[-1] ^ 1]))
    os.utime(path, ns=(2, 2))
    with pytest.raises(InputError, match=r"was changed while it was being read; write a new file beside it"):
        opened.refuse_changed()
    path.rename(tmp_path / "old.e2v")
    opened.refuse_changed()  # what is mapped stays
    path.write_bytes(b"another")
    opened.refuse_changed()


def saved(save: object, *arguments: object) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arguments)  # type: ignore[operator]
    return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("data.pkl", "x")
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("words.txt"))
    return buffer.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    image = connection.serialize()
    connection.close()
    return image


MATRIX = np.ones((2, 3), np.float32)
IMPORT, VOCAB = "e2v import", "e2v vocab"
FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "zip": (archive(), "a zip archive", IMPORT),
    "npz": (saved(np.savez, MATRIX), "a zip archive", IMPORT),
    "npy": (saved(np.save, MATRIX), "a NumPy .npy array", IMPORT),
    **{
        f"pickle {p}": (pickle.dumps({"a": 1}, p), "a Python pickle", "never unpickles") for p in (2, 3, 4, 5)
    },
    "fasttext": (b"\xba\x16\x4f\x2f\x0c\0\0\0" + bytes(50), "a fastText .bin model", IMPORT),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "an HDF5 file", IMPORT),
    "parquet": (b"PAR1\x15\x04" + bytes(50), "a Parquet file", IMPORT),
    "sqlite": (database(), "an SQLite database", IMPORT),
    "gzip": (gzip.compress(b"some text " * 9), "compressed", VOCAB),
    "bzip2": (bz2.compress(b"some text " * 9), "compressed", VOCAB),
    "xz": (lzma.compress(b"some text " * 9), "compressed", VOCAB),
    "zstandard": (b"\x28\xb5\x2f\xfd\x20\x09" + bytes(9), "compressed", VOCAB),
    "safetensors": (safetensors.numpy.save({"a": MATRIX}), "another program's safetensors", IMPORT),
    "safetensors with metadata": (
        safetensors.numpy.save({"a": MATRIX}, {"format": "pt", "made": "e2v"}),
        "another program's safetensors",
        IMPORT,
    ),
    "word2vec text": (b"2 3\nthe 0.1 0.2 0.3\nof 1 2 3\n", "vectors in word2vec's format", IMPORT),
    "word2vec binary": (b"2 3\nthe " + MATRIX[0].tobytes() + b"\n", "vectors in word2vec's format", IMPORT),
    "glove": (b"the 0.418 -0.24968 4.1e-05\nof 1.0 2.0 3.0\n", "in GloVe's format", IMPORT),
    "table": (b"user;item\n1;2\n", "but a table, it seems", "e2v events"),
    "table with quotes": (b'"a;b";item\n1;"2;;"\n', "but a table, it seems", "e2v events"),
    "text with a comma": (b"well, now\nthe quick brown fox\n", "but text, it seems", VOCAB),
    "text": ("the quick brown fox – größer\n".encode(), "but text, it seems", VOCAB),
    "text about our headers": (b'see "e2v.kind" and "e2v.schema" in docs\n' * 9, "but text", VOCAB),
    "json": (b'{"__metadata__":{"e2v.kind":"model"}}\n', "but text", VOCAB),
    "zeros": (bytes(4096), "4,096 bytes of something else", ""),
    "executable": (b"\x7fELF\x02\x01\x01" + bytes(99), "a program (an ELF binary)", ""),
    "tar": (tarred(), "a tar archive", "tar -xf"),
    "arrow": (b"ARROW1\0\0" + bytes(50), "an Arrow (Feather) file", "Parquet"),
    "pdf": (b"%PDF-1.7\n" + bytes(50), "a PDF document", ""),
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(50), "an image", ""),
    "page": (b"\n<!DOCTYPE html>\n<html><body>Not found", "an HTML page", "fetch the file itself"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid x\n", "a Git LFS pointer", "git lfs pull"),
    "utf-16": ("the quick brown fox".encode("utf-16"), "UTF-16 text", "e2v vocab"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_told_apart(name: str, tmp_path: Path) -> None:
    content, what, hint = FOREIGN[name]
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(ForeignFileError) as caught:
        open_artifact(path)
    assert caught.value.message.startswith(f"{path} is not an .e2v file")
    assert what in caught.value.message
    assert hint in (caught.value.hint or "")
    with pytest.raises(ForeignFileError):
        verify(path)


@given(st.binary(max_size=2000))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "f.e2v"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError if len(content) < 8 else ForeignFileError):
        open_artifact(path)
