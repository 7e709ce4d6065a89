"""--if-changed: what would be the same is left alone and counts as new, anything else is made anew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from e2v.store import verify
from tests.builders import write_corpus, write_model, write_tastes
from tests.conftest import Run

KEYS = "abcdefgh"


@dataclass(frozen=True)
class Case:
    """A command and what it makes; `other`: options that make something else; `input`: what it reads."""

    command: str
    output: str
    other: str
    input: str


CASES = {
    "vocab": Case("vocab text --min-count 1 -o out.e2v", "out.e2v", "--lowercase", "text"),
    "vocab with counts": Case("vocab text --counts counts --min-count 1 -o out.e2v", "out.e2v",
                              "--max-vocab 1", "counts"),
    "vocab with a vocabulary": Case("vocab text --vocab known.e2v -o out.e2v", "out.e2v", "--lowercase",
                                    "known.e2v"),
    "events": Case("events log.csv -o out.e2v", "out.e2v", "--ordered", "log.csv"),
    "events with titles": Case("events log.csv --titles titles.csv:item:title -o out.e2v", "out.e2v",
                               "--min-count 2", "titles.csv"),
    "train": Case("train text --dim 4 --min-count 1 --threads 1 -o out.e2v", "out.e2v", "--epochs 2", "text"),
    "train of a corpus": Case("train corpus.e2v --dim 4 --threads 1 -o out.e2v", "out.e2v", "--sample 0",
                              "corpus.e2v"),
    "train from vectors": Case("train corpus.e2v --dim 8 --threads 1 --init known.e2v -o out.e2v", "out.e2v",
                               "--seed 2", "known.e2v"),
    "tower": Case("tower corpus.e2v --dim 4 --epochs 2 -o out.e2v", "out.e2v", "--lr 0.2", "corpus.e2v"),
    "tower with features": Case("tower corpus.e2v --dim 4 --epochs 2 --user-features features.csv -o out.e2v",
                                "out.e2v", "--patience 1", "features.csv"),
    "svd": Case("svd corpus.e2v --dim 2 -o out.e2v", "out.e2v", "--seed 2", "corpus.e2v"),
    "users": Case("users known.e2v corpus.e2v -o out.e2v", "out.e2v", "", "corpus.e2v"),
    "users of another model": Case("users known.e2v corpus.e2v -o out.e2v", "out.e2v", "", "known.e2v"),
    "index": Case("index known.e2v -o out.e2v", "out.e2v", "", "known.e2v"),
    "split": Case("split corpus.e2v --by random -o out.e2v --held-out held", "out.e2v", "--share 0.5",
                  "corpus.e2v"),
    "import": Case("import vectors.txt -o out.e2v", "out.e2v", "--duplicates first", "vectors.txt"),
    "import of keys": Case("import rows.npy --keys rows -o out.e2v", "out.e2v", "--duplicates first", "rows"),
    "import of a folder": Case("import arrays -o out.e2v", "out.e2v", "--duplicates first",
                               "arrays/vocabulary.txt"),
    "phrases": Case("phrases text --min-count 1 --threshold 1 -o out.e2v", "out.e2v", "--passes 2", "text"),
    "phrases with a stop list": Case("phrases text --min-count 1 --threshold 1 --stop stop -o out.e2v",
                                     "out.e2v", "--score npmi", "stop"),
    "export": Case("export known.e2v --to e2v -o out.e2v", "out.e2v", "--dtype float16", "known.e2v"),
    "export of more words": Case("export known.e2v --to e2v --restrict 4 --also more -o out.e2v", "out.e2v",
                                 "--center", "more"),
}  # fmt: skip


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
    write_model(tmp_path / "known.e2v", [*KEYS, "new", "york"], np.eye(10)[:, :8], np.eye(10)[:, :8])
    return tmp_path


def change(path: Path) -> None:
    """Make another of its kind."""
    if path.name == "corpus.e2v":
        write_corpus(path, ["abcd", "abef", "cdgh", "gha"], ["u1", "u2", "u3", "u4"])
    elif path.name == "known.e2v":
        vectors = 1 + np.arange(80).reshape(10, 8) % 7
        write_model(path, [*KEYS, "york", "new"], vectors, vectors[::-1])
    else:
        text = path.read_text()
        changed = {"counts": "york 30\nnew 9\n", "more": "e\nh\n", "stop": "big\n", "rows": "b\na\n",
                   "vocabulary.txt": "x\ny\n", "titles.csv": text.replace("Emma", "Emma (1815)"),
                   "features.csv": text.replace(",4", ",9"), "vectors.txt": "a 1 2\nb 2 3\n",
                   "log.csv": f"{text}u1,a\nu9,b\nu9,c\n", "text": f"{text}york is old\n"}  # fmt: skip
        path.write_text(changed[path.name])


def made_anew(run: Run, folder: Path, words: list[str], output: str) -> bool:
    """Whether a run with --if-changed makes the output again; if not, it says so and touches it only."""
    path = folder / output
    before, file = path.read_bytes(), path.stat().st_ino
    os.utime(path, (1, 1))
    told = run(*words, "--if-changed")
    assert verify(path) == []
    assert path.stat().st_mtime > 1
    assert told.stdout == "" or words[0] == "index"
    if f"e2v: {output}: unchanged, its inputs and settings are the same\n" not in told.stderr:
        assert path.stat().st_ino != file
        return True
    assert path.read_bytes() == before and path.stat().st_ino == file
    assert told.stdout == "" and told.stderr.count("\n") == 1
    return False


@pytest.mark.parametrize("name", CASES)
def test_what_is_made_of_the_same_is_left_alone(run: Run, folder: Path, name: str) -> None:
    case = CASES[name]
    words = case.command.split()
    run(*words, "--if-changed")  # there is nothing yet
    first = (folder / case.output).read_bytes()
    assert not made_anew(run, folder, words, case.output)
    if case.other:
        assert made_anew(run, folder, [*words, *case.other.split()], case.output)
        assert made_anew(run, folder, words, case.output)
        assert (folder / case.output).read_bytes() == first
    change(folder / case.input)
    assert made_anew(run, folder, words, case.output)
    assert (folder / case.output).read_bytes() != first
    assert not made_anew(run, folder, words, case.output)


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("events log.csv -o out.e2v", "--titles titles.csv:item:title"),
        ("train corpus.e2v --dim 8 --threads 1 -o out.e2v", "--init known.e2v"),
        ("tower corpus.e2v --dim 4 --epochs 2 -o out.e2v", "--user-features features.csv"),
        ("tower corpus.e2v --dim 4 --epochs 2 -o out.e2v", "--init known.e2v --dim 8"),
        ("phrases text --min-count 1 --threshold 1 -o out.e2v", "--stop stop"),
        ("export known.e2v --to e2v --restrict 4 -o out.e2v", "--also more"),
        ("vocab text --min-count 1 -o out.e2v", "--counts counts"),
    ],
)
def test_a_file_that_is_no_longer_read_is_a_change(run: Run, folder: Path, command: str, more: str) -> None:
    words = command.split()
    run(*words)
    plain = (folder / "out.e2v").read_bytes()
    assert made_anew(run, folder, [*words, *more.split()], "out.e2v")
    assert made_anew(run, folder, words, "out.e2v")
    assert (folder / "out.e2v").read_bytes() == plain


@pytest.mark.parametrize("name", ["vocab", "events", "svd", "import", "phrases", "export"])
def test_what_another_command_made_is_replaced(run: Run, folder: Path, name: str) -> None:
    case = CASES[name]
    words = case.command.split()
    run(*words)
    expected = (folder / case.output).read_bytes()
    other = "index known.e2v -o out.e2v"
    run(*other.split())
    assert made_anew(run, folder, words, case.output)
    assert (folder / case.output).read_bytes() == expected


def test_files_that_moved_are_the_same(run: Run, folder: Path) -> None:
    run("vocab", "text", "-o", "out.e2v", "--min-count", "1")
    (folder / "text").rename(folder / "moved")
    assert not made_anew(run, folder, ["vocab", "moved", "-o", "out.e2v", "--min-count", "1"], "out.e2v")
    run(
        "tower", "corpus.e2v", "--dim", "4", "--epochs", "2", "--user-features", "features.csv", "-o", "t.e2v"
    )
    (folder / "features.csv").rename(folder / "moved.csv")
    words = [
        "tower",
        "corpus.e2v",
        "--dim",
        "4",
        "--epochs",
        "2",
        "--user-features",
        "moved.csv",
        "-o",
        "t.e2v",
    ]
    assert not made_anew(run, folder, words, "t.e2v")


def test_what_is_held_out_belongs_to_it(run: Run, folder: Path) -> None:
    words = CASES["split"].command.split()
    run(*words)
    held_out = (folder / "held").read_bytes()
    for damage in (b"u1\tx\n", None):
        if damage is None:
            (folder / "held").unlink()
        else:
            (folder / "held").write_bytes(damage)
        assert made_anew(run, folder, words, "out.e2v")
        assert (folder / "held").read_bytes() == held_out
    assert not made_anew(run, folder, words, "out.e2v")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("vocab - -o out.e2v", "stdin"),
        ("events - -o out.e2v", "stdin"),
        ("import - -o out.e2v", "stdin"),
        ("users known.e2v - -o out.e2v", "stdin"),
        ("phrases - -o out.e2v", "stdin"),
        ("phrases text", "no file"),
        ("phrases text --text -o out.txt", "does not say what it was made of"),
        ("export known.e2v --to word2vec -o out.txt", "does not say what it was made of"),
    ],
)
def test_where_it_cannot_be_told(run: Run, folder: Path, command: str, message: str) -> None:
    words = command.split()
    if "-" in words and words[0] != "import":
        write_tastes(folder / "out.e2v")
    refused = run(*words, "--if-changed", check=False, stdin="a b c\n")
    assert (refused.code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert message in refused.stderr


def test_programs_are_told_as_json(run: Run, folder: Path) -> None:
    words = CASES["svd"].command.split()
    run(*words)
    told = run(*words, "--if-changed", "--progress", "json").stderr
    assert told == '{"note": "out.e2v: unchanged, its inputs and settings are the same"}\n'
    assert run(*words, "--if-changed", "--quiet").stderr == ""
