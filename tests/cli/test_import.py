from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from e2v import __version__
from e2v.formats import find_format, names
from e2v.store import open_artifact, verify
from tests.builders import write_model
from tests.conftest import Run

KEYS = ["the", "日本", "🍣", "of"]
ROWS = np.random.default_rng(8).normal(size=(4, 3)).astype(np.float32)
SINGLE = [name for name in names() if not find_format(name).FILES and name != "e2v"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model.e2v", KEYS, ROWS)


def check(path: Path) -> None:
    artifact = open_artifact(path, "vectors")
    assert list(artifact.keys) == KEYS and verify(path) == []
    np.testing.assert_array_equal(artifact.arrays["vectors"], ROWS)


@pytest.mark.parametrize("name", SINGLE)
def test_through_a_pipe_and_back(run: Run, model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "work").mkdir()
    pipe = f"{sys.executable} -m e2v export {model} --to {name} -o - | {sys.executable} -m e2v import -"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipe], cwd=tmp_path / "work", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    check(tmp_path / "work" / "vectors.e2v")
    assert "vectors.e2v: 4 keys, 3 dimensions, float32; read as" in done.stderr and done.stdout == ""
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["vectors.e2v"]


@pytest.mark.parametrize("name", ["npy", "projector", "safetensors"])
def test_a_folder_and_back(run: Run, model: Path, tmp_path: Path, name: str) -> None:
    run("export", model, "--to", name, "-o", "folder")
    run("import", "folder", "-o", "back.e2v")
    check(tmp_path / "back.e2v")


def test_keys_from_another_file(run: Run, model: Path, tmp_path: Path) -> None:
    run("export", model, "--to", "npy", "-o", "folder")
    (tmp_path / "words.txt").write_text("\n".join(KEYS))
    array = (tmp_path / "folder" / "vectors.npy").read_bytes()
    run("import", "-", "--keys", "words.txt", "-o", "back.e2v", stdin=array)
    check(tmp_path / "back.e2v")
    failed = run("import", "-", "-o", "other.e2v", stdin=array, check=False)
    assert failed.code == 1 and "stdin comes without vocabulary.txt" in failed.stderr
    missing = run("import", "-", "--keys", "nothing", "-o", "other.e2v", stdin=array, check=False)
    assert missing.code == 1 and "nothing: no such file" in missing.stderr


def test_keys_from_another_file_are_in_the_provenance_of_a_folder(
    run: Run, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "words.tsv").write_text("".join(f"{key}\n" for key in KEYS))
    run("export", model, "--to", "projector", "-o", "folder")
    run("import", "folder", "--keys", "words.tsv", "-o", "back.e2v")
    inputs = open_artifact(tmp_path / "back.e2v").provenance["inputs"]
    assert [record["name"] for record in inputs] == ["folder/tensors.tsv", "words.tsv"]


@pytest.mark.parametrize("name", SINGLE)
def test_a_file_of_keys_is_refused_where_there_is_none(
    run: Run, model: Path, tmp_path: Path, name: str
) -> None:
    run("export", model, "--to", name, "-o", "data")
    (tmp_path / "words.txt").write_text("\n".join(KEYS))
    refused = run("import", "data", "--from", name, "--keys", "words.txt", "-o", "back.e2v", check=False)
    assert refused.code == 2 and f"--keys does not go with {name}" in refused.stderr
    assert not (tmp_path / "back.e2v").exists()


def test_the_file_says_where_it_is_from(run: Run, tmp_path: Path) -> None:
    raw = gzip.compress(b"the 1 2\nof 3 4\n")
    (tmp_path / "glove.gz").write_bytes(raw)
    run("import", "glove.gz", "--duplicates", "first")
    provenance = open_artifact(tmp_path / "vectors.e2v").provenance
    assert provenance["command"] == "import"
    assert provenance["settings"] == {"format": "glove", "duplicates": "first"}
    digest = hashlib.sha256(raw).hexdigest()
    assert provenance["inputs"] == [{"name": "glove.gz", "bytes": len(raw), "sha256": digest}]
    first = (tmp_path / "vectors.e2v").read_bytes()
    run("import", "glove.gz", "--duplicates", "first", "--from", "glove")
    assert (tmp_path / "vectors.e2v").read_bytes() == first


def test_the_parts_of_a_folder_are_in_the_provenance(run: Run, model: Path, tmp_path: Path) -> None:
    run("export", model, "--to", "projector", "-o", "folder")
    run("import", "folder")
    inputs = open_artifact(tmp_path / "vectors.e2v").provenance["inputs"]
    for record, name in zip(inputs, ("folder/tensors.tsv", "folder/metadata.tsv"), strict=True):
        raw = (tmp_path / name).read_bytes()
        assert record == {"name": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def test_progress_and_summary_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a 1\nb 2\na 3\n")
    result = run("import", "data", "--duplicates", "first", "--progress", "json")
    facts = json.loads(result.stderr.splitlines()[-1])
    for name in ("seconds", "total_seconds", "parts"):
        facts.pop(name)
    assert facts == {
        "task": "import", "output": "vectors.e2v", "format": "glove", "keys": 2, "dim": 1,
        "dtype": "float32", "dropped": 1, "bytes": 12, "notices": [], "version": __version__,
    }  # fmt: skip
    assert run("import", "data", "--duplicates", "first", "--progress", "none").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bad.txt"], 1, "bad.txt, line 3: 1 numbers, not 2"),
        (["double.txt"], 1, "double.txt, line 2: the key 'a' is in line 1 already; --duplicates first"),
        (["empty"], 1, "empty is empty"),
        (["nothing"], 1, "nothing: no such file"),
        (["prose.txt"], 1, "prose.txt is in no format that is known; --from says which"),
        (["model.e2v", "-o", "other.e2v"], 1, "model.e2v is an .e2v file already"),
        (["double.txt", "--from", "word3vec"], 2, "not word3vec; did you mean word2vec?"),
        (["good.txt", "-o", "nowhere/vectors.e2v"], 1, "nowhere"),
        (["good.txt", "-o", "good.txt"], 2, "good.txt is an input and would be overwritten"),
        (["."], 1, ". is in no format that is known"),
        ([".", "--from", "word2vec"], 1, ". is a folder; name a file in it"),
    ],
)
def test_what_cannot_be_imported_leaves_everything_as_it_was(
    run: Run, model: Path, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "bad.txt").write_text("2 2\na 1 2\nb 1\n")
    (tmp_path / "double.txt").write_text("a 1 2\na 1 2\n")
    (tmp_path / "good.txt").write_text("a 1 2\nb 1 2\n")
    (tmp_path / "prose.txt").write_text("the quick brown fox\n")
    (tmp_path / "empty").touch()
    run("import", "good.txt", "-o", "vectors.e2v")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    output = [] if "-o" in arguments else ["-o", "vectors.e2v"]
    failed = run("import", *arguments, *output, check=False)
    assert failed.code == code and message in failed.stderr and failed.stdout == ""
    assert code == 2 or (failed.stderr.startswith("e2v: ") and failed.stderr.count("\n") == 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_named_pipe_is_read_as_it_comes(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = subprocess.Popen(["bash", "-c", "printf '2 1\\na 1\\n' > pipe; :"], cwd=tmp_path)
    failed = run("import", "pipe", check=False)
    assert writer.wait() == 0 and failed.code == 1
    assert "pipe is truncated: it holds 1 of the 2 rows that it announces" in failed.stderr


def test_queries_answer_from_an_import(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("king 1 0 0\nqueen 0.9 0.1 0\nlunch 0 1 0\n")
    run("import", "data")
    answers = run("similar", "king", "-m", "vectors.e2v").stdout.splitlines()
    assert [line.split("\t")[1] for line in answers] == ["queen", "lunch"]
