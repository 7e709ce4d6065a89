"""Inputs that are elsewhere are copied here, read as any other, and gone at the end."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2v.errors import DamagedFileError, InputError, MissingExtraError, OutputError
from e2v.inputs.remote import local_copy, local_inputs
from e2v.store import open_artifact
from tests.builders import write_corpus
from tests.commands import command_line
from tests.training.small import text

fsspec = pytest.importorskip("fsspec", reason="fsspec, of the [remote] extra, is not installed")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where copies would be, and a file system in memory."""
    monkeypatch.chdir(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    yield scratch
    fsspec.filesystem("memory").store.clear()


def put(path: Path, name: str) -> None:
    fsspec.filesystem("memory").put(str(path), f"/bucket/{name}")


@pytest.mark.parametrize("ends", [None, KeyboardInterrupt, InputError])
def test_a_copy_is_gone_when_it_is_done_with(
    ends: type[BaseException] | None, bucket: Path, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    put(tmp_path / "a", "a.e2v")
    try:
        with local_copy("memory://bucket/a.e2v") as path:
            assert path.read_bytes() == b"abc"
            assert path.name == "a.e2v"
            assert bucket in path.parents
            if ends:
                raise ends("it ends")
    except (KeyboardInterrupt, InputError):
        assert ends
    assert not list(bucket.iterdir())


def test_what_is_on_a_disk_here_is_not_copied(bucket: Path, tmp_path: Path) -> None:
    (tmp_path / "a b").write_bytes(b"abc")
    for name in (str(tmp_path / "a b"), f"file://{tmp_path}/a b"):
        with local_copy(name) as path:
            assert path == tmp_path / "a b"
    with local_inputs(["-", "text", f"file://{tmp_path}/a*"]) as names:
        assert names == ("-", "text", str(tmp_path / "a b"))


def test_train_on_shards_elsewhere(bucket: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text(text(60))
    command_line("vocab text --min-count 1 --threads 1 -o c.e2v --shards 2")
    for number in (1, 2):
        put(tmp_path / f"c-{number}-of-2.e2v", f"c-{number}-of-2.e2v")
    settings = "--dim 4 --epochs 1 --threads 1"
    command_line(f"train c-1-of-2.e2v c-2-of-2.e2v {settings} -o here.e2v")
    command_line(f"train memory://bucket/c-*-of-2.e2v {settings} -o there.e2v")
    assert Path("here.e2v").read_bytes() == Path("there.e2v").read_bytes()
    assert not list(bucket.iterdir())


def test_histories_elsewhere_have_their_preset(bucket: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "h.e2v", [["a", "b"], ["b", "c"], ["a", "c"]], ["u", "v", "w"])
    put(tmp_path / "h.e2v", "h.e2v")
    command_line("train memory://bucket/h.e2v --dim 4 --epochs 1 --threads 1 -o model.e2v")
    assert open_artifact("model.e2v").provenance["settings"]["context"] == "set"


def test_damage_is_told_of_the_url(bucket: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "h.e2v", [["a", "b"], ["b", "c"], ["a", "c"]])
    whole = (tmp_path / "h.e2v").read_bytes()
    (tmp_path / "h.e2v").write_bytes(whole[:-4])
    put(tmp_path / "h.e2v", "h.e2v")
    with pytest.raises(DamagedFileError) as error:
        command_line("train memory://bucket/h.e2v -o model.e2v")
    assert str(error.value).startswith("memory://bucket/h.e2v is damaged")
    assert str(bucket) not in str(error.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://bucket/none.e2v", "memory://bucket/none.e2v: no such file"),
        ("memory://bucket/none-*.e2v", "memory://bucket/none-*.e2v: no file fits"),
        ("nowhere://bucket/a.e2v", "cannot read nowhere://bucket/a.e2v: "),
    ],
)
def test_what_cannot_be_read_is_one_line(url: str, message: str, bucket: Path) -> None:
    with pytest.raises(InputError) as error, local_inputs([url]):
        pass
    assert error.value.message.startswith(message)
    assert "\n" not in error.value.message
    assert not list(bucket.iterdir())


def test_other_commands_say_who_reads_urls(bucket: Path, tmp_path: Path) -> None:
    for line in ("svd file:///c.e2v -o m.e2v", "vocab memory://bucket/c.txt -o c.e2v"):
        with pytest.raises(InputError, match=r"^\w+://.+: URLs are read by e2v train and plan only"):
            command_line(line)
    with pytest.raises(OutputError, match="an output is a file of this machine, and no URL"):
        command_line(f"svd {tmp_path}/c.e2v -o file:///nowhere/m.e2v")


def test_without_fsspec_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError) as error, local_inputs(["s3://bucket/a.e2v"]):
        pass
    assert str(error.value) == "reading s3:// needs fsspec, which is not installed; pip install fsspec"
