from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import e2v.store.writer
from e2v.store import KINDS, open_artifact, verify
from e2v.store.schema import field_name
from tests.golden.contents import GOLDEN, KEYS, NAMES, PROVENANCE, kind_of
from tests.golden.make import FOLDER, write
from tests.oracles import container

every_golden = pytest.mark.parametrize("name", GOLDEN)


def assert_equal_arrays(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    content = {name: array for name, array in found.items() if not name.startswith("padding.")}
    assert content.keys() == expected.keys()
    for name, array in expected.items():
        assert content[name].dtype == array.dtype
        np.testing.assert_array_equal(content[name], array)


@every_golden
def test_reads_what_was_written_once(name: str) -> None:
    artifact = open_artifact(FOLDER / f"{name}.e2v")
    assert (artifact.kind, str(artifact.schema)) == tuple(name.split("-")[:2])
    assert artifact.version == "0.1.0"
    assert artifact.provenance == PROVENANCE
    assert_equal_arrays(artifact.arrays, GOLDEN[name])
    if artifact.has("keys"):
        assert [artifact.keys.bytes_at(row) for row in range(len(artifact.keys))] == KEYS
    assert verify(artifact.path) == []


@every_golden
def test_reads_without_e2v(name: str) -> None:
    path = FOLDER / f"{name}.e2v"
    assert_equal_arrays(load_file(path), GOLDEN[name])
    metadata, arrays = container.decode(path.read_bytes())
    assert metadata["e2v.kind"] == kind_of(name)
    assert_equal_arrays(arrays, GOLDEN[name])


@pytest.mark.parametrize(
    "name", [name for name in GOLDEN if f"{KINDS[kind_of(name)].schema}" == name.split("-")[1]]
)
def test_writes_the_same_bytes_today(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = FOLDER / f"{name}.e2v"
    monkeypatch.setattr(e2v.store.writer, "__version__", open_artifact(golden).version)
    write(tmp_path / "today.e2v", name)
    assert (tmp_path / "today.e2v").read_bytes() == golden.read_bytes()


@every_golden
def test_the_oracles_file_is_as_good(name: str, tmp_path: Path) -> None:
    """Another writer that follows docs/formats.md is understood, and has the same content by its digest."""
    path = tmp_path / "other.e2v"
    path.write_bytes(container.encode(kind_of(name), GOLDEN[name]))
    artifact = open_artifact(path)
    assert artifact.digest == open_artifact(FOLDER / f"{name}.e2v").digest
    assert_equal_arrays(artifact.arrays, GOLDEN[name])
    assert verify(path) == []


def test_names_of_sentences_are_kept() -> None:
    names = open_artifact(FOLDER / "corpus-1.e2v").keys_of("names")
    assert [names.bytes_at(row) for row in range(len(names))] == NAMES
    assert names.find("user 1") == 0


def test_every_kind_has_a_golden_file_of_its_schema_and_every_optional_array_is_in_one() -> None:
    for kind, schema in KINDS.items():
        files = [arrays for name, arrays in GOLDEN.items() if name.startswith(f"{kind}-{schema.schema}")]
        assert {field_name(name) for arrays in files for name in arrays} == set(schema.fields)
