"""Inputs by name and by content, whole or damaged."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib.util
import lzma
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from e2v import notices
from e2v.errors import InputError, MissingExtraError
from e2v.inputs import sources
from e2v.inputs.sources import Source, open_sources
from e2v.progress import is_typed

TEXT = b"".join(b"line %d of a text\n" % n for n in range(20_000))


def zstandard_compress(text: bytes) -> bytes:
    if sources.zstd is None:
        pytest.skip("there is no zstandard here: [io], or Python 3.14")
    checksum = sources.zstd.CompressionParameter.checksum_flag
    return sources.zstd.compress(text, options={checksum: 1})


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstandard": zstandard_compress,
}
FORMATS = pytest.mark.parametrize("form", COMPRESS)


def content(path: Path | str, size: int = 1000) -> bytes:
    return b"".join(Source(str(path)).chunks(size))


def complaint(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        content(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_plain_file_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"  # the name does not matter
    path.write_bytes(TEXT)
    source = Source(str(path))
    chunks = list(source.chunks(1000))
    assert b"".join(chunks) == TEXT
    assert {len(chunk) for chunk in chunks[:-1]} == {1000}
    assert source.size == source.position == len(TEXT)
    assert source.sha256 == hashlib.sha256(TEXT).hexdigest()


@FORMATS
def test_compressed_files_are_known_by_their_content(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(COMPRESS[form](TEXT))
    source = Source(str(path))
    assert b"".join(source.chunks()) == TEXT
    assert source.position == source.size == path.stat().st_size
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@FORMATS
def test_concatenated_compressed_files_are_one(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(COMPRESS[form](TEXT) + COMPRESS[form](b"") + COMPRESS[form](b"more"))
    assert content(path) == TEXT + b"more"


@FORMATS
def test_a_truncated_file_is_damaged(form: str, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    whole = COMPRESS[form](TEXT)
    for length in (len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert complaint(path).startswith(f"{path} is damaged: its {form} data end too early")


@FORMATS
def test_a_flipped_byte_is_damage(form: str, tmp_path: Path) -> None:
    path = tmp_path / "flipped"
    damaged = bytearray(COMPRESS[form](TEXT))
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    assert complaint(path).startswith(f"{path} is damaged: {form} says ")


def test_zstandard_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(zstandard_compress(TEXT))
    monkeypatch.setattr(sources, "zstd", None)
    with pytest.raises(MissingExtraError, match=r"; pip install backports\.zstd$"):
        content(path)


def test_zstandard_is_the_standard_librarys_where_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = ModuleType("compression.zstd")
    theirs.ZstdError = OSError
    package = ModuleType("compression")
    package.zstd = theirs
    monkeypatch.setitem(sys.modules, "compression", package)
    spec = importlib.util.spec_from_file_location("sources_of_3_14", sources.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.zstd is theirs


def test_zstandard_frames_to_skip_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstandard_compress(TEXT))
    assert content(path) == TEXT


@pytest.mark.parametrize(("start", "rest"), [(b"\xef\xbb\xbf", b"the cat"), (b"", b""), (b"", b"x")])
def test_a_byte_order_mark_is_no_part_of_the_text(start: bytes, rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(start + rest)
    assert content(path) == rest


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (b"PK\x03\x04" + b"x" * 40, "unzip -p"),
        (b'\x80\0\0\0\0\0\0\0{"__metadata__":{}}', "e2v info"),
    ],
)
def test_what_is_no_text_is_refused_with_a_hint(start: bytes, word: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(start)
    assert word in complaint(path)
    path.write_bytes(gzip.compress(start))
    assert word in complaint(path)


def test_the_mark_of_utf_16_alone_is_no_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xfe just bytes")
    assert content(path) == b"\xff\xfe just bytes"


def test_a_slow_pipe_does_not_hide_the_format(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    compressed = gzip.compress(TEXT)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for i in range(20):
                pipe.write(compressed[i : i + 1])
            pipe.write(compressed[20:])

    writer = threading.Thread(target=write)
    writer.start()
    source = Source(str(path))
    assert source.size is None
    assert b"".join(source.chunks()) == TEXT
    writer.join()


def test_missing_folder_and_unreadable_inputs(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert complaint(missing) == f"{missing}: no such file"
    assert (
        complaint(tmp_path) == f"{tmp_path} is a folder; name the files in it, for instance {tmp_path}/*.txt"
    )
    assert complaint(tmp_path / "x" / "y").endswith("no such file")
    assert complaint("a" * 300).startswith("cannot read aaa")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_bytes(TEXT)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read everything
    assert complaint(path) == f"cannot read {path}: permission denied"


def test_a_file_that_goes_away_is_named(tmp_path: Path) -> None:
    path = tmp_path / "brief"
    path.write_bytes(TEXT)
    source = Source(str(path))
    path.unlink()
    with pytest.raises(InputError, match=f"{path} cannot be read: No such file"):
        list(source.chunks())


def test_names_and_globs_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.bin", "[x].txt", "sub/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    def names(*given: str) -> list[str]:
        sources = open_sources([str(tmp_path / name) for name in given])
        return [str(Path(source.name).relative_to(tmp_path)) for source in sources]

    assert names("c.bin", "a.txt", "c.bin") == ["c.bin", "a.txt", "c.bin"]
    assert names("*.txt", "c.bin") == ["[x].txt", "a.txt", "b.txt", "c.bin"]
    assert names("**/*.txt") == ["[x].txt", "a.txt", "b.txt", "sub/d.txt"]
    assert names("[x].txt") == ["[x].txt"]  # a file of that name comes first
    with pytest.raises(InputError, match="no file fits"):
        names("*.csv")


def test_stdin_can_be_named_once() -> None:
    with pytest.raises(InputError, match="only once"):
        open_sources(["-", "-"])


def test_typing_is_asked_for_and_ends_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, bool]] = []
    monkeypatch.setattr(notices, "_listeners", [lambda _, line: said.append((line, is_typed()))])
    keyboard, terminal = os.openpty()
    stdin = os.dup(0)
    os.dup2(terminal, 0)
    try:
        os.write(keyboard, b"a b\n\x04more\n\x04\x04\x04\x04")
        assert b"".join(Source("-").chunks()) == b"a b\n"
    finally:
        os.dup2(stdin, 0)
        for descriptor in (stdin, keyboard, terminal):
            os.close(descriptor)
    assert said == [("stdin: reads what is typed; Ctrl-D on a line of its own ends it", True)]
    assert not is_typed()


@pytest.mark.parametrize(("name", "compress"), [("xz", lzma.compress), ("bz2", bz2.compress)])
def test_every_stream_of_a_file_counts(name: str, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    first, second = compress(b"one\n" * 500_000), compress(b"two\n")
    path = tmp_path / f"text.{name}"

    def content(data: bytes) -> bytes:
        path.write_bytes(data)
        return b"".join(Source(str(path)).chunks())

    assert content(first + second) == b"one\n" * 500_000 + b"two\n"
    if name == "xz":
        assert content(first + bytes(4) + second + bytes(8)).endswith(b"two\n")
    for damaged in (first + b"X" + second[1:], first + b"more\n", first + second[:-3], first[:-3]):
        with pytest.raises(InputError, match="is damaged"):
            content(damaged)


def test_a_guessed_encoding_is_told_once_and_how_to_name_another(tmp_path: Path) -> None:
    path = tmp_path / "latin"
    path.write_bytes("Grüße über Straßen, schöne Häuser und größere Gärten\n".encode("latin-1") * 9)
    for source, hinted in ((Source(str(path)), False), (open_sources([str(path)])[0], True)):
        with notices.hear() as told:
            list(source.chunks())
            list(source.chunks())
        assert len(told) == 1 and ("names another" in told[0][1]) is hinted
