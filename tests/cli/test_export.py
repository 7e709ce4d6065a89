from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from e2v.store import open_artifact
from tests.builders import keyed, write_model
from tests.commands import command_line
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
    said, _ = result.stderr.splitlines()
    shape = "4 keys, 3 dimensions, float32"
    assert said == f"{tmp_path}/out.vec: {shape}; written as word2vec without output vectors, counts"
    assert result.stdout == ""
    written = (tmp_path / "out.vec").read_text(errors="surrogateescape")
    assert run("export", plain_model, "--to", "word2vec", "-o", "-").stdout == written
    header, keys, vectors = read_text(written)
    assert header == "4 3" and keys == KEYS
    np.testing.assert_array_equal(vectors.astype(np.float32), INPUT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.e2v", "out.vec"]


@pytest.mark.parametrize(
    ("model", "options", "left_out"),
    [
        ("model-1-ngrams", "--to fasttext-binary", "output vectors, n-grams"),
        ("model-1-ngrams", "--to jsonl --vectors concat", "n-grams"),
        ("model-1-nodes", "--to e2v", "vectors of the tree's nodes"),
        ("model-1-tower", "--to sqlite", "output vectors, biases, layers, features"),
        ("model-1-recency", "--to sqlite", "output vectors, biases, recency"),
        ("model-1-new", "--to sqlite", "output vectors, biases, which items are new"),
        ("model-1-labels", "--to e2v --vectors output", "input vectors"),
        ("model-1-labels", "--to sqlite", "output vectors, titles"),
        ("vectors-1", "--to sqlite", None),
    ],
)
def test_what_is_left_out_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, options: str, left_out: str | None
) -> None:
    golden = Path(__file__).parents[1] / "golden" / f"{model}.e2v"
    command_line(f"export {golden} {options} -o {tmp_path / 'out'}")
    first = capsys.readouterr().err.splitlines()[0]
    assert first.partition(" without ")[2] == (left_out or "")


def test_titles_stay_with_their_keys_in_a_slim_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "m.e2v", ["a", "b", "c"], np.eye(3), titles=["A!", "", "C!"])
    (tmp_path / "also").write_text("c\n")
    command_line("export m.e2v --to e2v --restrict 2 --also also -o slim.e2v")
    slim = open_artifact("slim.e2v")
    assert slim.titles is not None and [*zip(slim.keys, slim.titles, strict=True)] == [
        ("a", "A!"),
        ("b", ""),
        ("c", ""),
    ]


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
        (["--to", "word2vec", "-o", "model.e2v"], 2, "model.e2v is an input and would be overwritten"),
        (["--to", "word2vec", "-o", "nowhere/out.vec"], 1, "nowhere"),
        (["--to", "word2vec"], 2, "no output is named; -o FILE"),
        (["--to", "word2vec", "-o", "-", "--dtype", "float16"], 2, "word2vec holds no float16"),
        (["--to", "npy", "-o", "-"], 2, "npy is a folder of files, not a stream; -o FOLDER"),
        (
            ["--to", "glove", "-o", "-", "--categories", "a.tsv:1:2"],
            2,
            "--categories applies to --to projector only",
        ),
        (["--to", "projector", "-o", "model.e2v"], 1, "it is a file, and this format is a folder"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    run: Run, plain_model: Path, options: list[str], code: int, message: str
) -> None:
    before = plain_model.read_bytes()
    result = run("export", "model.e2v", *options, check=False)
    assert result.code == code and message in result.stderr and result.stdout == ""
    assert plain_model.read_bytes() == before


def test_a_slim_copy_tells_what_it_costs(run: Run, plain_model: Path, tmp_path: Path) -> None:
    result = run("export", plain_model, "--to", "e2v", "-o", "slim.e2v", "--dtype", "int8", "--restrict", "3")
    numbers = re.fullmatch(
        r"int8: the cosine of a vector with what it was is 1 - (\S+) on average, 1 - (\S+) at worst",
        result.stderr.splitlines()[1],
    )
    assert numbers and 0 < float(numbers[1]) <= float(numbers[2]) < 1e-3
    slim = open_artifact(tmp_path / "slim.e2v", "vectors")
    assert slim.arrays["vectors"].dtype == np.int8 and list(slim.keys) == KEYS[:3]
    assert slim.provenance["model"]["digest"] == open_artifact(plain_model).digest
    assert slim.provenance["settings"] == {
        "to": "e2v",
        "vectors": "input",
        "center": False,
        "restrict": 3,
        "dtype": "int8",
    }
    before = run("similar", "the", "-m", plain_model, "--restrict", "3").stdout
    after = run("similar", "the", "-m", tmp_path / "slim.e2v").stdout
    assert [line.split("\t")[:2] for line in after.splitlines()] == [
        line.split("\t")[:2] for line in before.splitlines()
    ]


def test_categories_for_the_projector(run: Run, plain_model: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("word,kind\nthe,article|short\n🍣,food\n")
    run("export", plain_model, "--to", "projector", "-o", "folder", "--categories", "labels.csv:word:kind")
    lines = (tmp_path / "folder" / "metadata.tsv").read_text(errors="surrogateescape").splitlines()
    assert lines == [
        "key\tcount\tcategories",
        "the\t4\tarticle|short",
        "日本\t3\t",
        "🍣\t2\tfood",
        "bad\udcff\t1\t",
    ]


@pytest.mark.parametrize(
    ("name", "code"), [("jsonl", 0), ("word2vec", 0), ("word2vec-binary", 2), ("sqlite", 2)]
)
def test_a_terminal_gets_text_only(plain_model: Path, name: str, code: int) -> None:
    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "e2v", "export", str(plain_model), "--to", name, "-o", "-"]
    done = subprocess.run(command, stdout=secondary, stderr=subprocess.PIPE)
    os.close(secondary)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while chunk := os.read(primary, 1 << 16):
            shown += chunk
    os.close(primary)
    assert done.returncode == code and (b"the" in shown) == (code == 0)
    assert code == 0 or b"is not for a terminal; write it to a file or a pipe" in done.stderr


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.e2v", keyed(20_000), np.ones((20_000, 10)))
    command = f"{sys.executable} -m e2v export {model} --to jsonl -o - | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout.startswith('{"key": "k0"') and done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", ["glove", "sqlite"])
def test_a_full_disk_is_one_line(tmp_path: Path, name: str) -> None:
    model = write_model(tmp_path / "model.e2v", ["the", "of"], INPUT[:2])
    command = [sys.executable, "-m", "e2v", "export", model, "--to", name, "-o", "-"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "e2v: cannot write: No space left on device; make room on the disk of the output\n"
