"""Every way to be damaged gives the right error: never another, never a wrong answer."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import DamagedFileError, InputError, NewerFileError
from e2v.store import Artifact, open_artifact, verify
from tests.golden.contents import GOLDEN, kind_of
from tests.golden.make import FOLDER
from tests.oracles import container
from tests.oracles.container import Document

every_golden = pytest.mark.parametrize("name", GOLDEN)


def data_start(file: bytes) -> int:
    return 8 + int.from_bytes(file[:8], "little")


def error_of(path: Path) -> InputError:
    """What opening raises; verify must see it too, as an error or as a list of problems."""
    with pytest.raises(InputError) as caught:
        open_artifact(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    try:
        assert verify(path) != []
    except InputError as error:
        assert type(error) is type(caught.value)
    return caught.value


def places(file: bytes) -> list[int]:
    """Of a file, of whose blanks, with which a header is filled up, some stand for all."""
    return [at for at, byte in enumerate(file) if byte != ord(" ") or at % 17 == 0]


def flipped_bits(path: Path, positions: Iterable[int], seed: int) -> Iterator[int]:
    """Flip a random bit of each byte in turn, in place, and mend it after use."""
    bits = random.Random(seed)
    with path.open("r+b", buffering=0) as file:
        for position in positions:
            file.seek(position)
            (byte,) = file.read(1)
            for value in (byte ^ 1 << bits.randrange(8), byte):
                file.seek(position)
                file.write(bytes([value]))
                if value != byte:
                    yield position


def keys_of(artifact: Artifact) -> list[str]:
    return [
        key for name in ("keys", "names", "ngrams") if artifact.has(name) for key in artifact.keys_of(name)
    ]


@every_golden
def test_truncated_anywhere(name: str, tmp_path: Path) -> None:
    path = shutil.copy(FOLDER / f"{name}.e2v", tmp_path / "cut.e2v")
    for length in reversed(places(path.read_bytes())):
        os.truncate(path, length)
        assert type(error_of(path)) is DamagedFileError, length


@every_golden
def test_any_damaged_byte_of_the_header(name: str, tmp_path: Path) -> None:
    path = shutil.copy(FOLDER / f"{name}.e2v", tmp_path / "flipped.e2v")
    file = path.read_bytes()
    for position in flipped_bits(path, places(file[: data_start(file)]), seed=1):
        assert type(error_of(path)) is DamagedFileError, position


@every_golden
def test_any_damaged_byte_of_the_data(name: str, tmp_path: Path) -> None:
    """`verify` names the array; opening may notice (keys), and if so as damage."""
    path = shutil.copy(FOLDER / f"{name}.e2v", tmp_path / "flipped.e2v")
    start = data_start(path.read_bytes())
    _, arrays = container.decode(path.read_bytes())
    owners = [array for array, values in arrays.items() for _ in range(values.nbytes)]
    for position in flipped_bits(path, range(start, start + len(owners)), seed=2):
        owner = owners[position - start]
        assert owner in {problem.array for problem in verify(path)}, position
        artifact = open_artifact(path)
        if not owner.startswith("padding."):
            with pytest.raises(DamagedFileError, match=owner):
                artifact.check(*artifact.arrays)
        try:
            keys_of(artifact)
        except DamagedFileError:
            assert owner in {"keys.offsets", "names.offsets", "ngrams.offsets"}


@every_golden
def test_bytes_at_the_end(name: str, tmp_path: Path) -> None:
    path = tmp_path / "long.e2v"
    path.write_bytes((FOLDER / f"{name}.e2v").read_bytes() + b"\0")
    assert "1 bytes too many at the end" in str(error_of(path))


VECTORS = GOLDEN["vectors-1"]

Change = Callable[[Document], object]


def crafted(path: Path, change: Change, kind: str = "vectors") -> Path:
    """A file whose header was changed before its checksum was taken."""
    arrays = GOLDEN[f"{kind}-1"]
    path.write_bytes(container.encode(kind, arrays, change))
    return path


def entry(name: str, **values: Any) -> Change:
    return lambda document: document[name].update(values)


def meta(name: str, value: Any) -> Change:
    return lambda document: document["__metadata__"].update({name: value})


def remove(name: str) -> Change:
    return lambda document: document.pop(name)


LIES: dict[str, tuple[Change, str]] = {
    "bytes that do not fit the shape": (entry("vectors", shape=[9, 6]), "its shape asks for 216"),
    "a hole": (remove("padding.1"), "keys.offsets starts at 64, the array before it ends at 47"),
    "an overlap": (entry("keys.bytes", shape=[65], data_offsets=[0, 65]), "the array before it ends at"),
    "no alignment": (
        lambda document: (
            document["padding.1"].update(shape=[16], data_offsets=[47, 63]),
            document["keys.offsets"].update(shape=[10, 1], data_offsets=[63, 143]),
        ),
        "not aligned",
    ),
    "offsets backwards": (entry("vectors", data_offsets=[180, 0]), "asks for 180"),
    "an unknown dtype": (entry("vectors", dtype="F99"), "malformed"),
    "a dtype of another type": (entry("vectors", dtype=["F32"]), "malformed"),
    "the wrong dtype": (entry("vectors", dtype="I32"), "vectors: dtype I32, expected F32 or F16 or I8"),
    "a negative dimension": (entry("vectors", shape=[-9, -5]), "-9 is not a natural number"),
    "a dimension of true": (entry("vectors", shape=[True, 45]), "True is not a natural number"),
    "a broken dimension": (entry("vectors", shape=[9.0, 5]), "9.0 is not a natural number"),
    "a dimension beyond memory": (
        lambda document: document.update(
            vectors={"dtype": "F32", "shape": [0, 2**70], "data_offsets": [192, 192]}
        ),
        "dimension of 1180591620717411303424",
    ),
    "no shape": (lambda document: document["vectors"].pop("shape"), "malformed"),
    "one offset": (entry("vectors", data_offsets=[0]), "malformed"),
    "no entry": (lambda document: document.update(vectors=None), "malformed"),
    "rows that disagree": (
        entry("vectors", shape=[5, 9]),
        "vectors: shape [5, 9], but V is 9 by keys.offsets",
    ),
    "too few dimensions": (entry("vectors", shape=[45]), "vectors: 1 dimensions, expected 2"),
    "an array too many": (
        lambda document: document.update(extra={"dtype": "F32", "shape": [0], "data_offsets": [384, 384]}),
        "malformed",  # it has no digest
    ),
    "an array too few": (
        lambda document: document.update(
            {"padding.9": document.pop("vectors") | {"dtype": "U8", "shape": [180]}}
        ),
        "vectors: missing",
    ),
    "no metadata": (lambda document: document.update(__metadata__={}), "not an .e2v file"),
    "no kind": (lambda document: document["__metadata__"].pop("e2v.kind"), "malformed"),
    "a schema that is no number": (meta("e2v.schema", "one"), "'one' is not a natural number"),
    "digests that are no object": (meta("e2v.sha256", "[]"), "malformed"),
    "provenance that is no object": (meta("e2v.provenance", "[1]"), "provenance is not an object"),
    "provenance that is no JSON": (meta("e2v.provenance", "{"), "malformed"),
    "provenance without end": (meta("e2v.provenance", "[" * 100_000), "malformed"),
    "provenance of another type": (meta("e2v.provenance", {}), "malformed"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies_under_a_right_checksum(lie: str, tmp_path: Path) -> None:
    change, message = LIES[lie]
    assert message in str(error_of(crafted(tmp_path / "lie.e2v", change)))


def parts(file: bytes) -> tuple[bytes, bytes]:
    """Header without its checksum and padding, and data."""
    text = file[8 : data_start(file)].rstrip()
    checksum = json.loads(text)["__metadata__"]["e2v.checksum"].encode()
    return text.replace(checksum, container.ZEROS), file[data_start(file) :]


def test_data_that_start_anywhere(tmp_path: Path) -> None:
    text, data = parts(container.encode("vectors", VECTORS))
    path = tmp_path / "odd.e2v"
    path.write_bytes(container.with_checksum(text + b" ", alignment=1) + data)
    assert "not at a multiple of 64" in str(error_of(path))


def test_names_that_occur_twice(tmp_path: Path) -> None:
    text, data = parts(container.encode("vectors", VECTORS))
    twice = text[:-1] + b',"vectors":' + json.dumps(json.loads(text)["vectors"]).encode() + b"}"
    path = tmp_path / "twice.e2v"
    path.write_bytes(container.with_checksum(twice) + data)
    assert "a name occurs twice" in str(error_of(path))


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("corpus", lambda document: drop_last(document, "names.offsets"), "names.offsets: missing"),
        ("model", lambda document: drop_last(document, "output"), "a model has either output or nodes"),
        ("vectors", entry("vectors", dtype="I8", shape=[9, 20]), "goes together with vectors of dtype I8"),
    ],
)
def test_arrays_that_need_each_other(tmp_path: Path, kind: str, change: Change, message: str) -> None:
    assert message in str(error_of(crafted(tmp_path / "lie.e2v", change, kind)))


def test_offsets_without_a_first_one(tmp_path: Path) -> None:
    """S + 1 offsets are at least one, and no other array says how large S is."""
    arrays = {name: array for name, array in GOLDEN["corpus-1"].items() if not name.startswith("names")}
    path = tmp_path / "none.e2v"
    path.write_bytes(container.encode("corpus", arrays | {"offsets": np.zeros(0, np.int64)}))
    assert "offsets: shape [0], but S+1 is 1 by offsets" in str(error_of(path))


def drop_last(document: Document, name: str) -> None:
    """Turn the last array into padding."""
    old = document.pop(name)
    start, stop = old["data_offsets"]
    document["padding.99"] = {"dtype": "U8", "shape": [stop - start], "data_offsets": [start, stop]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data(), name=st.sampled_from(sorted(GOLDEN)))
def test_any_other_header_under_a_right_checksum(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    """Values anywhere in the header are replaced by others: an InputError, or a file that can be used."""

    def change(document: Document) -> None:
        for _ in range(data.draw(st.integers(1, 3))):
            inner, key = document, data.draw(st.sampled_from(sorted(document)))
            while isinstance(inner[key], dict) and inner[key] and data.draw(st.booleans()):
                inner, key = inner[key], data.draw(st.sampled_from(sorted(inner[key])))
            inner[key] = data.draw(json_values)

    path = tmp_path_factory.mktemp("fuzz") / "f.e2v"
    path.write_bytes(container.encode(kind_of(name), GOLDEN[name], change))
    try:
        artifact = open_artifact(path)
        verify(path)
        keys_of(artifact)
        for array in artifact.arrays.values():
            array.tobytes()
    except InputError as error:
        assert "\n" not in str(error)


@given(text=st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_text_after_the_opening(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    opening = b'{"__metadata__":{"e2v.checksum":"' + container.ZEROS + b'"'
    path = tmp_path_factory.mktemp("fuzz") / "f.e2v"
    path.write_bytes(container.with_checksum(opening + text))
    with pytest.raises(DamagedFileError):
        open_artifact(path)


@pytest.mark.parametrize(
    ("change", "what"),
    [(meta("e2v.schema", "3"), "vectors schema 3"), (meta("e2v.kind", "tower"), "tower schema 1")],
)
def test_a_later_version_is_newer_not_damaged(tmp_path: Path, change: Change, what: str) -> None:
    def later(document: Document) -> None:
        change(document)
        document["vectors"] = {"dtype": "BF16", "shape": "another idea"}

    error = error_of(crafted(tmp_path / "new.e2v", later))
    assert type(error) is NewerFileError
    assert f"was written by e2v 9.9.9 as {what}" in error.message
    assert error.hint == "pip install --upgrade e2v"
