"""--if-changed: what would be the same is left alone and counts as new, anything else is made anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from e2v.errors import UsageError
from e2v.store import verify
from tests.builders import write_corpus, write_model, write_tastes
from tests.commands import command_line
from tests.conftest import Run

KEYS = "abcdefgh"
KNOWN = [*KEYS, "new", "york", "1", "2"]


class Case(NamedTuple):
    """What makes out.e2v; options that make something else of it; and a file that it reads."""

    line: str
    other: str
    reads: str


CASES = {
    "vocab": Case("vocab text --min-count 1 -o out.e2v", "--lowercase", "text"),
    "vocab with counts": Case(
        "vocab text --counts counts --min-count 1 -o out.e2v", "--max-vocab 1", "counts"
    ),
    "vocab with a vocabulary": Case("vocab text --vocab known.e2v -o out.e2v", "--lowercase", "known.e2v"),
    "events": Case("events log.csv -o out.e2v", "--ordered", "log.csv"),
    "events with titles": Case(
        "events log.csv --titles titles.csv:item:title -o out.e2v", "--min-count 2", "titles.csv"
    ),
    "train": Case("train text --dim 4 --min-count 1 --threads 1 -o out.e2v", "--epochs 2", "text"),
    "train of a corpus": Case("train corpus.e2v --dim 4 --threads 1 -o out.e2v", "--seed 2", "corpus.e2v"),
    "train from vectors": Case(
        "train corpus.e2v --dim 8 --threads 1 --init known.e2v -o out.e2v", "--seed 2", "known.e2v"
    ),
    "tower": Case("tower corpus.e2v --dim 4 --epochs 2 -o out.e2v", "--lr 0.2", "corpus.e2v"),
    "tower with features": Case(
        "tower corpus.e2v --dim 4 --epochs 2 --user-features features.csv -o out.e2v",
        "--patience 1",
        "features.csv",
    ),
    "svd": Case("svd corpus.e2v --dim 2 -o out.e2v", "--seed 2", "corpus.e2v"),
    "users": Case("users known.e2v corpus.e2v -o out.e2v", "", "corpus.e2v"),
    "users of another model": Case("users known.e2v corpus.e2v -o out.e2v", "", "known.e2v"),
    "index": Case("index known.e2v -o out.e2v", "", "known.e2v"),
    "split": Case("split corpus.e2v --by random -o out.e2v --held-out held", "--share 0.5", "corpus.e2v"),
    "import": Case("import vectors.txt -o out.e2v", "--duplicates first", "vectors.txt"),
    "import of keys": Case("import rows.npy --keys rows -o out.e2v", "--duplicates first", "rows"),
    "import of a folder": Case("import arrays -o out.e2v", "--duplicates first", "arrays/vocabulary.txt"),
    "phrases": Case("phrases text --min-count 1 --threshold 1 -o out.e2v", "--passes 2", "text"),
    "phrases with a stop list": Case(
        "phrases text --min-count 1 --threshold 1 --stop stop -o out.e2v", "--score npmi", "stop"
    ),
    "export": Case("export known.e2v --to e2v -o out.e2v", "--dtype float16", "known.e2v"),
    "export of more words": Case(
        "export known.e2v --to e2v --restrict 4 --also more -o out.e2v", "--center", "more"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of every sort that commands read."""
    (tmp_path / "text").write_text("New York is big\nnew york is old\nthe city of new york\n" * 20)
    (tmp_path / "counts").write_text("new 20\nyork 10\n")
    (tmp_path / "stop").write_text("is\n")
    (tmp_path / "more").write_text("f\ng\n")
    rows = "".join(f"u{user},{key}\n" for user in range(4) for key in KEYS[user:])
    (tmp_path / "log.csv").write_text(f"user_id,item_id\n{rows}")
    (tmp_path / "titles.csv").write_text("item,title\na,Emma\nh,Persuasion\n")
    (tmp_path / "features.csv").write_text("user,age\nu1,3\nu2,4\nu3,5\n")
    (tmp_path / "vectors.txt").write_text("a 1 2\nb 2 1\n")
    np.save(tmp_path / "rows.npy", np.eye(2, dtype=np.float32))
    (tmp_path / "rows").write_text("a\nb\n")
    (tmp_path / "arrays").mkdir()
    np.save(tmp_path / "arrays" / "vectors.npy", np.eye(2, dtype=np.float32))
    (tmp_path / "arrays" / "vocabulary.txt").write_text("a\nb\n")
    write_tastes(tmp_path / "corpus.e2v")
    write_model(tmp_path / "known.e2v", KNOWN, np.eye(12)[:, :8], np.eye(12)[:, :8])
    return tmp_path


def change(path: Path) -> None:
    """Make another of its kind."""
    if path.name == "corpus.e2v":
        write_corpus(path, ["abcd", "abef", "cdgh", "gha"], ["u1", "u2", "u3", "u4"])
    elif path.name == "known.e2v":
        vectors = 1 + np.arange(96).reshape(12, 8) % 7
        write_model(path, KNOWN[::-1], vectors, vectors[::-1])
    else:
        text = path.read_text()
        changed = {"counts": "york 30\nnew 9\n", "more": "e\nh\n", "stop": "big\n", "rows": "b\na\n",
                   "vocabulary.txt": "x\ny\n", "titles.csv": text.replace("Emma", "Emma (1815)"),
                   "features.csv": text.replace(",4", ",9"), "vectors.txt": "a 1 2\nb 2 3\n",
                   "log.csv": f"{text}u1,a\nu9,b\nu9,c\n", "text": f"{text}york is old\n"}  # fmt: skip
        path.write_text(changed[path.name])


def write_parquet(folder: Path) -> None:
    """log.csv and features.csv as Parquet."""
    csv = pytest.importorskip("pyarrow.csv", reason="needs the [io] extra")
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("log", "features"):
        parquet.write_table(csv.read_csv(folder / f"{name}.csv"), folder / f"{name}.parquet")


Made = Callable[[str], bool]


@pytest.fixture
def made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Made:
    """Whether a run with --if-changed makes out.e2v again; if not, it says so and touches it only."""
    monkeypatch.chdir(folder)
    path = folder / "out.e2v"

    def run(line: str) -> bool:
        before, file = path.read_bytes(), path.stat().st_ino
        os.utime(path, (1, 1))
        capsys.readouterr()
        command_line(f"{line} --if-changed")
        told = capsys.readouterr()
        assert verify(path) == []
        assert path.stat().st_mtime > 1
        if "out.e2v: unchanged, its inputs and settings are the same" not in told.err:
            assert path.stat().st_ino != file
            return True
        assert path.read_bytes() == before and path.stat().st_ino == file
        assert told.out == "" and told.err.count("\n") == 1
        return False

    return run


@pytest.mark.parametrize("name", CASES)
def test_what_is_made_of_the_same_is_left_alone(folder: Path, made_anew: Made, name: str) -> None:
    line, other, changed = CASES[name]
    command_line(f"{line} --if-changed")  # there is nothing yet
    first = (folder / "out.e2v").read_bytes()
    assert not made_anew(line)
    if other:
        assert made_anew(f"{line} {other}")
        assert made_anew(line)
        assert (folder / "out.e2v").read_bytes() == first
    change(folder / changed)
    assert made_anew(line)
    assert (folder / "out.e2v").read_bytes() != first
    assert not made_anew(line)


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("events log.parquet -o out.e2v", "log.csv"),
        ("tower corpus.e2v --dim 4 --epochs 2 --user-features features.parquet -o out.e2v", "features.csv"),
    ],
)
def test_tables_of_parquet(folder: Path, made_anew: Made, line: str, reads: str) -> None:
    write_parquet(folder)
    command_line(line)
    assert not made_anew(line)
    change(folder / reads)
    write_parquet(folder)
    assert made_anew(line)


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("events log.csv -o out.e2v", "--titles titles.csv:item:title"),
        ("train corpus.e2v --dim 8 --threads 1 -o out.e2v", "--init known.e2v"),
        ("tower corpus.e2v --dim 4 --epochs 2 -o out.e2v", "--user-features features.csv"),
        ("phrases text --min-count 1 --threshold 1 -o out.e2v", "--stop stop"),
        ("export known.e2v --to e2v --restrict 4 -o out.e2v", "--also more"),
        ("vocab text --min-count 1 -o out.e2v", "--counts counts"),
    ],
)
def test_a_file_that_is_no_longer_read_is_a_change(
    folder: Path, made_anew: Made, line: str, more: str
) -> None:
    command_line(line)
    plain = (folder / "out.e2v").read_bytes()
    assert made_anew(f"{line} {more}")
    assert made_anew(line)
    assert (folder / "out.e2v").read_bytes() == plain


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("vocab", "events"),
        ("events", "phrases"),
        ("phrases", "vocab"),
        ("svd", "tower"),
        ("import", "export"),
        ("export", "import"),
    ],
)
def test_what_another_command_made_is_replaced(folder: Path, made_anew: Made, name: str, other: str) -> None:
    line = CASES[name].line
    command_line(line)
    expected = (folder / "out.e2v").read_bytes()
    command_line(CASES[other].line)
    assert made_anew(line)
    assert (folder / "out.e2v").read_bytes() == expected


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("vocab FILE -o out.e2v --min-count 1", "text"),
        ("tower corpus.e2v --dim 4 --epochs 2 --user-features FILE -o out.e2v", "features.csv"),
        ("export known.e2v --to e2v --also FILE -o out.e2v", "more"),
    ],
)
def test_files_that_moved_are_the_same(folder: Path, made_anew: Made, line: str, file: str) -> None:
    command_line(line.replace("FILE", file))
    (folder / file).rename(folder / "moved")
    assert not made_anew(line.replace("FILE", "moved"))


def test_what_is_held_out_belongs_to_it(folder: Path, made_anew: Made) -> None:
    line = CASES["split"].line
    command_line(line)
    held_out = (folder / "held").read_bytes()
    (folder / "held").write_bytes(b"u1\tx\n")
    assert made_anew(line)
    assert (folder / "held").read_bytes() == held_out
    (folder / "held").unlink()
    assert made_anew(line)
    assert (folder / "held").read_bytes() == held_out
    assert not made_anew(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("vocab - -o out.e2v", "stdin cannot be read twice"),
        ("events - -o out.e2v", "stdin cannot be read twice"),
        ("import - -o out.e2v", "stdin cannot be read twice"),
        ("users known.e2v - -o out.e2v", "stdin cannot be read twice"),
        ("phrases - -o out.e2v", "stdin cannot be read twice"),
        ("phrases text", "no file"),
        ("phrases text --as-text -o out.txt", "does not say what it was made of"),
        ("export known.e2v --to word2vec -o out.txt", "does not say what it was made of"),
    ],
)
def test_where_it_cannot_be_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "out.e2v").touch()
    with pytest.raises(UsageError, match=message):
        command_line(f"{line} --if-changed")
    assert not (folder / "out.e2v").stat().st_size and not (folder / "out.txt").exists()


def test_programs_are_told_as_json(run: Run, folder: Path) -> None:
    words = CASES["svd"].line.split()
    run(*words)
    (told,) = map(json.loads, run(*words, "--if-changed", "--progress", "json").stderr.splitlines())
    assert (told["task"], told["output"], told["unchanged"]) == ("svd", "out.e2v", True)
    assert run(*words, "--if-changed", "--quiet").stderr == ""


def test_a_damaged_output_is_made_anew(run: Run, folder: Path) -> None:
    words = CASES["svd"].line.split()
    run(*words)
    whole = (folder / "out.e2v").read_bytes()
    (folder / "out.e2v").write_bytes(whole[:-9] + b"\xff" + whole[-8:])
    assert "unchanged" not in run(*words, "--if-changed").stderr
    assert (folder / "out.e2v").read_bytes() == whole
