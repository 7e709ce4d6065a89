"""`e2v vocab` as a process."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2v.corpus.artifact import open_corpus
from tests.conftest import Run

TEXT = "The cat sat on the mat.\nthe dog\n\n" * 10


def test_text_from_a_pipe_to_a_corpus(run: Run, tmp_path: Path) -> None:
    compressed = gzip.compress(TEXT.encode())
    result = run(
        "vocab", "-", "--tokenizer", "word", "--lowercase", "--max-sentence-length", 4, stdin=compressed
    )
    assert result.stdout == ""
    assert result.stderr.splitlines()[:-1] == [
        "corpus.e2v: 80 words in 30 sentences, 6 of them different",
        "cut: 10 lines of more than 4 words became several sentences",
    ]
    corpus = open_corpus(tmp_path / "corpus.e2v")
    assert list(corpus.keys) == ["the", "cat", "dog", "mat", "on", "sat"]
    assert corpus.counts.tolist() == [30, 10, 10, 10, 10, 10]


def test_files_globs_and_a_list_of_counts(run: Run, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT)
    arguments = ("vocab", "*.txt", "a.txt", "-o", "c.e2v", "--save-counts", "counts", "--progress", "json")
    result = run(*arguments, "--max-vocab", 2, "--threads", 2)
    facts = json.loads(result.stderr.splitlines()[-1])
    assert (facts["words_read"], facts["types_read"], facts["types_kept"]) == (240, 7, 2)
    assert (tmp_path / "counts").read_text().splitlines()[:2] == ["the\t60", "The\t30"]
    assert list(open_corpus(tmp_path / "c.e2v").keys) == ["the", "The"]
    result = run("vocab", "a.txt", "--vocab", "c.e2v", "--progress", "none")
    assert result.stderr == ""
    assert list(open_corpus(tmp_path / "corpus.e2v").keys) == ["the", "The"]


@pytest.mark.parametrize("how", ["--vocab", "--counts"])
def test_words_that_only_the_vocabulary_has_are_none_of_the_text(how: str, run: Run, tmp_path: Path) -> None:
    known = tmp_path / "known"
    if how == "--vocab":
        run("vocab", "-", "--min-count", 1, "-o", known, stdin="a b c d\n")
    else:
        known.write_text("a 9\nb 9\nc 9\nd 9\n")
    result = run("vocab", "-", how, known, stdin="a x x\n")
    assert result.stderr.splitlines()[:-1] == [
        "corpus.e2v: 1 word in 1 sentence, 1 of them different",
        "left out: 2 words, 1 of them different",
        f"vocabulary: 4 words with those of {known}, 3 not in the text",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.txt"], 1, "e2v: missing.txt: no such file\n"),
        (["-"], 1, "e2v: stdin: no words; the input is empty or blank\n"),
        (["text", "--min-count", "99"], 1, "e2v: no word occurs 99 times; lower --min-count\n"),
        (["text", "-o", "text"], 2, "e2v: text is an input and would be overwritten; name another output\n"),
        (["text", "--vocab", "text"], 1, "e2v: text is not an .e2v file but text, it seems; "),
        (
            ["text", "--tokenizer", "none"],
            2,
            "e2v: --tokenizer must be one of whitespace, word, character, not none\n",
        ),
    ],
)
def test_failures_are_one_line(
    arguments: list[str], code: int, message: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text(TEXT)
    result = run("vocab", *arguments, check=False)
    assert (result.code, result.stdout) == (code, "")
    assert result.stderr.startswith(message)
    assert [path.name for path in tmp_path.iterdir()] == ["text"]
    assert (tmp_path / "text").read_text() == TEXT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    output = tmp_path / "corpus.e2v"
    precious = (Path(__file__).parents[2] / "golden" / "corpus-1.e2v").read_bytes()
    output.write_bytes(precious)
    command = [sys.executable, "-m", "e2v", "vocab", "-", "-o", str(output)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(TEXT.encode())
    process.stdin.flush()
    deadline = time.monotonic() + 300
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=300)
    assert (process.returncode, stderr) == (130, b"e2v: interrupted\n")
    assert output.read_bytes() == precious
    assert list(tmp_path.iterdir()) == [output]


def test_without_the_jit_the_bytes_are_the_same(run: Run, tmp_path: Path) -> None:
    words = b" ".join(b"w%d" % (n * n % 97) * (n % 4 + 1) for n in range(3000)) + b"\n"
    (tmp_path / "text").write_bytes(words * 2)
    run("vocab", "text", "-o", "jit.e2v", "--threads", 1)
    run("vocab", "text", "-o", "plain.e2v", "--threads", 2, env={"NUMBA_DISABLE_JIT": "1"})
    assert (tmp_path / "jit.e2v").read_bytes() == (tmp_path / "plain.e2v").read_bytes()
