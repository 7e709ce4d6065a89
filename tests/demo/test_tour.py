"""`e2v demo` through the real entry point, and its promise for any seed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from e2v.cli.commands.demo import PARAGRAPHS
from e2v.corpus.artifact import open_corpus
from e2v.corpus.text.build import build_corpus
from e2v.corpus.text.settings import VocabSettings
from e2v.demo import generate_paragraphs
from e2v.settings import resolve
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training
from e2v.vectors import Query, Searcher, load_vectors


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_it_shows_every_command_and_ends_with_paris(run, scratch: Path, tmp_path: Path):
    shown = run("demo", env={"E2V_MODEL": "another.e2v"}).stdout
    commands = [line.split()[2] for line in shown.splitlines() if line.startswith("$ e2v ")]
    assert commands == ["vocab", "train", "similar", "analogy", "analogy"]
    last = shown.split("$ e2v analogy madrid spain france -n 3\n")[1].splitlines()
    assert last[0].split("\t")[:4] == ["madrid", "spain", "france", "paris"]
    assert "generated" in shown
    assert "e2v vocab TEXT" in shown
    assert list(scratch.iterdir()) == []
    assert list(tmp_path.iterdir()) == [scratch]


def test_keep_leaves_the_files_that_the_commands_made(run, scratch: Path, tmp_path: Path):
    kept = tmp_path / "new" / "folder"
    assert str(kept) in run("demo", "--seed", 7, "--keep", kept).stdout
    assert sorted(path.name for path in kept.iterdir()) == ["corpus.e2v", "countries.txt", "model.e2v"]
    assert (kept / "countries.txt").read_text().splitlines() == list(generate_paragraphs(PARAGRAPHS, seed=7))
    assert "made.settings.seed\t7" in run("info", kept / "model.e2v").stdout.splitlines()


def test_keep_refuses_a_folder_with_files_and_leaves_them(run, tmp_path: Path):
    (tmp_path / "model.e2v").write_text("precious")
    refused = run("demo", "--keep", tmp_path, check=False)
    assert refused.code == 1
    assert refused.stdout == ""
    assert "not empty" in refused.stderr
    assert (tmp_path / "model.e2v").read_text() == "precious"


def test_keep_refuses_a_file(run, tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    refused = run("demo", "--keep", file, check=False)
    assert refused.code == 1
    assert refused.stderr.startswith(f"e2v: {file}: ")


def test_interrupted_it_leaves_nothing_behind(scratch: Path):
    demo = subprocess.Popen(
        [sys.executable, "-m", "e2v", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("$ e2v vocab"):
            break
    demo.send_signal(signal.SIGTERM)
    demo.communicate()
    assert demo.returncode == 130
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("seed", range(20))
def test_paris_comes_first_whatever_the_seed(seed: int, tmp_path: Path):
    text, corpus, model = (tmp_path / name for name in ("countries.txt", "corpus.e2v", "model.e2v"))
    text.write_text("\n".join(generate_paragraphs(PARAGRAPHS, seed)))
    build_corpus([str(text)], corpus, VocabSettings())
    training = Training(
        open_corpus(corpus), resolve(Word2VecSettings, {"epochs": 10, "seed": seed, "threads": 1})
    )
    for _ in training.runner.run():
        pass
    training.save(model, {})
    first, second = next(Searcher(load_vectors(model)).answer([Query(["madrid", "france"], ["spain"])], 2))
    assert first.key == "paris"
    assert first.score > second.score + 0.05
