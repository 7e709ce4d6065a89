"""Whether an output is what a job would make: by what its provenance says, and nothing else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import InputError, UsageError
from e2v.jobs.making import digest, leave_unchanged, records
from e2v.store import ArtifactWriter, Keys, open_artifact
from e2v.store.provenance import made_by
from tests.builders import write_vectors

SETTINGS = {"dim": 3, "lr": 0.1, "hidden": [4, 2]}
INPUTS = [{"name": "a.txt", "bytes": 7, "sha256": "aa"}, {"name": "b.txt", "bytes": 9, "sha256": "bb"}]


def write(path: Path, command: str, **made: Any) -> Path:
    with ArtifactWriter(path, "vectors", made_by(command, **made)) as writer:
        writer.add_keys("keys", Keys.from_strings(["a"]))
        writer.add("vectors", np.ones((1, 2), np.float32))
    os.utime(path, (1, 1))
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return write(tmp_path / "out.e2v", "vocab", settings=SETTINGS, inputs=INPUTS, vocabulary={"digest": "d"})


def expected(**differently: Any) -> dict[str, Any]:
    inputs = [{"bytes": 7, "sha256": "aa"}, {"bytes": 9, "sha256": "bb"}]
    return {"settings": SETTINGS, "inputs": inputs, "vocabulary": {"digest": "d"}, **differently}


def left(output: Path, command: str = "vocab", **differently: Any) -> bool:
    """Whether it was left alone; then it is as it was but for its time, else it is untouched."""
    before = output.read_bytes()
    os.utime(output, (1, 1))
    unchanged = leave_unchanged(output, command, expected(**differently))
    assert output.read_bytes() == before
    assert (output.stat().st_mtime > 1) == unchanged
    return unchanged


def test_what_is_the_same_is_left_alone_and_counts_as_new(output: Path) -> None:
    assert left(output)


def test_names_of_files_do_not_matter(output: Path) -> None:
    write(output, "vocab", settings=SETTINGS, vocabulary={"digest": "d", "name": "elsewhere"},
          inputs=[{**one, "name": f"moved/{one['name']}"} for one in INPUTS])  # fmt: skip
    assert left(output)


@pytest.mark.parametrize(
    "settings",
    [
        {**SETTINGS, "dim": 4}, {**SETTINGS, "hidden": [4]}, {**SETTINGS, "more": 1}, {"dim": 3, "lr": 0.1},
        {**SETTINGS, "dim": "3"}, {**SETTINGS, "lr": None}, {},
    ],
)  # fmt: skip
def test_other_settings(output: Path, settings: dict[str, Any]) -> None:
    assert not left(output, settings=settings)


@pytest.mark.parametrize(
    "inputs",
    [
        [{"bytes": 7, "sha256": "aa"}, {"bytes": 9, "sha256": "cc"}],
        [{"bytes": 8, "sha256": "aa"}, {"bytes": 9, "sha256": "bb"}],
        [{"bytes": 9, "sha256": "bb"}, {"bytes": 7, "sha256": "aa"}],
        [{"bytes": 7, "sha256": "aa"}],
        [{"bytes": 7, "sha256": "aa"}, {"bytes": 9, "sha256": "bb"}, {"bytes": 1, "sha256": "cc"}],
        [],
    ],
)
def test_other_inputs(output: Path, inputs: list[dict[str, Any]]) -> None:
    assert not left(output, inputs=inputs)


@pytest.mark.parametrize("vocabulary", [{"digest": "e"}, None, {"bytes": 3, "sha256": "d"}])
def test_another_vocabulary(output: Path, vocabulary: dict[str, Any] | None) -> None:
    assert not left(output, vocabulary=vocabulary)


def test_a_vocabulary_where_there_was_none(output: Path) -> None:
    write(output, "vocab", settings=SETTINGS, inputs=INPUTS)
    assert not left(output)
    assert left(output, vocabulary=None)


def test_another_command(output: Path) -> None:
    assert not left(output, "phrases")


def test_another_version_of_e2v_made_it(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version does not make everything anew: what it would make of the same is much the same."""
    monkeypatch.setattr("e2v.store.writer.__version__", "0.0.1")
    write(output, "vocab", settings=SETTINGS, inputs=INPUTS, vocabulary={"digest": "d"})
    assert open_artifact(output).version == "0.0.1" and left(output)


@pytest.mark.parametrize("content", [b"", b"a text", b"E2V"])
def test_what_is_none_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "out.e2v"
    assert not leave_unchanged(path, "vocab", expected())
    path.write_bytes(content)
    assert not left(path)


def test_what_is_damaged(output: Path) -> None:
    output.write_bytes(output.read_bytes()[:-1])
    assert not left(output)


def test_records_of_files_say_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a b c\n")
    (tmp_path / "b.txt").write_bytes(b"")
    made = records([tmp_path / "a.txt", str(tmp_path / "b.txt")])
    assert made == [
        {"bytes": 6, "sha256": hashlib.sha256(b"a b c\n").hexdigest()},
        {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()},
    ]
    assert records([]) == []


def test_records_of_what_cannot_be_read_twice(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stdin cannot be read twice"):
        records([tmp_path / "absent", "-"])
    with pytest.raises(InputError, match="no such file"):
        records([tmp_path / "absent"])


def test_a_digest_is_of_what_is_in_a_file(output: Path) -> None:
    assert digest(None) is None
    made = digest(output)
    assert made == {"digest": open_artifact(output).digest}
    other = write_vectors(output.with_name("other.e2v"), ["a"], np.zeros((1, 2), np.float32))
    assert digest(other) != made
    elsewhere = output.rename(output.with_name("moved.e2v"))
    assert digest(elsewhere) == digest(str(elsewhere), output) == made


def test_what_is_made_in_its_own_place_was_made_of_it(output: Path) -> None:
    """The file that it was made of is gone, so that nothing but the rest can tell."""
    assert digest(output, output) == {}
    link = output.with_name("link.e2v")
    link.symlink_to(output.name)
    assert digest(link, output) == {}
    assert left(output, vocabulary=digest(output, output))
    write(output, "vocab", settings=SETTINGS, inputs=INPUTS)
    assert not left(output, vocabulary=digest(output, output))
