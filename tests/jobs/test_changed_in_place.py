"""A corpus that is written to while it is trained on: no model is made of what it held meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2v.errors import InputError
from e2v.jobs.train import train
from e2v.settings import resolve
from e2v.store import Output
from e2v.training.word2vec.settings import Word2VecSettings
from tests.builders import write_corpus

SENTENCES = [list("abcdefgh")] * 30


def touched(corpus: Path) -> None:
    os.utime(corpus, ns=(1, 1))


def replaced(corpus: Path) -> None:
    write_corpus(corpus, SENTENCES[:10])


def gone(corpus: Path) -> None:
    corpus.unlink()


def written_to(corpus: Path) -> None:
    with corpus.open("r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"x")
    os.utime(corpus, ns=(1, 1))


def longer(corpus: Path) -> None:
    with corpus.open("ab") as file:
        file.write(b"x")
    os.utime(corpus, ns=(1, 1))


def trained(folder: Path, change: Callable[[Path], object]) -> Path:
    """The model, of a corpus to which something is done once the training has begun."""
    corpus, output = folder / "corpus.e2v", folder / "model.e2v"
    write_corpus(corpus, SENTENCES)
    changes = [change]

    def report(what: Any) -> None:
        if getattr(what, "task", "") == "training" and changes:
            changes.pop()(corpus)

    settings = resolve(Word2VecSettings, {"dim": 4, "sample": 0.0, "threads": 1, "epochs": 2})
    train([str(corpus)], Output(output), settings, report=report)
    return output


@pytest.mark.parametrize("change", [touched, replaced, gone])
def test_a_file_that_is_replaced_whole_or_touched_is_as_it_was(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    (tmp_path / "other").mkdir()
    undisturbed = trained(tmp_path / "other", lambda _: None).read_bytes()
    assert trained(tmp_path, change).read_bytes() == undisturbed


@pytest.mark.parametrize("change", [written_to, longer])
def test_a_file_that_is_changed_in_place_is_told_of(tmp_path: Path, change: Callable[[Path], object]) -> None:
    with pytest.raises(
        InputError, match=r"corpus\.e2v was changed while it was being read; write a new file"
    ):
        trained(tmp_path, change)
    assert not (tmp_path / "model.e2v").exists()
