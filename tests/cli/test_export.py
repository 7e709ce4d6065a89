from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.builders import write_model
from tests.conftest import Run
from tests.oracles import queries as oracle

RNG = np.random.default_rng(8)
KEYS = ["the", "日本", "🍣", "bad\udcff"]
INPUT = RNG.normal(size=(4, 3)).astype(np.float32)
OUTPUT = RNG.normal(size=(4, 3)).astype(np.float32)


@pytest.fixture
def plain_model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model.e2v", KEYS, INPUT, OUTPUT)


def read_text(text: str) -> tuple[str, list[str], np.ndarray]:
    header, *lines = text.splitlines()
    fields = [line.split(" ") for line in lines]
    assert all(field[-1] == "" for field in fields)
    return header, [field[0] for field in fields], np.array([field[1:-1] for field in fields], float)


def test_to_a_file_and_to_a_pipe(run: Run, plain_model: Path, tmp_path: Path) -> None:
    result = run("export", plain_model, "--to", "word2vec", "-o", tmp_path / "out.vec")
    assert result.stdout == result.stderr == ""
    written = (tmp_path / "out.vec").read_text(errors="surrogateescape")
    assert run("export", plain_model, "--to", "word2vec", "-o", "-").stdout == written
    header, keys, vectors = read_text(written)
    assert header == "4 3" and keys == KEYS
    np.testing.assert_allclose(vectors, INPUT, atol=5.1e-7)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.e2v", "out.vec"]


def test_binary_to_a_pipe(run: Run, plain_model: Path) -> None:
    expected = b"4 3\n" + b"".join(
        key.encode("utf-8", "surrogateescape") + b" " + vector.tobytes() + b"\n"
        for key, vector in zip(KEYS, INPUT, strict=True)
    )
    result = run("export", plain_model, "--to", "word2vec-binary", "-o", "-")
    assert result.stdout.encode("utf-8", "surrogateescape") == expected


@pytest.mark.parametrize("which", ["output", "sum:0.4", "concat:0.7"])
def test_the_vectors_are_those_asked_for(run: Run, plain_model: Path, which: str) -> None:
    name, _, weight = which.partition(":")
    options = ("--vectors", which, "--center", "--restrict", "3")
    header, keys, vectors = read_text(
        run("export", plain_model, "--to", "word2vec", "-o", "-", *options).stdout
    )
    expected = oracle.combined(INPUT, OUTPUT, name, float(weight or 1), center=True)[:3]
    assert header == f"3 {expected.shape[1]}" and keys == KEYS[:3]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_a_key_that_does_not_fit_leaves_the_old_file(run: Run, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.e2v", ["the", "new york"], INPUT[:2])
    (tmp_path / "out.vec").write_text("precious")
    result = run("export", model, "--to", "word2vec", "-o", tmp_path / "out.vec", check=False)
    assert result.code == 1 and "'new york'" in result.stderr and "a space" in result.stderr
    assert (tmp_path / "out.vec").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.e2v", "out.vec"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--to", "word3vec", "-o", "-"], 2, "word2vec, word2vec-binary"),
        (["--to", "word2vec", "-o", "model.e2v"], 2, "is the model itself"),
        (["--to", "word2vec", "-o", "-", "--vectors", "input-output"], 2, "two vectors of a key"),
        (["--to", "word2vec", "-o", "nowhere/out.vec"], 1, "nowhere"),
        (["--to", "word2vec"], 2, "--output"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    run: Run, plain_model: Path, options: list[str], code: int, message: str
) -> None:
    before = plain_model.read_bytes()
    result = run("export", "model.e2v", *options, check=False)
    assert result.code == code and message in result.stderr and result.stdout == ""
    assert plain_model.read_bytes() == before
