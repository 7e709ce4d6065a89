"""A dead stderr stops nothing, and a closed stdout hides no verdict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from e2v.store import verify
from tests.builders import write_corpus, write_model

E2V = f"{sys.executable} -m e2v"
DEAD = ["2>&-", "2>/dev/full", "2> >(exec true)", "2>&1 | head -n 0"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys = "abcdefgh"
    write_corpus(tmp_path / "corpus.e2v", ["abcd", "abef", "cdgh"], ["u", "v", "w"])
    write_model(tmp_path / "model.e2v", keys, np.eye(8), np.eye(8))
    (tmp_path / "text").write_text("a b c d e f g h\n" * 60)
    (tmp_path / "pairs.tsv").write_text("a\tb\t3\nc\tc\t1\nd\te\t2\n")
    damaged = bytearray((tmp_path / "model.e2v").read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "damaged.e2v").write_bytes(damaged)
    return tmp_path


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    line = f"set -o pipefail; {command}"
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("dead", DEAD)
@pytest.mark.parametrize(
    "command",
    [
        "vocab - -o out.e2v < text",
        "train text --dim 4 -o out.e2v --progress json --checkpoint-every 0s",
        "train text --dim 4 -o out.e2v --progress bar",
        "tower corpus.e2v --dim 4 -o out.e2v",
    ],
)
def test_a_dead_stderr_stops_nothing(folder: Path, command: str, dead: str) -> None:
    done = shell(folder, f"{E2V} {command} {dead}")
    assert (done.returncode, done.stdout) == (0, "")
    assert verify(folder / "out.e2v") == []


@pytest.mark.parametrize("dead", ["", *DEAD])
def test_a_dead_stderr_does_not_change_an_exit_code(folder: Path, dead: str) -> None:
    assert shell(folder, f"{E2V} similar nobody -m model.e2v {dead}").returncode == 3
    gate = f"{E2V} eval model.e2v --similarity pairs.tsv --min pairs=.99 >/dev/null"
    assert shell(folder, f"{gate} {dead}").returncode == 4


@pytest.mark.parametrize("gone", ["| true", "> >(true)", ">&-"])
def test_nobody_who_reads_hides_no_verdict(folder: Path, gone: str) -> None:
    gate = shell(folder, f"{E2V} eval model.e2v --similarity pairs.tsv --min pairs=.99 {gone}")
    assert (gate.returncode, gate.stdout) == (4, "") and gate.stderr.count("\n") == 1
    found = shell(folder, f"{E2V} verify damaged.e2v {gone}")
    assert (found.returncode, found.stdout) == (1, "") and "is damaged" in found.stderr
    assert shell(folder, f"{E2V} verify model.e2v {gone}").returncode == 0


def test_a_query_ends_quietly_when_its_reader_leaves(folder: Path) -> None:
    (folder / "questions").write_text("a\n" * 20_000)
    done = shell(folder, f"{E2V} similar - -m model.e2v < questions | head -n 1")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_closed_streams_are_no_surprise(folder: Path) -> None:
    for command in (
        "similar a -m model.e2v >&-",
        "similar - -m model.e2v <&-",
        "info model.e2v >&- 2>&- <&-",
    ):
        done = shell(folder, f"{E2V} {command}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), command
    nothing = shell(folder, f"{E2V} vocab - -o new.e2v <&-")
    assert nothing.returncode == 1 and nothing.stderr.count("\n") == 1


def test_what_a_closed_stream_left_free_is_no_place_for_messages(folder: Path) -> None:
    """A file that is opened would get the number of the closed stderr, and the messages."""
    done = shell(folder, f"{E2V} export model.e2v --to word2vec -o out.txt 2>&- >&- <&-")
    assert done.returncode == 0
    assert (folder / "out.txt").read_text().startswith("8 8\na 1 0")
    assert "e2v" not in (folder / "out.txt").read_text()


@pytest.mark.parametrize("words", ["--help", "", "--version", "--version -v", "similar --help", "similar -h"])
def test_help_that_nobody_can_read_is_no_traceback(folder: Path, words: str) -> None:
    full = shell(folder, f"{E2V} {words} > /dev/full")
    assert (full.returncode, full.stderr.count("\n")) == (1, 1)
    assert full.stderr.startswith("e2v: cannot write: No space left on device; ")
    left = shell(folder, f"{{ sleep .5; {E2V} {words}; echo $? > code; }} | true")
    assert (left.stderr, (folder / "code").read_text()) == ("", "0\n")
